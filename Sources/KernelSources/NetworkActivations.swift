// The activations of two-layer networks and their derivatives, a vector at a time.

/// a and its derivatives at a vector t of pre-activations, for one τ.
protocol ActivationDerivatives {
  associatedtype V: SIMD where V.Scalar: Real
  /// What depends on τ only.
  init(smoothing tau: Double)
  /// a(t), a′(t), a″(t), a‴(t); what is not used costs nothing.
  func jet(_ t: V) -> ActivationJet<V>
}

/// An activation's value and derivatives.
struct ActivationJet<V: SIMD> where V.Scalar: Real {
  var value: V
  var first: V
  var second: V
  var third: V
}

/// a(t) = 0 up to 0, t²/(2τ) up to τ, t − τ/2 beyond.
///
/// With u = clamp(t/τ, 0, 1): a = u (t − τ u/2), a′ = u; a″ = 1/τ in between; a‴ = 0 but at the kinks.
struct SmoothedRamp<V: SIMD>: ActivationDerivatives where V.Scalar: Real {
  let tau: V
  let inverse: V

  @inline(__always)
  init(smoothing tau: Double) {
    self.tau = V.constant(tau)
    inverse = V.constant(1 / tau)
  }

  @inline(__always)
  func jet(_ t: V) -> ActivationJet<V> {
    let u = t * inverse
    let one = V.constant(1)
    let isPositive = V.zero.isLess(than: u)
    let first = V(bits: u.bits & isPositive).least(one)
    let isInside = isPositive & u.isLess(than: one)
    return ActivationJet(
      value: first * t.plus(tau * first, times: V.constant(-0.5)), first: first,
      second: V(bits: inverse.bits & isInside), third: V.zero)
  }
}

/// a(t) = τ log(1 + e^(t/τ)); with u = t/τ, E = e^(−|u|), q = 1/(1 + E) and s = E q²: a′ = q for u ≥ 0 and
/// E q below, a″ = s/τ, a‴ = s (1 − 2 a′)/τ².
struct Softplus<V: SIMD>: ActivationDerivatives where V.Scalar: Real {
  let tau: V
  let inverse: V
  /// z = `rate` |t| makes 2⁻ᶻ = e^(−|u|).
  let rate: V
  /// Beyond this, e^(−|u|) counts as its value here.
  let largest: V

  @inline(__always)
  init(smoothing tau: Double) {
    self.tau = V.constant(tau)
    inverse = V.constant(1 / tau)
    rate = V.constant(1.442_695_040_888_963_4 / tau)
    largest = V.constant((V.isSingle ? 79 : 700) * tau)
  }

  @inline(__always)
  func jet(_ t: V) -> ActivationJet<V> {
    let (minusOne, exponential) = powerOfTwo(minus: t.magnitude.least(largest), times: rate)
    let quotient = V.constant(1) / (V.constant(2) + minusOne)
    let isNegative = t.isLess(than: V.zero)
    let first = (exponential * quotient).selected(where: isNegative, else: quotient)
    let second = (exponential * quotient) * (quotient * inverse)
    let tangent = minusOne * quotient  // −|1 − 2a′|
    let bend = (V.zero - tangent).selected(where: isNegative, else: tangent)
    return ActivationJet(
      value: value(t, minusOne, exponential, isNegative), first: first, second: second,
      third: second * (bend * inverse))
  }

  /// τ log(1 + E), plus t where that is positive.
  ///
  /// E is small, or E − 1 is: then log(1 + E) = log 2 + log(1 + (E − 1)/2).
  @inline(__always)
  private func value(
    _ t: V, _ minusOne: V, _ exponential: V, _ isNegative: V.MaskStorage
  ) -> V {
    let isSmall = exponential.isLess(than: V.constant(0.2))
    let half = minusOne * V.constant(0.5)
    let logarithm = logarithmOfOnePlus(exponential.selected(where: isSmall, else: half))
    let offset = V.zero.selected(where: isSmall, else: V.constant(0.693_147_180_559_945_3))
    return V.zero.selected(where: isNegative, else: t).plus(tau, times: logarithm + offset)
  }
}
