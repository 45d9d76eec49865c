import Kernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Certified constants of one network N(x) = Σ_c w_c Σ_p a((Wz a(Wx x + bx) + bz)_cp), w > 0.
///
/// Let κ ≥ a″, κ₃ ≥ |a‴|, M⁺ and M⁻ the sums over the taps of the positive and the negative parts of Wz,
/// M = M⁺ + M⁻. Then with 0 ≤ a′ ≤ 1 the following hold with zeros outside of the image, where nothing is
/// seen that the infinite grid has not.
///
/// - h = Wzᵀ(w a′(u)) lies between −(M⁻)ᵀw and (M⁺)ᵀw.
/// - *Dominance.* Let K be the symmetric non-negative matrix |Wz|ᵀ diag(ω) |Wz| and v > 0, constant on each
///   map. By 2 |y_i y_j| ≤ y_i² v_j/v_i + y_j² v_i/v_j, Σ ω (Wz y)² ≤ Σ_c d_c ‖y_c‖² with
///   d = d(ω) = (Mᵀ(ω · M v))/v. Any v will do; v_c = ‖wx_c‖₂ makes
///   Σ_c d_c ‖wx_c‖² least, and v = 1 is tried too.
/// - The Hessian is Wxᵀ(a′ Wzᵀ (w a″(u)) Wz a′ + h a″(t)) Wx, so between
///   −κ Wxᵀ diag((M⁻)ᵀw) Wx and κ Wxᵀ diag(d(w) + (M⁺)ᵀw) Wx, whose norms `FilterSymbol` bounds.
/// - *Its change.* For unit vectors p, q, e the third derivative is, with P = Wx p and so on, the sum of
///   w a‴(u) r_p r_q r_e, of w a″(u) r_p Wz(a″(t) Q E) and its two permutations, and of h a‴(t) P Q E, where
///   r = Wz(a′ ·). At each pixel |E_c| ≤ ρ_c = ‖wx_c‖₂ and |r_e| ≤ Mρ. So the first is at most κ₃ times the
///   form of d(w · Mρ), the term with r_e at most κ² times that of Mᵀ(w · Mρ), the two with E at most
///   κ² times the form of the non-negative matrix K diag(ρ) + diag(ρ) K, K that of ω = w, which is
///   dominated alike, and the last at most κ₃ times that of |h| ρ.
struct NetworkBounds: Sendable {
  /// w ≥ 0, without sign.
  private let weights: [Double]
  /// N's Hessian is at most this.
  private let largest: Double
  /// N's Hessian is at least minus this: 0 for Wz ≥ 0.
  private let deficit: Double
  /// Lipschitz constant of x ↦ ∂²N/∂x²; infinite where a″ jumps.
  let hessianLipschitz: Double
  let masses: TapMasses
  let symbol: FilterSymbol
  let activation: ActivationBounds
  /// ρ: norms of the filters of Wx.
  let norms: [Double]

  /// The constants for the kernel's parameters.
  init(_ network: ConvexNetwork, _ parameters: [Double]) {
    let offsets = network.offsets
    weights = parameters[offsets.weights..<offsets.smoothing].map(\.magnitude)
    masses = TapMasses(
      parameters[offsets.second..<offsets.secondBiases], count: network.features,
      taps: network.size * network.size)
    symbol = FilterSymbol(
      filters: network.features, channels: network.imageChannels, size: network.size,
      coefficients: Array(parameters[..<offsets.firstBiases]))
    activation = ActivationBounds(network.activation, parameters[offsets.smoothing])
    let symbol = symbol
    norms = (0..<network.features).map { symbol.norm(of: $0) }
    let positive = masses.adjoint(masses.positive, weights)
    let negative = masses.adjoint(masses.negative, weights)
    let kappa = activation.second
    func form(_ dominance: [Double]) -> Double {
      symbol.supremum(weights: zip(dominance, positive).map { kappa * ($0 + $1) })
    }
    let ones = norms.map { _ in 1.0 }
    largest = min(
      form(masses.dominance(weights, norms)), form(masses.dominance(weights, ones)))
    deficit =
      negative.allSatisfy { $0 == 0 } ? 0 : symbol.supremum(weights: negative.map { kappa * $0 })
    hessianLipschitz =
      activation.third.isFinite
      ? symbol.supremum(
        weights: Self.thirdWeights(masses, activation, weights, norms),
        pointsPerDegree: FilterSymbol.coarseGrid) : .infinity
  }

  /// A bound of ∂²(sign N)/∂x² from above.
  func above(_ sign: Double) -> Double { sign > 0 ? largest : deficit }

  /// Minus a bound of ∂²(sign N)/∂x² from below.
  func below(_ sign: Double) -> Double { sign > 0 ? deficit : largest }

  /// ‖∂²N/∂x²(x) − ∂²N/∂x²(y)‖ for any x and y: both are between the same bounds.
  var hessianSpread: Double { largest + deficit }

  /// The weights of the form Wxᵀ diag(·) Wx that bounds the third derivative.
  private static func thirdWeights(
    _ masses: TapMasses, _ activation: ActivationBounds, _ weights: [Double], _ norms: [Double]
  ) -> [Double] {
    let (kappa, third) = (activation.second, activation.third)
    let reach = masses.forward(masses.whole, norms)  // Mρ
    let moved = zip(weights, reach).map(*)  // w · Mρ
    let first = masses.dominance(moved, norms)
    let mixed = masses.adjoint(masses.whole, moved)
    // (K diag(ρ) + diag(ρ) K) v / v with v = ρ.
    let squares = norms.map { $0 * $0 }
    let outer = masses.adjoint(
      masses.whole, zip(weights, masses.forward(masses.whole, squares)).map(*))
    let inner = masses.dominance(weights, norms)
    let slopes = masses.adjoint(masses.whole, weights)  // |h|
    return norms.indices.map { c in
      let rho = norms[c]
      let crossed = (rho > 0 ? outer[c] / rho : 0) + rho * inner[c]
      return third * (first[c] + slopes[c] * rho) + kappa * kappa * (mixed[c] + crossed)
    }
  }
}

/// Suprema over all t of what derivatives of an activation with smoothing τ can be.
struct ActivationBounds: Sendable {
  /// Of a″.
  let second: Double
  /// Of |a‴|; infinite where a″ jumps.
  let third: Double
  /// Of |t a″|.
  let secondByScale: Double
  /// Of |t a‴|.
  let thirdByScale: Double
  /// Of |a − t a′|.
  let valueByScale: Double
  /// Of a − max(t, 0).
  let excess: Double

  init(_ activation: Activation, _ tau: Double) {
    switch activation {
    case .smoothedRamp:
      second = 1 / tau
      third = .infinity
      secondByScale = 1
      thirdByScale = .infinity
      valueByScale = tau / 2
      excess = 0
    case .softplus:
      // With s = σ(1 − σ): sup s = 1/4, sup |s(1 − 2σ)| = 1/(6√3); u s < 0.2240 (at u = 1.5434),
      // |u s (1 − 2σ)| < 0.1600 (at u = 2.0191), log(1 + e^u) − u σ ≤ log 2.
      second = 1 / (4 * tau)
      third = 1 / (6 * 3.0.squareRoot() * tau * tau)
      secondByScale = 0.2240
      thirdByScale = 0.1600 / tau
      valueByScale = tau * log(2)
      excess = tau * log(2)
    }
  }
}

/// Sums over the taps of a layer that takes n maps to n maps.
struct TapMasses: Sendable {
  let count: Int
  /// M⁺ {outputs, inputs}.
  let positive: [Double]
  /// M⁻.
  let negative: [Double]
  /// M = M⁺ + M⁻.
  let whole: [Double]

  init(_ weights: ArraySlice<Double>, count: Int, taps: Int) {
    self.count = count
    var positive = [Double](repeating: 0, count: count * count)
    var negative = positive
    for (index, weight) in weights.enumerated() {
      if weight > 0 { positive[index / taps] += weight } else { negative[index / taps] -= weight }
    }
    self.positive = positive
    self.negative = negative
    whole = zip(positive, negative).map(+)
  }

  /// A v.
  func forward(_ matrix: [Double], _ v: [Double]) -> [Double] {
    (0..<count).map { o in
      (0..<count).reduce(0) { $0 + matrix[o * count + $1] * v[$1] }
    }
  }

  /// Aᵀ v.
  func adjoint(_ matrix: [Double], _ v: [Double]) -> [Double] {
    (0..<count).map { c in
      (0..<count).reduce(0) { $0 + matrix[$1 * count + c] * v[$1] }
    }
  }

  /// d(ω) = (Mᵀ(ω · M v))/v, 0 where v is: such maps are zero.
  func dominance(_ omega: [Double], _ v: [Double]) -> [Double] {
    let sums = adjoint(whole, zip(omega, forward(whole, v)).map(*))
    return zip(sums, v).map { $1 > 0 ? $0 / $1 : 0 }
  }

  /// A bound of the norm of the layer: ‖M‖₂ ≤ √(‖M‖₁ ‖M‖_∞).
  var norm: Double {
    let ones = [Double](repeating: 1, count: count)
    let rows = forward(whole, ones).max() ?? 0
    let columns = adjoint(whole, ones).max() ?? 0
    return (rows * columns).squareRoot()
  }
}
