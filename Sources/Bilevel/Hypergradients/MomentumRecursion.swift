import Tensors

/// A lower-level iteration that is differentiated.
///
/// The steps are those that the energy's certified μ and L give; they are held constant in θ.
public enum UnrolledIteration: String, Sendable, CaseIterable {
  /// x⁺ = x − a ∇g(x), a = 2/(L + μ): the rate is λ = (L − μ)/(L + μ).
  case gradientDescent = "gradient_descent"
  /// x⁺ = x − a ∇g(x) + b (x − x⁻), a = 4/(√L + √μ)², b = λ², λ = (√L − √μ)/(√L + √μ): the rate is λ
  /// near a minimiser; far from one it may grow where g is not quadratic.
  case heavyBall = "heavy_ball"
  /// The iteration of `FISTA`, with its momentum and a = 1/L: the rate is λ = √(1 − √(μ/L)).
  case fista
}

/// K iterations of first order with momentum, as coefficients.
///
///     y⁺ = x⁺ + β_k (m⁺ − m),   x⁺ = y − a ∇g(y),
///
/// where m⁺ = y (heavy ball, and gradient descent with β = 0) or m⁺ = x⁺ (FISTA), from m₀ = y₀.
struct MomentumRecursion: Sendable {
  /// a.
  let step: Double
  /// β₀, …, β_{K−1}.
  let momenta: [Double]
  /// Whether steps are extrapolated, m⁺ = x⁺, or iterates, m⁺ = y.
  let extrapolatesSteps: Bool

  /// K.
  var count: Int { momenta.count }

  private init(step: Double, momenta: [Double], extrapolatesSteps: Bool) {
    self.step = step
    self.momenta = momenta
    self.extrapolatesSteps = extrapolatesSteps
  }

  /// K steps of gradient descent with step a, or of heavy ball with momentum b.
  init(step: Double, momentum: Double = 0, count: Int) {
    self.init(
      step: step, momenta: [Double](repeating: momentum, count: count), extrapolatesSteps: false)
  }

  /// K steps of an iteration with the constants of an energy.
  init(_ iteration: UnrolledIteration, of energy: any Energy, count: Int) {
    let (mu, l) = (energy.strongConvexity, energy.smoothness)
    switch iteration {
    case .gradientDescent:
      self.init(step: 2 / (l + mu), count: count)
    case .heavyBall:
      let (sum, difference) = (l.squareRoot() + mu.squareRoot(), l.squareRoot() - mu.squareRoot())
      let rate = difference / sum
      self.init(step: 4 / (sum * sum), momentum: rate * rate, count: count)
    case .fista:
      var t = 1.0
      let momenta = (0..<count).map { _ in
        let beta: Double
        (t, beta) = FISTA.momentum(after: t, q: mu / l, growth: 1)
        return beta
      }
      self.init(step: 1 / l, momenta: momenta, extrapolatesSteps: true)
    }
  }

  /// (y, m) ← (y⁺, m⁺), given ∇g(y): at most three vector updates.
  func advance(_ k: Int, _ y: inout Tensor, _ m: inout Tensor, gradient: Tensor) {
    if extrapolatesSteps { y.add(gradient, times: -step) }
    m.scale(by: -momenta[k])
    m.add(y, times: 1 + momenta[k])
    if !extrapolatesSteps { m.add(gradient, times: -step) }
    swap(&y, &m)
  }
}

/// The derivatives of ℓ(y_K) by y_k and m_k, on the way from k = K to 0.
///
/// With s = w, or s = (1 + β_k) w + v where steps are extrapolated, one iteration back is
///
///     q ← q + a s,   w ← (1 + β_k) w + v − a H s,   v ← −β_k w,   H at y_k.
///
/// Then dℓ(y_K)/dθ = −a Σ Jᵀs with J at y_k, which is −Jᵀq if J is the same all the way.
struct AdjointSweep {
  /// ∂ℓ/∂y_k, or s between `beginStep` and `finishStep`.
  private(set) var w: Tensor
  private var v: Tensor  // ∂ℓ/∂m_k
  private var product: Tensor  // H s
  /// a Σ s.
  private(set) var q: Tensor

  /// w = b, all else zero.
  init(from b: Tensor, _ workspace: Workspace) {
    func tensor() -> Tensor { workspace.tensor(b.shape, b.elementType) }
    (w, v, product, q) = (tensor(), tensor(), tensor(), tensor())
    w.copyElements(from: b)
    v.fill(with: 0)
    q.fill(with: 0)
  }

  /// w ← s, on the way from k + 1 to k.
  mutating func beginStep(_ k: Int, _ recursion: MomentumRecursion) {
    if recursion.extrapolatesSteps { mix(recursion.momenta[k]) }
  }

  /// The rest of the step with H at y_k: one Hessian product and four vector updates.
  mutating func finishStep(
    _ k: Int, _ recursion: MomentumRecursion, _ matrix: any SymmetricOperator
  ) {
    matrix.apply(w, into: &product)
    q.add(w, times: recursion.step)
    if !recursion.extrapolatesSteps { mix(recursion.momenta[k]) }
    w.add(product, times: -recursion.step)
  }

  /// (w, v) ← ((1 + β) w + v, −β w).
  private mutating func mix(_ beta: Double) {
    v.add(w, times: 1 + beta)
    w.scale(by: -beta)
    swap(&w, &v)
  }

  /// All but q goes back.
  func recycle(into workspace: Workspace) {
    for tensor in [w, v, product] { workspace.recycle(tensor) }
  }
}
