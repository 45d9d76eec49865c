// The vector types of this variant, and the few operations on them that all kernels share.

#if LANES512
  typealias Vector32 = SIMD16<Float>
  typealias Vector64 = SIMD8<Double>
#elseif LANES256
  typealias Vector32 = SIMD8<Float>
  typealias Vector64 = SIMD4<Double>
#else
  typealias Vector32 = SIMD4<Float>
  typealias Vector64 = SIMD2<Double>
#endif

/// The elements that kernels compute with: Float and Double. (Not a protocol of our own, whose
/// conformances would leave weak accessors in every variant.)
typealias Real = BinaryFloatingPoint & SIMDScalar

extension SIMD where Scalar: Real {
  /// self + x w, fused where the processor can: elsewhere a fused product is a library call.
  @inline(__always)
  func plus(_ x: Self, times w: Self) -> Self {
    #if FUSED || arch(arm64)
      addingProduct(x, w)
    #else
      self + x * w
    #endif
  }
}

/// Reads one vector from any address.
@inline(__always)
func load<V: SIMD>(_ address: UnsafePointer<V.Scalar>, as type: V.Type = V.self) -> V {
  UnsafeRawPointer(address).loadUnaligned(as: V.self)
}

/// Reads one vector from any address.
@inline(__always)
func load<V: SIMD>(_ address: UnsafeMutablePointer<V.Scalar>, as type: V.Type = V.self) -> V {
  UnsafeRawPointer(address).loadUnaligned(as: V.self)
}

/// Writes one vector to any address.
@inline(__always)
func store<V: SIMD>(_ vector: V, to address: UnsafeMutablePointer<V.Scalar>) {
  UnsafeMutableRawPointer(address).storeBytes(of: vector, as: V.self)
}

/// The sum of all lanes.
///
/// It is a call of its own, since taking lanes out of a vector would keep the vector, and
/// whatever it was computed from, in memory.
@inline(never)
func laneSum<V: SIMD>(_ vector: V) -> Double where V.Scalar: Real { Double(vector.sum()) }
