import Kernels
import Script

/// Element-by-element functions. Operands of different shapes broadcast as in NumPy; of different
/// element types, the result is Float64.
extension Tensor {
  /// The function of both tensors' elements.
  public func combined(_ operation: BinaryOperation, with other: Tensor) throws -> Tensor {
    guard elementType == other.elementType else {
      return try converted(to: .float64).combined(operation, with: other.converted(to: .float64))
    }
    let target = try shape.broadcast(with: other.shape)
    let x = Layout(shape, broadcastTo: target)
    let y = Layout(other.shape, broadcastTo: target)
    var result = Tensor(uninitialized: target, elementType)
    switch elementType {
    case .float32: result.fill(Float.self, operation, self, x, other, y)
    case .float64: result.fill(Double.self, operation, self, x, other, y)
    }
    return result
  }

  /// The function of each element and a number, in the tensor's element type.
  public func combined(_ operation: BinaryOperation, with number: Double) -> Tensor {
    // Rank 0 broadcasts to every shape.
    combinedWithScalar(operation, Tensor([number], shape: [], elementType), scalarFirst: false)
  }

  /// The function of a number and each element, in the tensor's element type.
  public static func combined(
    _ operation: BinaryOperation, _ number: Double, with tensor: Tensor
  ) -> Tensor {
    tensor.combinedWithScalar(
      operation, Tensor([number], shape: [], tensor.elementType), scalarFirst: true)
  }

  /// The function of each element.
  public func mapped(_ operation: UnaryOperation) -> Tensor {
    var result = Tensor(uninitialized: shape, elementType)
    let count = count
    switch elementType {
    case .float32:
      result.withMutable(Float.self) { z in
        with(Float.self) { ElementwiseKernels.apply(operation, count, $0, z) }
      }
    case .float64:
      result.withMutable(Double.self) { z in
        with(Double.self) { ElementwiseKernels.apply(operation, count, $0, z) }
      }
    }
    return result
  }

  /// Each element, moved into [lower, upper]; NaN stays.
  public func clamped(from lower: Double, to upper: Double) -> Tensor {
    var result = Tensor(uninitialized: shape, elementType)
    let count = count
    switch elementType {
    case .float32:
      result.withMutable(Float.self) { z in
        with(Float.self) { ElementwiseKernels.clamp(count, $0, Float(lower), Float(upper), z) }
      }
    case .float64:
      result.withMutable(Double.self) { z in
        with(Double.self) { ElementwiseKernels.clamp(count, $0, lower, upper, z) }
      }
    }
    return result
  }

  /// Whether both have one shape, and no element differs by more than `tolerance`; NaN differs
  /// from everything.
  public func equals(_ other: Tensor, within tolerance: Double = 0) -> Bool {
    guard shape == other.shape else { return false }
    guard elementType == other.elementType else {
      return converted(to: .float64).equals(other.converted(to: .float64), within: tolerance)
    }
    // The first comparison lets equal infinities pass, whose difference is no number.
    let near: (Double, Double) -> Bool = { $0 == $1 || abs($0 - $1) <= tolerance }
    switch elementType {
    case .float32:
      return with(Float.self) { p in
        other.with(Float.self) { q in (0..<count).allSatisfy { near(Double(p[$0]), Double(q[$0])) }
        }
      }
    case .float64:
      return with(Double.self) { p in
        other.with(Double.self) { q in (0..<count).allSatisfy { near(p[$0], q[$0]) } }
      }
    }
  }

  private func combinedWithScalar(
    _ operation: BinaryOperation, _ scalar: Tensor, scalarFirst: Bool
  ) -> Tensor {
    var result = Tensor(uninitialized: shape, elementType)
    let own = Layout(shape)
    let repeated = Layout(scalar.shape, broadcastTo: shape)
    let (a, x, b, y) =
      scalarFirst ? (scalar, repeated, self, own) : (self, own, scalar, repeated)
    switch elementType {
    case .float32: result.fill(Float.self, operation, a, x, b, y)
    case .float64: result.fill(Double.self, operation, a, x, b, y)
    }
    return result
  }

  private mutating func fill<Element: BinaryFloatingPoint>(
    _ type: Element.Type, _ operation: BinaryOperation, _ a: Tensor, _ x: Layout, _ b: Tensor,
    _ y: Layout
  ) {
    withMutable(type) { target in
      var z = target
      a.with(type) { p in
        b.with(type) { q in
          Layout.rows(x, y) { count, i, xStep, j, yStep in
            ElementwiseKernels.apply(operation, count, p + i, step: xStep, q + j, step: yStep, z)
            z += count
          }
        }
      }
    }
  }
}
