import Kernels
import Script

extension Tensor: Scriptable {
  /// The bytes of the elements.
  public var externalByteCount: Int { byteCount }

  /// The script face of tensors.
  public static let declaration = Declaration(
    Tensor.self, "tensor", "A dense array of numbers with any number of axes.",
    details: """
      Indices count from 1, negative ones from the end: t[i] is a number or a sub-tensor, t[{i, j}] \
      an element, t[{ {1, 3}, j }] a part, {} a whole axis, {first, last, step} every step-th; all \
      of them can be assigned to. Operands of + - * / ^ may have different shapes, which broadcast \
      as in NumPy, or be numbers. Mixed element types give float64.
      """,
    example: "local t = bl.tensor {{1, 2}, {3, 4}}"
  ) {
    Constructor(
      Argument("values", Tensor.nestedKind, "the elements, a table per axis"),
      Argument(
        "dtype", .optional(ElementType.kind), "element type; that of bl.precision when absent")
    ) { values, elementType in elementType.map(values.converted) ?? values }
    Text<Tensor> { $0.description }
    Summary<Tensor> { $0.summary }
    Tensor.inquiries
    Tensor.arithmetic
    Tensor.elementwise
    Tensor.reductions
    Tensor.arrangements
    Tensor.products
    Elements(
      "t[i], t[{i, j}], t[{ {1, 3}, j }]: numbers or sub-tensors", get: Tensor.element,
      set: Tensor.setElement)
  }

  private static var inquiries: [Member] {
    Member.shared(by: Tensor.self) {
      Method("shape", "The extents of the axes.", returns: "a table") { $0.shape.extents }
      Method("size", "The number of elements.", returns: "a number") { $0.count }
      Method("dtype", "The element type.", returns: "\"float32\" or \"float64\"") {
        $0.elementType.rawValue
      }
      Method("table", "The elements as nested tables.", returns: "a table, or a number") {
        $0.nested
      }
      Method("item", "The only element.", returns: "a number") { tensor in
        guard let item = tensor.item else {
          throw ScriptError("item: a tensor of shape \(tensor.shape) has \(tensor.count) elements")
        }
        return item
      }
      Method("clone", "An independent copy.", returns: "a tensor") { $0 }
      Method(
        "to", "The same numbers in another element type.",
        Argument("dtype", ElementType.kind, "the element type"), returns: "a tensor"
      ) { $0.converted(to: $1) }
      Method(
        "save", "Writes a .npy file.", Argument("path", .outputPath, "name of the file"),
        example: "t:save \"x.npy\""
      ) { try Session.shared.save($0, to: $1) }
      Method(
        "equals", "Whether shapes agree and no two elements differ by more than the tolerance.",
        Argument("other", .object(Tensor.self), "the tensor to compare with"),
        Argument("tolerance", .number(atLeast: 0), default: 0, "largest difference"),
        returns: "true or false"
      ) { $0.equals($1, within: $2) }
      Method(mutating: "fill", "Sets every element.", Argument("value", .number, "the number")) {
        $0.fill(with: $1)
      }
      Operator(.length, "The extent of the first axis.") { (tensor: Tensor) in
        guard let extent = tensor.shape.extents.first else {
          throw ScriptError("a tensor without axes has no length")
        }
        return extent
      }
      Operator(.equal, "Whether shapes and all elements agree.", Tensor.kind, Tensor.kind) {
        $0.equals($1)
      }
    }
  }

  private static var arithmetic: [Member] {
    Member.shared(by: Tensor.self) {
      binary(.add, "Sums.") { try Operand.combined(.add, $0, $1) }
      binary(.subtract, "Differences.") { try Operand.combined(.subtract, $0, $1) }
      binary(.multiply, "Products, element by element.") { try Operand.combined(.multiply, $0, $1) }
      binary(.divide, "Quotients.") { try Operand.combined(.divide, $0, $1) }
      binary(.power, "Powers.") { try Operand.power($0, $1) }
      Operator(.negate, "The negative.") { (tensor: Tensor) in tensor.combined(.multiply, with: -1)
      }
      comparison("minimum", "The smaller elements of two.") {
        try Operand.combined(.minimum, $0, $1)
      }
      comparison("maximum", "The larger elements of two.") {
        try Operand.combined(.maximum, $0, $1)
      }
      comparison("less", "1 where smaller than the other, 0 elsewhere.") {
        try Operand.combined(.less, $0, $1)
      }
      comparison("greater", "1 where larger than the other, 0 elsewhere.") {
        try Operand.combined(.less, $1, $0)
      }
    }
  }

  private static var elementwise: [Member] {
    Member.shared(by: Tensor.self) {
      unary(.abs, "Absolute values.")
      unary(.sqrt, "Square roots; NaN of negative numbers.")
      unary(.exp, "Exponentials.")
      unary(.log, "Natural logarithms; NaN of negative numbers.")
      unary(.sin, "Sines of radians.")
      unary(.cos, "Cosines of radians.")
      unary(.tanh, "Hyperbolic tangents.")
      unary(.floor, "The largest whole numbers below.")
      unary(.ceil, "The smallest whole numbers above.")
      unary(.round, "The nearest whole numbers, halves to even.")
      unary(.sign, "-1, 0 or 1.")
      Method(
        "clamp", "The elements, moved into an interval.",
        Argument("lo", .number(finite: false), "lower end"),
        Argument("hi", .number(finite: false), "upper end"), returns: "a tensor"
      ) { tensor, lower, upper in
        guard lower <= upper else {
          throw ScriptError("clamp: 'lo' must not exceed 'hi', got \(lower) and \(upper)")
        }
        return tensor.clamped(from: lower, to: upper)
      }
    }
  }

  private static var reductions: [Member] {
    Member.shared(by: Tensor.self) {
      reduction("sum", "Sums, accumulated in float64.", { $0.sum() }, { try $0.sum(axis: $1) })
      reduction("mean", "Means.", { try $0.mean() }, { try $0.mean(axis: $1) })
      reduction("min", "Smallest elements.", { try $0.minimum() }, { try $0.minimum(axis: $1) })
      reduction("max", "Largest elements.", { try $0.maximum() }, { try $0.maximum(axis: $1) })
      Method(
        "norm", "(Σ |t|^p)^(1/p); the largest |t| for p = math.huge.",
        Argument("p", .number(above: 0, finite: false), default: 2, "exponent"), returns: "a number"
      ) { $0.norm($1) }
      Method(
        "dot", "The inner product Σ t u.", Argument("u", .object(Tensor.self), "of the same shape"),
        returns: "a number"
      ) { tensor, other in
        guard tensor.shape == other.shape else {
          throw ScriptError("dot: shapes \(tensor.shape) and \(other.shape) differ")
        }
        guard tensor.elementType == other.elementType else {
          return tensor.converted(to: .float64).dot(other.converted(to: .float64))
        }
        return tensor.dot(other)
      }
    }
  }

  private static var arrangements: [Member] {
    Member.shared(by: Tensor.self) {
      Method(
        "reshape", "The same elements, row by row, in another shape.",
        Argument(rest: "extents", .integer(atLeast: -1), "extents; one may be -1, what is left"),
        returns: "a tensor", example: "t:reshape {2, -1}"
      ) { try $0.reshaped(to: $1) }
      Method(
        "transpose", "The tensor with its axes in another order, reversed when none is given.",
        Argument(rest: "axes", .integer(atLeast: 1), "axis of t for each axis of the result"),
        returns: "a tensor", example: "t:transpose(2, 1)"
      ) { $1.isEmpty ? $0.transposed() : try $0.transposed($1.map { $0 - 1 }) }
    }
  }

  private static var products: [Member] {
    Member.shared(by: Tensor.self) {
      Method(
        "matmul",
        "The matrix product {m, k} {k, n}; vectors are rows on the left, columns on the right.",
        Argument("u", .object(Tensor.self), "the right factor"), returns: "a tensor, or a number"
      ) { try $0.multiplied(by: $1).orNumber }
      Method(
        "conv2d", "The cross-correlation with a kernel of odd extents, of the size of the image.",
        Argument("kernel", .object(Tensor.self), "{k, k} for each channel, or {out, in, k, k}"),
        Argument("options", CorrelationOptions.kind, "named arguments"), returns: "a tensor"
      ) { try $0.correlated(with: $1, boundary: $2.boundary) }
    }
  }
}

// MARK: Shorthands for the lines above

extension Tensor {
  /// A number where no axis is left.
  var orNumber: Value { shape.rank == 0 ? .number(self[flat: 0]) : .object(self) }

  private static func binary(
    _ symbol: Symbol, _ summary: String, _ body: @escaping (Operand, Operand) throws -> Tensor
  ) -> Operator<Tensor> {
    Operator(symbol, summary, Operand.kind, Operand.kind, body: body)
  }

  private static func comparison(
    _ name: String, _ summary: String, _ body: @escaping (Operand, Operand) throws -> Tensor
  ) -> Method<Tensor> {
    Method(
      name, summary, Argument("other", Operand.kind, "a tensor or a number"), returns: "a tensor"
    ) { try body(.tensor($0), $1) }
  }

  private static func unary(_ operation: UnaryOperation, _ summary: String) -> Method<Tensor> {
    Method(operation.rawValue, summary, returns: "a tensor") { $0.mapped(operation) }
  }

  private static func reduction(
    _ name: String, _ summary: String, _ all: @escaping (Tensor) throws -> Double,
    _ along: @escaping (Tensor, _ axis: Int) throws -> Tensor
  ) -> Method<Tensor> {
    Method(
      name, summary, Argument("axis", .optional(.integer(atLeast: 1)), "axis; all when absent"),
      returns: "a number, or a tensor without that axis"
    ) { (tensor: Tensor, axis: Int?) -> Value in
      guard let axis else { return .number(try all(tensor)) }
      return try along(tensor, axis - 1).orNumber
    }
  }

  private static func element(_ tensor: Tensor, _ key: Value) throws -> Value {
    // The one after the last is nil, which ends ipairs.
    if let position = key.asInteger, let extent = tensor.shape.extents.first, position == extent + 1
    {
      return .none
    }
    let selections = try AxisSelection.reading(key, in: tensor.shape)
    if let position = tensor.position(of: selections) { return .number(tensor[flat: position]) }
    return try tensor.selected(selections).orNumber
  }

  private static func setElement(_ tensor: inout Tensor, _ key: Value, _ value: Value) throws {
    let selections = try AxisSelection.reading(key, in: tensor.shape)
    if let number = value.asNumber {
      if let position = tensor.position(of: selections) {
        tensor[flat: position] = number
      } else {
        try tensor.assign(number, to: selections)
      }
    } else {
      try tensor.assign(Tensor.nestedKind.read(value), to: selections)
    }
  }
}

/// Named arguments of `conv2d`.
private struct CorrelationOptions {
  var boundary = Boundary.zero

  static let kind = Kind.record(CorrelationOptions()) {
    Field("boundary", \.boundary, .choice, "what lies outside of the image")
  }
}
