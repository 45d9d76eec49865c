// The potentials of ridge energies and their derivatives, a vector at a time.

/// φ and its derivatives at a vector t of responses, for one ν.
protocol PotentialDerivatives {
  associatedtype V: SIMD where V.Scalar: Real
  /// What depends on ν only.
  init(smoothing nu: Double)
  /// What depends on ν and, where two potentials are subtracted, on the ratio of their widths.
  init(smoothing nu: Double, ratio: Double)
  /// φ(t).
  func value(_ t: V) -> V
  /// φ′(t).
  func first(_ t: V) -> V
  /// φ″(t).
  func second(_ t: V) -> V
  /// φ(t) and φ′(t).
  func valueAndFirst(_ t: V) -> (value: V, first: V)
  /// φ′(t), φ″(t) and ∂φ′/∂ν.
  func mixed(_ t: V) -> (first: V, second: V, firstBySmoothing: V)
  /// φ″(t), φ‴(t) and ∂φ″/∂ν.
  func higher(_ t: V) -> (second: V, third: V, secondBySmoothing: V)
}

extension PotentialDerivatives {
  /// A potential alone.
  @inline(__always)
  init(smoothing nu: Double, ratio: Double) { self.init(smoothing: nu) }
}

/// φ(t) = √(t² + ν²), with ρ = 1/φ: φ′ = t ρ, φ″ = ν² ρ³, φ‴ = −3 ν² t ρ⁵,
/// ∂φ′/∂ν = −t ν ρ³, ∂φ″/∂ν = ν ρ³ (2 − 3 ν² ρ²).
struct SmoothedAbsolute<V: SIMD>: PotentialDerivatives where V.Scalar: Real {
  let nu: V
  let square: V

  @inline(__always)
  init(smoothing nu: Double) {
    self.nu = V.constant(nu)
    square = V.constant(nu * nu)
  }

  @inline(__always)
  func value(_ t: V) -> V {
    let s = square.plus(t, times: t)
    return s * reciprocalSquareRoot(s)
  }

  @inline(__always)
  func first(_ t: V) -> V { t * reciprocalSquareRoot(square.plus(t, times: t)) }

  @inline(__always)
  func second(_ t: V) -> V {
    let rho = reciprocalSquareRoot(square.plus(t, times: t))
    return (square * rho) * (rho * rho)
  }

  @inline(__always)
  func valueAndFirst(_ t: V) -> (value: V, first: V) {
    let s = square.plus(t, times: t)
    let rho = reciprocalSquareRoot(s)
    return (s * rho, t * rho)
  }

  @inline(__always)
  func mixed(_ t: V) -> (first: V, second: V, firstBySmoothing: V) {
    let rho = reciprocalSquareRoot(square.plus(t, times: t))
    let first = t * rho
    let nuRhoSquared = nu * (rho * rho)
    return (first, (nu * rho) * nuRhoSquared, V.zero - first * nuRhoSquared)
  }

  @inline(__always)
  func higher(_ t: V) -> (second: V, third: V, secondBySmoothing: V) {
    let rho = reciprocalSquareRoot(square.plus(t, times: t))
    let rhoSquared = rho * rho
    let nuRhoCubed = (nu * rho) * rhoSquared
    let second = nu * nuRhoCubed
    let relative = square * rhoSquared
    return (
      second, V.constant(-3) * (second * t) * rhoSquared,
      nuRhoCubed * V.constant(2).plus(relative, times: V.constant(-3))
    )
  }
}

/// φ(t) = t²/(2ν) for |t| ≤ ν and |t| − ν/2 beyond.
///
/// With u = clamp(t/ν, −1, 1): φ = u (t − ν u/2), φ′ = u; inside, φ″ = 1/ν, ∂φ′/∂ν = −u/ν,
/// ∂φ″/∂ν = −1/ν², and all of them 0 outside, as is φ‴ everywhere but at the kinks.
struct Huber<V: SIMD>: PotentialDerivatives where V.Scalar: Real {
  let nu: V
  let inverse: V

  @inline(__always)
  init(smoothing nu: Double) {
    self.nu = V.constant(nu)
    inverse = V.constant(1 / nu)
  }

  @inline(__always)
  private func inside(_ x: V, at t: V) -> V {
    V(bits: x.bits & ~nu.isLess(than: t.magnitude))
  }

  @inline(__always)
  func value(_ t: V) -> V { valueAndFirst(t).value }

  @inline(__always)
  func first(_ t: V) -> V {
    let one = V.constant(1)
    let u = t * inverse
    return one.selected(where: one.isLess(than: u.magnitude), else: u.magnitude).signed(like: t)
  }

  @inline(__always)
  func second(_ t: V) -> V { inside(inverse, at: t) }

  @inline(__always)
  func valueAndFirst(_ t: V) -> (value: V, first: V) {
    let u = first(t)
    return (u * t.plus(nu * u, times: V.constant(-0.5)), u)
  }

  @inline(__always)
  func mixed(_ t: V) -> (first: V, second: V, firstBySmoothing: V) {
    let u = first(t)
    let second = second(t)
    return (u, second, V.zero - u * second)
  }

  @inline(__always)
  func higher(_ t: V) -> (second: V, third: V, secondBySmoothing: V) {
    let second = second(t)
    return (second, V.zero, V.zero - second * inverse)
  }
}

/// φ(t) = ν log cosh u with u = t/ν, T = tanh u and h = sech² u: φ′ = T, φ″ = h/ν,
/// φ‴ = −2 T h/ν², ∂φ′/∂ν = −u h/ν, ∂φ″/∂ν = h (2 u T − 1)/ν².
struct LogCosh<V: SIMD>: PotentialDerivatives where V.Scalar: Real {
  let nu: V
  let inverse: V
  /// z = `rate` |t| makes 2⁻ᶻ = e^(−2|u|).
  let rate: V
  /// ν log 2.
  let offset: V
  /// Below this, the value is −½ ν log(1 − T²).
  let small: V
  /// Beyond this, e^(−2|u|) counts as its value here: tanh is 1 to the last bit.
  let largest: V

  @inline(__always)
  init(smoothing nu: Double) {
    self.nu = V.constant(nu)
    inverse = V.constant(1 / nu)
    rate = V.constant(2.885_390_081_777_926_8 / nu)
    offset = V.constant(0.693_147_180_559_945_3 * nu)
    small = V.constant(0.75 * nu)
    largest = V.constant((V.isSingle ? 40 : 350) * nu)
  }

  private typealias Parts = (exponential: V, minusOne: V, quotient: V, tangent: V)

  /// E = e^(−2|u|), D = E − 1, 1/(1 + E) and |T| = −D/(1 + E); h = 4 E/(1 + E)².
  @inline(__always)
  private func parts(_ t: V) -> Parts {
    let (minusOne, exponential) = powerOfTwo(minus: t.magnitude.least(largest), times: rate)
    let quotient = V.constant(1) / (V.constant(2) + minusOne)
    return (exponential, minusOne, quotient, (V.zero - minusOne) * quotient)
  }

  /// φ″ = h/ν.
  @inline(__always)
  private func second(_ parts: Parts) -> V {
    (V.constant(4) * inverse) * parts.exponential * (parts.quotient * parts.quotient)
  }

  @inline(__always)
  func value(_ t: V) -> V { valueAndFirst(t).value }

  @inline(__always)
  func first(_ t: V) -> V { parts(t).tangent.signed(like: t) }

  @inline(__always)
  func second(_ t: V) -> V { second(parts(t)) }

  /// φ is −½ ν log(1 − T²) where that loses no digits, |t| − ν log 2 + ν log(1 + E) elsewhere.
  ///
  /// With z = −T² or E, z/(2 + z) is −D²/(1 + 6 E + E²) or E/(2 + E), which does not wait for T.
  @inline(__always)
  func valueAndFirst(_ t: V) -> (value: V, first: V) {
    let parts = parts(t)
    let magnitude = t.magnitude
    let isSmall = magnitude.isLess(than: small)
    let e = parts.exponential
    let ratio =
      (V.zero - parts.minusOne * parts.minusOne).selected(where: isSmall, else: e)
      / V.constant(1).plus(V.constant(6) + e, times: e)
      .selected(where: isSmall, else: V.constant(2) + e)
    let factor = (V.constant(-0.5) * nu).selected(where: isSmall, else: nu)
    let start = V.zero.selected(where: isSmall, else: magnitude - offset)
    let value = start.plus(factor, times: twiceArtanh(ratio))
    return (value, parts.tangent.signed(like: t))
  }

  @inline(__always)
  func mixed(_ t: V) -> (first: V, second: V, firstBySmoothing: V) {
    let parts = parts(t)
    let second = second(parts)
    return (parts.tangent.signed(like: t), second, (V.zero - t * inverse) * second)
  }

  @inline(__always)
  func higher(_ t: V) -> (second: V, third: V, secondBySmoothing: V) {
    let parts = parts(t)
    let second = second(parts)
    let scaled = second * inverse
    let magnitude = t.magnitude * inverse
    return (
      second, V.constant(-2) * (parts.tangent * scaled).signed(like: t),
      scaled * V.constant(-1).plus(magnitude + magnitude, times: parts.tangent)
    )
  }
}
