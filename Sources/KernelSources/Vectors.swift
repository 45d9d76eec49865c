import CVectors

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

// Swift's generic arithmetic on SIMD types is a loop over lanes, of which the optimiser makes vectors
// again only where the function is short. These operations hide it.
extension SIMD where Scalar: Real {
  /// self + x w, fused where the processor can: elsewhere a fused product is a library call.
  @inline(__always)
  func plus(_ x: Self, times w: Self) -> Self {
    #if FUSED || arch(arm64)
      if Self.isSingle {
        Self(vector_multiply_add_float(single, x.single, w.single))
      } else {
        Self(vector_multiply_add_double(double, x.double, w.double))
      }
    #else
      self + x * w
    #endif
  }

  /// self − x w, fused where the processor can.
  @inline(__always)
  func minus(_ x: Self, times w: Self) -> Self {
    #if FUSED || arch(arm64)
      if Self.isSingle {
        Self(vector_multiply_subtract_float(single, x.single, w.single))
      } else {
        Self(vector_multiply_subtract_double(double, x.double, w.double))
      }
    #else
      self - x * w
    #endif
  }

  @inline(__always)
  static func + (a: Self, b: Self) -> Self {
    isSingle
      ? Self(vector_add_float(a.single, b.single)) : Self(vector_add_double(a.double, b.double))
  }

  @inline(__always)
  static func - (a: Self, b: Self) -> Self {
    isSingle
      ? Self(vector_subtract_float(a.single, b.single))
      : Self(vector_subtract_double(a.double, b.double))
  }

  @inline(__always)
  static func * (a: Self, b: Self) -> Self {
    isSingle
      ? Self(vector_multiply_float(a.single, b.single))
      : Self(vector_multiply_double(a.double, b.double))
  }

  @inline(__always)
  static func / (a: Self, b: Self) -> Self {
    isSingle
      ? Self(vector_divide_float(a.single, b.single))
      : Self(vector_divide_double(a.double, b.double))
  }

  @inline(__always)
  static func += (a: inout Self, b: Self) { a = a + b }

  /// Whether the elements are Float.
  @inline(__always)
  static var isSingle: Bool { Scalar.self == Float.self }

  @inline(__always)
  private init<V: SIMD>(_ vector: V) { self = unsafeBitCast(vector, to: Self.self) }
  @inline(__always)
  private var single: Vector32 { unsafeBitCast(self, to: Vector32.self) }
  @inline(__always)
  private var double: Vector64 { unsafeBitCast(self, to: Vector64.self) }
}

extension SIMD where Scalar: FixedWidthInteger {
  @inline(__always)
  static func &+ (a: Self, b: Self) -> Self {
    isShort
      ? Self(vector_add_int(a.short, b.short)) : Self(vector_add_long(a.long, b.long))
  }

  @inline(__always)
  static func &- (a: Self, b: Self) -> Self {
    isShort
      ? Self(vector_subtract_int(a.short, b.short)) : Self(vector_subtract_long(a.long, b.long))
  }

  @inline(__always)
  private static var isShort: Bool { MemoryLayout<Scalar>.size == 4 }
  @inline(__always)
  private init<V: SIMD>(_ vector: V) { self = unsafeBitCast(vector, to: Self.self) }
  @inline(__always)
  private var short: Vector32.MaskStorage { unsafeBitCast(self, to: Vector32.MaskStorage.self) }
  @inline(__always)
  private var long: Vector64.MaskStorage { unsafeBitCast(self, to: Vector64.MaskStorage.self) }
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

/// Asks for what lies at an address, which may be any.
@inline(__always)
func prefetch(_ address: UnsafeRawPointer) { vector_prefetch(address) }

/// The sum of all lanes.
///
/// It is a call of its own, since taking lanes out of a vector would keep the vector, and
/// whatever it was computed from, in memory.
@inline(never)
func laneSum<V: SIMD>(_ vector: V) -> Double where V.Scalar: Real { Double(vector.sum()) }
