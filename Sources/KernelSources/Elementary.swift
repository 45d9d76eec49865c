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

  /// self where the mask is set, other elsewhere.
  @inline(__always)
  func selected(where mask: MaskStorage, else other: Self) -> Self {
    Self(bits: (bits & mask) | (other.bits & ~mask))
  }

  @inline(__always)
  private static var scalarBits: Int { MemoryLayout<Scalar>.size * 8 }

  /// Whether the elements are Float.
  @inline(__always)
  static var isSingle: Bool { Scalar.self == Float.self }
}

/// 1/√s for normal s > 0: a guess from the exponent, then Newton steps y ← y (3/2 − s y²/2), which
/// take a fraction of the time of the processor's square root and division.
@inline(__always)
func reciprocalSquareRoot<V: SIMD>(_ s: V) -> V where V.Scalar: Real {
  typealias Bits = V.MaskStorage
  let guess: Int64 = V.isSingle ? 0x5f37_5a86 : 0x5fe6_eb50_c7b5_37a9
  let half = s.bits &>> Bits(repeating: 1)
  var y = V(bits: Bits(repeating: Bits.Scalar(truncatingIfNeeded: guess)) &- half)
  let minusHalf = s * V.constant(-0.5)
  let threeHalves = V.constant(1.5)
  for _ in 0..<(V.isSingle ? 3 : 4) {
    y = y * threeHalves.plus(minusHalf * y, times: y)
  }
  return y
}

/// eʸ − 1 and eʸ for y ≤ 0.
///
/// With y = n ln 2 + f, |f| ≤ ln 2 / 2, and the Taylor polynomial of eᶠ − 1,
/// eʸ − 1 = 2ⁿ (eᶠ − 1) + (2ⁿ − 1).
@inline(__always)
func exponentialMinusOne<V: SIMD>(_ y: V) -> (minusOne: V, whole: V) where V.Scalar: Real {
  typealias Bits = V.MaskStorage
  // Beyond this the result is −1 to the last bit, and 2ⁿ would leave the exponent's range.
  let lowest = V.constant(V.isSingle ? -80 : -700)
  let y = lowest.selected(where: y.isLess(than: lowest), else: y)
  // Adding 1.5·2^(fraction bits) leaves the nearest integer in the lowest bits.
  let shifter = V.constant(V.isSingle ? 12_582_912 : 6_755_399_441_055_744)
  let shifted = shifter.plus(y, times: V.constant(1.442_695_040_888_963_4))
  let n = shifted - shifter
  // ln 2 in two parts, the first with zeros at its end so that n times it is exact.
  let high = V.constant(V.isSingle ? 0.693_359_375 : 6.931_471_803_691_238_164_90e-01)
  let low = V.constant(V.isSingle ? -2.121_944_400_546_905_8e-4 : 1.908_214_929_270_587_700_02e-10)
  let f = (y - n * high) - n * low
  let fractionBits: Int64 = V.isSingle ? 23 : 52
  let bias: Int64 = V.isSingle ? 127 : 1023
  let exponent = shifted.bits &- shifter.bits
  let power = V(
    bits: (exponent &+ Bits(repeating: Bits.Scalar(truncatingIfNeeded: bias)))
      &<< Bits(repeating: Bits.Scalar(truncatingIfNeeded: fractionBits)))
  let tail = V.isSingle ? exponentialTail7(f) : exponentialTail13(f)
  let p = f.plus(f * f, times: tail)
  return ((power - V.constant(1)).plus(power, times: p), power.plus(power, times: p))
}

/// (eᶠ − 1 − f)/f² by the Taylor polynomial up to f⁷/7!, for Float.
@inline(__always)
private func exponentialTail7<V: SIMD>(_ f: V) -> V where V.Scalar: Real {
  var sum = V.constant(1.0 / 5040)
  sum = V.constant(1.0 / 720).plus(sum, times: f)
  sum = V.constant(1.0 / 120).plus(sum, times: f)
  sum = V.constant(1.0 / 24).plus(sum, times: f)
  sum = V.constant(1.0 / 6).plus(sum, times: f)
  return V.constant(0.5).plus(sum, times: f)
}

/// (eᶠ − 1 − f)/f² by the Taylor polynomial up to f¹³/13!, for Double.
@inline(__always)
private func exponentialTail13<V: SIMD>(_ f: V) -> V where V.Scalar: Real {
  var sum = V.constant(1.0 / 6_227_020_800)
  sum = V.constant(1.0 / 479_001_600).plus(sum, times: f)
  sum = V.constant(1.0 / 39_916_800).plus(sum, times: f)
  sum = V.constant(1.0 / 3_628_800).plus(sum, times: f)
  sum = V.constant(1.0 / 362_880).plus(sum, times: f)
  sum = V.constant(1.0 / 40_320).plus(sum, times: f)
  sum = V.constant(1.0 / 5040).plus(sum, times: f)
  sum = V.constant(1.0 / 720).plus(sum, times: f)
  sum = V.constant(1.0 / 120).plus(sum, times: f)
  sum = V.constant(1.0 / 24).plus(sum, times: f)
  sum = V.constant(1.0 / 6).plus(sum, times: f)
  return V.constant(0.5).plus(sum, times: f)
}

/// log(1 + z) for −1/2 ≤ z ≤ 0: with m = 1 + z or 2 + 2z in (1/√2, √2],
/// log m = 2 artanh((m − 1)/(m + 1)); coefficients of the even remainder as in FreeBSD's `e_log.c`.
@inline(__always)
func logarithmOfOnePlus<V: SIMD>(_ z: V) -> V where V.Scalar: Real {
  let isLow = z.isLess(than: V.constant(0.5.squareRoot() - 1))
  // 2 z + 1 is exact here.
  let d = (z + z + V.constant(1)).selected(where: isLow, else: z)
  let shift = V(bits: V.constant(-0.693_147_180_559_945_3).bits & isLow)
  let s = d / (V.constant(2) + d)
  let w = s * s
  var sum = V.constant(1.479_819_860_511_658_591e-01)
  sum = V.constant(1.531_383_769_920_937_332e-01).plus(sum, times: w)
  sum = V.constant(1.818_357_216_161_805_012e-01).plus(sum, times: w)
  sum = V.constant(2.222_219_843_214_978_396e-01).plus(sum, times: w)
  sum = V.constant(2.857_142_874_366_239_149e-01).plus(sum, times: w)
  sum = V.constant(3.999_999_999_940_941_908e-01).plus(sum, times: w)
  sum = V.constant(6.666_666_666_666_735_130e-01).plus(sum, times: w)
  return shift + (s + s).plus(s * w, times: sum)
}
