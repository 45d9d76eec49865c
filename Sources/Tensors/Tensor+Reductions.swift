import Kernels
import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Reductions: in a fixed order, accumulated in Float64.
extension Tensor {
  /// Σ of all elements; 0 of none.
  public func sum() -> Double {
    switch elementType {
    case .float32: with(Float.self) { ReductionKernels.sum(count, $0) }
    case .float64: with(Double.self) { ReductionKernels.sum(count, $0) }
    }
  }

  /// The mean of all elements.
  public func mean() throws -> Double {
    try requireElements("mean")
    return sum() / Double(count)
  }

  /// The smallest element; NaN if there is one.
  public func minimum() throws -> Double {
    try requireElements("min")
    switch elementType {
    case .float32: return with(Float.self) { ReductionKernels.minimum(count, $0) }
    case .float64: return with(Double.self) { ReductionKernels.minimum(count, $0) }
    }
  }

  /// The largest element; NaN if there is one.
  public func maximum() throws -> Double {
    try requireElements("max")
    switch elementType {
    case .float32: return with(Float.self) { ReductionKernels.maximum(count, $0) }
    case .float64: return with(Double.self) { ReductionKernels.maximum(count, $0) }
    }
  }

  /// (Σ |xᵢ|ᵖ)^(1/p) of all elements for p > 0; max |xᵢ| for p = ∞.
  public func norm(_ p: Double) -> Double {
    precondition(p > 0, "The exponent of a norm must be positive.")
    switch p {
    case 1:
      return elementType == .float32
        ? with(Float.self) { ReductionKernels.absoluteSum(count, $0) }
        : with(Double.self) { ReductionKernels.absoluteSum(count, $0) }
    case 2: return norm
    case .infinity: return largestMagnitude
    default:
      // Divided by the largest first, so that powers neither overflow nor vanish.
      let scale = largestMagnitude
      guard scale > 0, scale.isFinite else { return scale }
      let powers = converted(to: .float64).mapped(.abs).combined(.divide, with: scale)
        .combined(.power, with: p)
      return scale * pow(powers.sum(), 1 / p)
    }
  }

  /// max |xᵢ|; 0 of none.
  public var largestMagnitude: Double {
    switch elementType {
    case .float32: with(Float.self) { ReductionKernels.largestMagnitude(count, $0) }
    case .float64: with(Double.self) { ReductionKernels.largestMagnitude(count, $0) }
    }
  }

  /// Sums along one axis, which goes.
  public func sum(axis: Int) throws -> Tensor {
    let (outer, extent, inner) = try split(at: axis, for: "sum")
    let wide = converted(to: .float64)
    var sums = Tensor(zeros: shape.removing(axis: axis), .float64)
    sums.withMutable(Double.self) { target in
      wide.with(Double.self) { source in
        for o in 0..<outer {
          let block = source + o * extent * inner
          if inner == 1 {
            target[o] = ReductionKernels.sum(extent, block)
          } else {
            for i in 0..<extent {
              ReductionKernels.accumulate(inner, block + i * inner, into: target + o * inner)
            }
          }
        }
      }
    }
    return sums.converted(to: elementType)
  }

  /// Means along one axis, which goes.
  public func mean(axis: Int) throws -> Tensor {
    let (_, extent, _) = try split(at: axis, for: "mean")
    guard extent > 0 else { throw emptiness("mean") }
    // Divided in Float64, before the one rounding to the element type.
    return try converted(to: .float64).sum(axis: axis).combined(.divide, with: Double(extent))
      .converted(to: elementType)
  }

  /// The smallest elements along one axis, which goes.
  public func minimum(axis: Int) throws -> Tensor { try extremum(axis: axis, .minimum, "min") }

  /// The largest elements along one axis, which goes.
  public func maximum(axis: Int) throws -> Tensor { try extremum(axis: axis, .maximum, "max") }

  private func extremum(
    axis: Int, _ operation: BinaryOperation, _ name: String
  ) throws -> Tensor {
    let (_, extent, _) = try split(at: axis, for: name)
    guard extent > 0 else { throw emptiness(name) }
    var slice = [AxisSelection](repeating: .all, count: axis) + [.index(0)]
    var result = try selected(slice)
    for i in 1..<max(extent, 1) {
      slice[axis] = .index(i)
      result = try result.combined(operation, with: selected(slice))
    }
    return result
  }

  /// The extents before, at and after an axis, multiplied out.
  private func split(
    at axis: Int, for name: String
  ) throws -> (outer: Int, extent: Int, inner: Int) {
    guard axis >= 0 && axis < shape.rank else {
      throw ScriptError("\(name): a tensor of shape \(shape) has no axis \(axis + 1)")
    }
    let extents = shape.extents
    return (
      extents[..<axis].reduce(1, *), extents[axis], extents[(axis + 1)...].reduce(1, *)
    )
  }

  private func requireElements(_ name: String) throws {
    guard count > 0 else { throw emptiness(name) }
  }

  private func emptiness(_ name: String) -> ScriptError {
    ScriptError("\(name): a tensor of shape \(shape) has no elements")
  }
}
