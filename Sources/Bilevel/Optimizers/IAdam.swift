import Script

/// Adam with inexact stochastic gradients: the batches, accuracies and warm starts of `ISGD` with the
/// direction of `AdamRule`.
///
/// The projection P comes after the step; the moments are kept unprojected.
///
/// Source: Salehi, Mukherjee, Roberts & Ehrhardt, arXiv 2511.06774; Kingma & Ba 2015.
public struct IAdam: ScheduledMethod {
  /// ε_k.
  public var eps: any Schedule
  /// δ_k; L_ℓ ε_k where there is none.
  public var delta: (any Schedule)?
  /// α_k.
  public var stepSize: any Schedule
  /// Whether a sample's solves start where its last ones ended.
  public var warmStart = true
  /// β₁, β₂ and the stabilizer.
  public var rule = AdamRule()
  /// Who computes hypergradients.
  public var hypergradient: any HypergradientEstimator = Implicit(bound: .none)
  /// What happens when a sample's solve fails.
  public var onFailure = FailurePolicy.tighten

  /// The method with steps α_k and accuracies ε_k; δ_k = L_ℓ ε_k unless it is given.
  public init(
    stepSize: any Schedule = .polynomial(initial: 1e-2, power: 0.25),
    eps: any Schedule = .polynomial(initial: 1, power: 0.5), delta: (any Schedule)? = nil
  ) {
    self.stepSize = stepSize
    self.eps = eps
    self.delta = delta
  }

  /// It does.
  public var isStochastic: Bool { true }

  /// m̂/(√ŝ + c).
  public func direction(_ z: [Double], _ state: inout UpperLevelState) -> [Double] {
    rule.direction(z, &state)
  }
}

extension IAdam: Scriptable {
  /// `bl.optimizer.iadam`.
  public static let declaration = Declaration(
    IAdam.self, "iadam", "Adam with inexact stochastic gradients, mini-batches and schedules.",
    details: OptimizerFields.stochasticDetails,
    example: """
      for step in bl.optimizer.iadam():steps(problem, theta, { max_iterations = 1000, \
      batch = { size = 8, seed = 1 } }) do print(step) end
      """,
    source: "Salehi, Mukherjee, Roberts & Ehrhardt, arXiv 2511.06774; Kingma & Ba 2015"
  ) {
    Constructor(IAdam()) {
      OptimizerFields.scheduled(IAdam.self)
      OptimizerFields.warmStart(\IAdam.warmStart)
      OptimizerFields.adam(\IAdam.rule)
    }
    OptimizerMembers.shared
  }
}
