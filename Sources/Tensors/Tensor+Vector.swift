import Kernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The vector algebra of the solvers: in place, allocation-free, in a fixed order.
extension Tensor {
  /// self ← self + factor · other.
  public mutating func add(_ other: Tensor, times factor: Double = 1) {
    checkAlike(other)
    let count = count
    switch elementType {
    case .float32:
      withMutable(Float.self) { target in
        other.with(Float.self) { VectorKernels.add(count, Float(factor), $0, target) }
      }
    case .float64:
      withMutable(Double.self) { target in
        other.with(Double.self) { VectorKernels.add(count, factor, $0, target) }
      }
    }
  }

  /// self ← factor · self.
  public mutating func scale(by factor: Double) {
    let count = count
    switch elementType {
    case .float32: withMutable(Float.self) { VectorKernels.scale(count, Float(factor), $0) }
    case .float64: withMutable(Double.self) { VectorKernels.scale(count, factor, $0) }
    }
  }

  /// self ← a · first + b · second, without a temporary.
  public mutating func setCombination(_ a: Double, _ first: Tensor, _ b: Double, _ second: Tensor) {
    checkAlike(first)
    checkAlike(second)
    let count = count
    switch elementType {
    case .float32:
      withMutable(Float.self) { target in
        first.with(Float.self) { p in
          second.with(Float.self) { q in
            VectorKernels.combine(count, Float(a), p, Float(b), q, target)
          }
        }
      }
    case .float64:
      withMutable(Double.self) { target in
        first.with(Double.self) { p in
          second.with(Double.self) { q in VectorKernels.combine(count, a, p, b, q, target) }
        }
      }
    }
  }

  /// self ← first ⊙ second, element by element, without a temporary.
  public mutating func setProduct(_ first: Tensor, _ second: Tensor) {
    checkAlike(first)
    checkAlike(second)
    let count = count
    switch elementType {
    case .float32:
      withMutable(Float.self) { target in
        first.with(Float.self) { p in
          second.with(Float.self) { q in VectorKernels.multiply(count, p, q, target) }
        }
      }
    case .float64:
      withMutable(Double.self) { target in
        first.with(Double.self) { p in
          second.with(Double.self) { q in VectorKernels.multiply(count, p, q, target) }
        }
      }
    }
  }

  /// self ← other, element by element into the storage that is already there (assignment would share it).
  public mutating func copyElements(from other: Tensor) {
    checkAlike(other)
    let bytes = byteCount
    withMutableBytes { target in other.withBytes { target.copyMemory(from: $0, byteCount: bytes) } }
  }

  /// self ← value everywhere.
  public mutating func fill(with value: Double) {
    let count = count
    switch elementType {
    case .float32: withMutable(Float.self) { $0.update(repeating: Float(value), count: count) }
    case .float64: withMutable(Double.self) { $0.update(repeating: value, count: count) }
    }
  }

  /// ⟨self, other⟩, accumulated in Float64 over fixed blocks.
  public func dot(_ other: Tensor) -> Double {
    checkAlike(other)
    switch elementType {
    case .float32:
      return with(Float.self) { p in other.with(Float.self) { VectorKernels.dot(count, p, $0) } }
    case .float64:
      return with(Double.self) { p in other.with(Double.self) { VectorKernels.dot(count, p, $0) } }
    }
  }

  /// ‖self‖², accumulated in Float64 over fixed blocks.
  public var squaredNorm: Double { dot(self) }

  /// ‖self‖₂.
  public var norm: Double { squaredNorm.squareRoot() }

  /// ‖self − other‖², without a temporary.
  public func squaredDistance(to other: Tensor) -> Double {
    checkAlike(other)
    switch elementType {
    case .float32:
      return with(Float.self) { p in
        other.with(Float.self) { VectorKernels.squaredDistance(count, p, $0) }
      }
    case .float64:
      return with(Double.self) { p in
        other.with(Double.self) { VectorKernels.squaredDistance(count, p, $0) }
      }
    }
  }

  @inline(__always)
  func checkAlike(_ other: Tensor) {
    precondition(
      count == other.count && elementType == other.elementType,
      "Operands must have the same count and element type.")
  }
}
