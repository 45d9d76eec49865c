// Elementary functions of whole vectors, accurate to about one unit in the last place.

extension SIMD where Scalar: Real {
  /// All lanes the same constant.
  @inline(__always)
  static func constant(_ value: Double) -> Self { Self(repeating: Scalar(value)) }

  /// The bits as integers, on which selection is done: generic code on `SIMDMask` is not
  /// vectorised.
  @inline(__always)
  var bits: MaskStorage { unsafeBitCast(self, to: MaskStorage.self) }

  /// The vector with the given bits.
  @inline(__always)
  init(bits: MaskStorage) { self = unsafeBitCast(bits, to: Self.self) }

  /// The absolute value.
  @inline(__always)
  var magnitude: Self { Self(bits: bits & MaskStorage(repeating: .max)) }

  /// The absolute value of self with the signs of another vector.
  @inline(__always)
  func signed(like other: Self) -> Self {
    Self(bits: magnitude.bits | (other.bits & MaskStorage(repeating: .min)))
  }

  /// All bits set where self < other, none elsewhere; for finite numbers.
  @inline(__always)
  func isLess(than other: Self) -> MaskStorage {
    (self - other).bits &>> MaskStorage(repeating: MaskStorage.Scalar(Self.scalarBits - 1))
  }

  /// The lesser of self and other, both at least 0.
  @inline(__always)
  func least(_ other: Self) -> Self {
    // Such numbers are ordered as their bits are.
    let excess = bits &- other.bits
    let isLess = excess &>> MaskStorage(repeating: MaskStorage.Scalar(Self.scalarBits - 1))
    return Self(bits: other.bits &+ (excess & isLess))
  }

  /// self where the mask is set, other elsewhere.
  @inline(__always)
  func selected(where mask: MaskStorage, else other: Self) -> Self {
    Self(bits: (bits & mask) | (other.bits & ~mask))
  }

  @inline(__always)
  private static var scalarBits: Int { MemoryLayout<Scalar>.size * 8 }
}

/// 1/√s for normal s > 0, in a fraction of the time of the processor's square root and division.
///
/// The exponent gives a guess y with |1 − s y²| < 0.0692; minimax polynomials of (1 − e)^(−1/2) in
/// e = 1 − s y² refine it.
@inline(__always)
func reciprocalSquareRoot<V: SIMD>(_ s: V) -> V where V.Scalar: Real {
  typealias Bits = V.MaskStorage
  let guess: Int64 = V.isSingle ? 0x5f37_5a86 : 0x5fe6_eb50_c7b5_37a9
  // Without a sign bit the shift is one that all processors have.
  let half = (s.bits & Bits(repeating: .max)) &>> Bits(repeating: 1)
  let y = V(bits: Bits(repeating: Bits.Scalar(truncatingIfNeeded: guess)) &- half)
  let minusS = V.zero - s
  let e = V.constant(1).plus(minusS * y, times: y)
  if V.isSingle {
    return y.plus(y * e, times: inverseRootTail4(e))
  }
  let near = y * inverseRoot2(e)
  // Now |e| < 5.2e-5, and the Taylor polynomial is as good.
  let rest = V.constant(1).plus(minusS * near, times: near)
  return near.plus(near * rest, times: inverseRootTaylor3(rest))
}

/// 2⁻ᶻ − 1 and 2⁻ᶻ for z = x `rate` in 0...115 (Float) or 0...1010 (Double).
///
/// With z = n − f, |f| ≤ 1/2, and a minimax polynomial of (2ᶠ − 1)/f,
/// 2⁻ᶻ − 1 = 2⁻ⁿ (2ᶠ − 1) + (2⁻ⁿ − 1).
@inline(__always)
func powerOfTwo<V: SIMD>(minus x: V, times rate: V) -> (minusOne: V, whole: V)
where V.Scalar: Real {
  typealias Bits = V.MaskStorage
  // Adding 1.5·2^(fraction bits) leaves the nearest integer in the lowest bits.
  let shifter = V.constant(V.isSingle ? 12_582_912 : 6_755_399_441_055_744)
  let shifted = shifter.plus(x, times: rate)
  let f = (shifted - shifter).plus(x, times: V.zero - rate)
  let fractionBits: Int64 = V.isSingle ? 23 : 52
  let power = V(
    bits: V.constant(1).bits
      &- (shifted.bits &<< Bits(repeating: Bits.Scalar(truncatingIfNeeded: fractionBits))))
  let quotient = V.isSingle ? powerTail5(f) : powerTail10(f)
  let p = f * quotient
  return ((power - V.constant(1)).plus(power, times: p), power.plus(power, times: p))
}

/// log(1 + z) for −0.404 ≤ z ≤ 0.224: 2 artanh s with s = z/(2 + z).
@inline(__always)
func logarithmOfOnePlus<V: SIMD>(_ z: V) -> V where V.Scalar: Real {
  twiceArtanh(z / (V.constant(2) + z))
}

/// 2 artanh s for s² < 0.064, by a minimax polynomial of its remainder.
@inline(__always)
func twiceArtanh<V: SIMD>(_ s: V) -> V where V.Scalar: Real {
  let w = s * s
  let tail = V.isSingle ? logarithmTail2(w) : logarithmTail7(w)
  return (s + s).plus(s * w, times: tail)
}

// MARK: Minimax polynomials, the long ones by Estrin's scheme, which takes fewer steps

/// ((1 − e)^(−1/2) − 1)/e for |e| < 0.0692, to 2.4e-8 of 1 + e times it.
@inline(__always)
private func inverseRootTail4<V: SIMD>(_ e: V) -> V where V.Scalar: Real {
  var sum = V.constant(0.273_798_596_907_923_6)
  sum = V.constant(0.313_941_250_333_318_8).plus(sum, times: e)
  sum = V.constant(0.375_001_823_814_925_1).plus(sum, times: e)
  sum = V.constant(0.499_998_316_025_117).plus(sum, times: e)
  return sum
}

/// (1 − e)^(−1/2) for |e| < 0.0692, to 2.6e-5.
@inline(__always)
private func inverseRoot2<V: SIMD>(_ e: V) -> V where V.Scalar: Real {
  var sum = V.constant(0.375_229_277_265_984_4)
  sum = V.constant(0.501_097_397_349_302_3).plus(sum, times: e)
  sum = V.constant(1.000_000_854_815_917).plus(sum, times: e)
  return sum
}

/// The Taylor polynomial of ((1 − e)^(−1/2) − 1)/e.
@inline(__always)
private func inverseRootTaylor3<V: SIMD>(_ rest: V) -> V where V.Scalar: Real {
  var sum = V.constant(0.3125)
  sum = V.constant(0.375).plus(sum, times: rest)
  sum = V.constant(0.5).plus(sum, times: rest)
  return sum
}

/// (2ᶠ − 1)/f for |f| ≤ 1/2, to 1.3e-8.
@inline(__always)
private func powerTail5<V: SIMD>(_ f: V) -> V where V.Scalar: Real {
  let x2 = f * f
  let p0 = V.constant(6.931_471_880_262_288e-01).plus(
    V.constant(2.402_265_076_056_813e-01), times: f)
  let p2 = V.constant(5.550_357_114_219_078e-02).plus(
    V.constant(9.618_082_557_277_851e-03), times: f)
  let p4 = V.constant(1.339_086_336_467_123e-03).plus(
    V.constant(1.545_316_294_512_069e-04), times: f)
  let x4 = x2 * x2
  let q0 = p0.plus(p2, times: x2)
  return q0.plus(p4, times: x4)
}

/// (2ᶠ − 1)/f for |f| ≤ 1/2, to 2.1e-17.
@inline(__always)
private func powerTail10<V: SIMD>(_ f: V) -> V where V.Scalar: Real {
  let x2 = f * f
  let p0 = V.constant(0.693_147_180_559_945_3).plus(V.constant(2.402_265_069_591_010e-01), times: f)
  let p2 = V.constant(5.550_410_866_482_159e-02).plus(
    V.constant(9.618_129_107_606_889e-03), times: f)
  let p4 = V.constant(1.333_355_814_641_694e-03).plus(
    V.constant(1.540_353_044_173_605e-04), times: f)
  let p6 = V.constant(1.525_273_382_983_612e-05).plus(
    V.constant(1.321_544_258_792_169e-06), times: f)
  let p8 = V.constant(1.017_806_244_584_577e-07).plus(
    V.constant(7.072_585_949_269_225e-09), times: f)
  let p10 = V.constant(4.454_960_598_186_518e-10)
  let x4 = x2 * x2
  let q0 = p0.plus(p2, times: x2)
  let q2 = p4.plus(p6, times: x2)
  let q4 = p8.plus(p10, times: x2)
  return q0.plus(q2.plus(q4, times: x4), times: x4)
}

/// (2 artanh(s)/s − 2)/w with w = s² < 0.064, to 3e-6.
@inline(__always)
private func logarithmTail2<V: SIMD>(_ w: V) -> V where V.Scalar: Real {
  var sum = V.constant(0.308_366_851_531_589_5)
  sum = V.constant(0.399_447_321_376_567_8).plus(sum, times: w)
  sum = V.constant(0.666_668_636_610_618_7).plus(sum, times: w)
  return sum
}

/// (2 artanh(s)/s − 2)/w with w = s² < 0.064, to 1.8e-15.
@inline(__always)
private func logarithmTail7<V: SIMD>(_ w: V) -> V where V.Scalar: Real {
  let x2 = w * w
  let p0 = V.constant(0.666_666_666_666_665_5).plus(V.constant(0.400_000_000_002_283_9), times: w)
  let p2 = V.constant(0.285_714_284_966_278_6).plus(V.constant(0.222_222_315_345_736_3), times: w)
  let p4 = V.constant(0.181_812_505_752_859_7).plus(V.constant(0.154_033_110_446_925_2), times: w)
  let p6 = V.constant(0.129_953_874_132_962_6).plus(V.constant(0.148_723_812_539_543_5), times: w)
  let x4 = x2 * x2
  let q0 = p0.plus(p2, times: x2)
  let q2 = p4.plus(p6, times: x2)
  return q0.plus(q2, times: x4)
}
