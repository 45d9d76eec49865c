import Script
import Tensors

extension Parameters: Scriptable {
  /// `problem:parameters { … }`, `bl.parameters.load(file)`, and all arithmetic on them.
  public static let declaration = Declaration(
    Parameters.self, "parameters", "The parameters theta: one flat vector with named blocks.",
    details: """
      theta.filters or theta.log_weights is a copy of that block as it is stored; a block that is \
      stored as a logarithm can also be read in natural units, without log_: theta.weights. Blocks \
      are assigned to by name, theta.filters = t, single coordinates by number, theta[3] = 0. \
      Arithmetic works on the stored coordinates.
      """,
    example: "theta = theta - 0.1 * z"
  ) {
    Text<Parameters> { $0.layout.description }
    Parameters.inquiries
    Parameters.arithmetic
    DynamicProperties("blocks", names: { Parameters.readableNames($0.layout) }) { theta, name in
      (theta.block(name) ?? theta.natural(name)).map { Value.object($0) }
    }
    Elements(
      "theta[i]: one coordinate; theta.name = t: one block", acceptsNames: true,
      get: Parameters.element, set: Parameters.setElement)
  }

  private static var inquiries: [Member] {
    Member.shared(by: Parameters.self) {
      Method("vector", "The stored coordinates, block after block.", returns: "a tensor") {
        Tensor($0.values, shape: [$0.count])
      }
      Method(
        "with", "The same blocks with other coordinates.",
        Argument("vector", .object(Tensor.self), "as many coordinates"), returns: "parameters"
      ) { theta, vector in
        guard vector.count == theta.count else {
          throw ScriptError("with: \(theta.count) coordinates are needed, got \(vector.count)")
        }
        return Parameters(vector.elements, layout: theta.layout)
      }
      Method(
        "save", "Writes a .safetensors or .npz file, one array per block.",
        Argument("path", .outputPath, "name of the file"),
        example: "theta:save \"theta.safetensors\""
      ) { try $0.save(to: $1) }
      Method(
        "regularizer", "The regularizer that they belong to, with its arguments.",
        returns: "a regularizer", example: "bl.parameters.load(\"theta.safetensors\"):regularizer()"
      ) { theta in Value.object(try theta.regularizer()) }
      Method("clone", "An independent copy.", returns: "parameters") { $0 }
      Method("describe", "The blocks: name, shape, transform, count.", returns: "a text") {
        $0.layout.description
      }
      Method(
        "dot", "The inner product of the coordinates.",
        Argument("other", .object(Parameters.self), "parameters with the same blocks"),
        returns: "a number"
      ) { theta, other in
        try theta.checkBlocks(other)
        return theta.dot(other)
      }
      Method("norm", "The Euclidean norm of the coordinates.", returns: "a number") { $0.norm }
      Operator(.length, "The number of coordinates.") { (theta: Parameters) in theta.count }
    }
  }

  private static var arithmetic: [Member] {
    Member.shared(by: Parameters.self) {
      Operator(.add, "The sum.", Parameters.kind, Parameters.kind) { a, b in
        try a.checkBlocks(b)
        return a + b
      }
      Operator(.subtract, "The difference.", Parameters.kind, Parameters.kind) { a, b in
        try a.checkBlocks(b)
        return a - b
      }
      Operator(.multiply, "A number times parameters.", Factor.kind, Factor.kind) { a, b in
        switch (a, b) {
        case (.number(let factor), .parameters(let theta)),
          (.parameters(let theta), .number(let factor)):
          return factor * theta
        default: throw ScriptError("parameters are multiplied by numbers only")
        }
      }
      Operator(.divide, "Parameters divided by a number.", Parameters.kind, .number) {
        (1 / $1) * $0
      }
      Operator(.negate, "The negative.") { (theta: Parameters) in -theta }
      Operator(.equal, "Whether blocks and coordinates agree.", Parameters.kind, Parameters.kind) {
        $0 == $1
      }
    }
  }

  /// One side of a product.
  private enum Factor {
    case number(Double)
    case parameters(Parameters)

    static let kind = Kind<Factor>(
      "a number or parameters", type: .either(.number, Parameters.scriptType),
      read: { value in
        if case .object(let object) = value, let theta = object.content as? Parameters {
          return .parameters(theta)
        }
        return .number(try Kind<Double>.number.worded("a number or parameters").read(value))
      },
      write: { _ in .none })
  }

  private func checkBlocks(_ other: Parameters) throws {
    guard layout == other.layout else {
      throw ScriptError(
        "parameters of different blocks: \(Self.names(layout)) and \(Self.names(other.layout))")
    }
  }

  private static func names(_ layout: ParameterLayout) -> String {
    layout.blocks.map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
  }

  /// The blocks, and the natural names of those stored as logarithms.
  private static func readableNames(_ layout: ParameterLayout) -> [String] {
    layout.blocks.flatMap { block in
      block.transform == .exponential && block.name.hasPrefix(logarithmPrefix)
        ? [block.name, String(block.name.dropFirst(logarithmPrefix.count))] : [block.name]
    }
  }

  private static func element(_ theta: Parameters, _ key: Value) throws -> Value {
    let index = try Kind<Int>.integer.read(key)
    return (1...max(theta.count, 1)).contains(index) ? .number(theta.values[index - 1]) : .none
  }

  private static func setElement(_ theta: inout Parameters, _ key: Value, _ value: Value) throws {
    guard case .string(let name) = key else {
      let index = try Kind<Int>.integer(atLeast: 1, atMost: theta.count).read(key)
      theta.values[index - 1] = try Kind<Double>.number.read(value)
      return
    }
    guard let block = theta.layout.block(named: name) else {
      throw Misuse.unknownMember(
        name, of: "parameters", known: theta.layout.blocks.map(\.name))
    }
    let tensor: Tensor
    do { tensor = try Tensor.kind.read(value) } catch let error as Mismatch {
      throw error.inside(name)
    }
    guard tensor.count == block.shape.count else {
      throw ScriptError(
        "parameters: '\(name)' has the shape \(block.shape), got \(tensor.shape)")
    }
    theta.setBlock(name, to: tensor)
  }
}
