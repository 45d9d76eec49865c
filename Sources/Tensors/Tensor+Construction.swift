import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Tensor {
  /// A tensor of one number everywhere.
  public init(repeating value: Double, shape: Shape, _ elementType: ElementType = .float64) {
    self.init(uninitialized: shape, elementType)
    fill(with: value)
  }

  /// first, first + step, … up to and including `last` where it is met; computed as first + i·step.
  public init(
    from first: Double, through last: Double, by step: Double,
    _ elementType: ElementType = .float64
  ) throws {
    guard step != 0 else { throw ScriptError("arange: the step must not be 0") }
    // Steps such as 0.1 are inexact, so the end is met within a billionth of a step.
    let steps = ((last - first) / step + 1e-9).rounded(.down)
    guard steps < 1e18 else { throw ScriptError("arange: too many elements") }
    let shape = try Shape(checked: [steps >= 0 ? Int(steps) + 1 : 0])
    self.init(uninitialized: shape, .float64)
    withMutable(Double.self) { x in
      for i in 0..<shape.count { x[i] = first + Double(i) * step }
    }
    self = converted(to: elementType)
  }

  /// `count` numbers, equally spaced from `first` to `last`, both of which are met exactly.
  public init(
    from first: Double, to last: Double, count: Int, _ elementType: ElementType = .float64
  ) throws {
    let shape = try Shape(checked: [count])
    self.init(uninitialized: shape, .float64)
    withMutable(Double.self) { x in
      for i in 0..<count {
        let t = count > 1 ? Double(i) / Double(count - 1) : 0
        x[i] = i == count - 1 && count > 1 ? last : first + t * (last - first)
      }
    }
    self = converted(to: elementType)
  }

  /// The identity matrix, {n, n}.
  public init(identity n: Int, _ elementType: ElementType = .float64) {
    self.init(zeros: [n, n], elementType)
    for i in 0..<n { self[flat: i * n + i] = 1 }
  }

  /// Tensors of one shape, side by side along a new first axis.
  public init(stacking tensors: [Tensor]) throws {
    guard let first = tensors.first else { throw ScriptError("stack: needs at least one tensor") }
    if let other = tensors.first(where: { $0.shape != first.shape }) {
      throw ScriptError("stack: tensors must have one shape, got \(first.shape) and \(other.shape)")
    }
    let parts = tensors.map { Tensor(reshaping: $0, to: Shape([1] + $0.shape.extents)) }
    try self.init(concatenating: parts, axis: 0)
  }

  /// Tensors one after the other along an axis; all other extents must agree.
  public init(concatenating tensors: [Tensor], axis: Int) throws {
    guard let first = tensors.first else {
      throw ScriptError("concatenate: needs at least one tensor")
    }
    guard axis >= 0 && axis < first.shape.rank else {
      throw ScriptError("concatenate: a tensor of shape \(first.shape) has no axis \(axis + 1)")
    }
    for tensor in tensors {
      guard tensor.shape.rank == first.shape.rank,
        tensor.shape.removing(axis: axis) == first.shape.removing(axis: axis)
      else {
        throw ScriptError(
          "concatenate: shapes \(first.shape) and \(tensor.shape) differ beside axis \(axis + 1)")
      }
    }
    var extents = first.shape.extents
    extents[axis] = tensors.reduce(0) { $0 + $1.shape[axis] }
    let type = tensors.allSatisfy { $0.elementType == .float32 } ? ElementType.float32 : .float64
    self.init(uninitialized: try Shape(checked: extents), type)
    var start = 0
    let before = [AxisSelection](repeating: .all, count: axis)
    for tensor in tensors {
      let extent = tensor.shape[axis]
      try assign(tensor, to: before + [.range(start: start, count: extent, step: 1)])
      start += extent
    }
  }
}
