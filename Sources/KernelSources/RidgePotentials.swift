// The potentials of ridge energies and their derivatives, a vector at a time.

/// φ and its derivatives at a vector t of responses, for one ν.
protocol PotentialDerivatives {
  associatedtype V: SIMD where V.Scalar: Real
  /// What depends on ν only.
  init(smoothing nu: Double)
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

  @inline(__always)
  init(smoothing nu: Double) {
    self.nu = V.constant(nu)
    inverse = V.constant(1 / nu)
  }

  /// |u|, E = e^(−2|u|) − 1, |T| = −E/(2 + E) and h = 4 e^(−2|u|)/(2 + E)².
  @inline(__always)
  private func parts(_ t: V) -> (magnitude: V, decay: V, tangent: V, secant: V) {
    let magnitude = (t * inverse).magnitude
    let (decay, exponential) = exponentialMinusOne(V.constant(-2) * magnitude)
    let quotient = V.constant(1) / (V.constant(2) + decay)
    let tangent = (V.zero - decay) * quotient
    let secant = (V.constant(4) * exponential) * (quotient * quotient)
    return (magnitude, decay, tangent, secant)
  }

  @inline(__always)
  func value(_ t: V) -> V { valueAndFirst(t).value }

  @inline(__always)
  func first(_ t: V) -> V { parts(t).tangent.signed(like: t) }

  @inline(__always)
  func second(_ t: V) -> V { parts(t).secant * inverse }

  /// log cosh u is −½ log(1 − T²) where that loses no digits, |u| + log(1 + E/2) elsewhere.
  @inline(__always)
  func valueAndFirst(_ t: V) -> (value: V, first: V) {
    let parts = parts(t)
    let isSmall = parts.magnitude.isLess(than: V.constant(0.75))
    let halfDecay = V.constant(0.5) * parts.decay
    let minusSquare = V.zero - parts.tangent * parts.tangent
    let logarithm = logarithmOfOnePlus(minusSquare.selected(where: isSmall, else: halfDecay))
    let value = (V.constant(-0.5) * logarithm)
      .selected(where: isSmall, else: parts.magnitude + logarithm)
    return (nu * value, parts.tangent.signed(like: t))
  }

  @inline(__always)
  func mixed(_ t: V) -> (first: V, second: V, firstBySmoothing: V) {
    let parts = parts(t)
    let second = parts.secant * inverse
    return (
      parts.tangent.signed(like: t), second,
      V.zero - (parts.magnitude * second).signed(like: t)
    )
  }

  @inline(__always)
  func higher(_ t: V) -> (second: V, third: V, secondBySmoothing: V) {
    let parts = parts(t)
    let second = parts.secant * inverse
    let scaled = second * inverse
    return (
      second, V.constant(-2) * (parts.tangent * scaled).signed(like: t),
      scaled * V.constant(-1).plus(parts.magnitude + parts.magnitude, times: parts.tangent)
    )
  }
}
