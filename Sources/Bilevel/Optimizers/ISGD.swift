import Script

/// Inexact stochastic gradient descent: θ_{k+1} = P(θ_k − α_k z_k), z_k of a mini-batch to the accuracies
/// ε_k and δ_k.
///
/// The error of z_k has to vanish with k, so ε and δ fall both: by default δ_k = L_ℓ ε_k. With steps of
/// power q in (1/2, 1) and accuracies of power p > (1 − q)/2, min_{i<k} E‖∇f(θ_i)‖ falls like k^(−(1−q)/2), so
/// like k^(−1/4) at best; a fixed step, or a fixed ε, leads to a neighbourhood of a size that they set.
/// Without batches every step takes all samples. See `ScheduledMethod` for step and cost.
///
/// Each sample keeps x̃ and q for its next turn, which is memory for two images a sample; with
/// `warmStart = false` every solve starts anew and nothing is kept. Noise that is redrawn each epoch is never
/// met by a warm start.
///
/// Source: M. S. Salehi, S. Mukherjee, L. Roberts, M. J. Ehrhardt, "Bilevel learning with inexact stochastic
/// gradients", 2024 (arXiv 2412.12049), and its successor with decaying accuracies (arXiv 2511.06774).
public struct ISGD: ScheduledMethod {
  /// ε_k.
  public var eps: any Schedule
  /// δ_k; L_ℓ ε_k where there is none.
  public var delta: (any Schedule)?
  /// α_k.
  public var stepSize: any Schedule
  /// Whether a sample's solves start where its last ones ended.
  public var warmStart = true
  /// Who computes hypergradients.
  public var hypergradient: any HypergradientEstimator = Implicit(bound: .none)
  /// What happens when a sample's solve fails.
  public var onFailure = FailurePolicy.tighten

  /// The method with steps α_k and accuracies ε_k; δ_k = L_ℓ ε_k unless it is given.
  public init(
    stepSize: any Schedule = .polynomial(initial: 1e-3, power: 0.55),
    eps: any Schedule = .polynomial(initial: 1, power: 0.5), delta: (any Schedule)? = nil
  ) {
    self.stepSize = stepSize
    self.eps = eps
    self.delta = delta
  }

  /// It does.
  public var isStochastic: Bool { true }

  /// z.
  public func direction(_ z: [Double], _ state: inout UpperLevelState) -> [Double] { z }
}

extension ISGD: Scriptable {
  /// `bl.optimizer.isgd`.
  public static let declaration = Declaration(
    ISGD.self, "isgd", "Inexact stochastic gradient descent, with mini-batches and schedules.",
    details: OptimizerFields.stochasticDetails,
    example: """
      for step in bl.optimizer.isgd():steps(problem, theta, { max_iterations = 1000, \
      batch = { size = 8, seed = 1 } }) do print(step) end
      """,
    source: "Salehi, Mukherjee, Roberts & Ehrhardt, arXiv 2412.12049 and 2511.06774"
  ) {
    Constructor(ISGD()) {
      OptimizerFields.scheduled(ISGD.self)
      OptimizerFields.warmStart(\ISGD.warmStart)
    }
    OptimizerMembers.shared
  }
}
