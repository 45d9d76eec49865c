import Script

/// Adam with an inexact gradient of all samples: the baseline that adaptive accuracy is compared with.
///
/// With the accuracies and the step that its schedules give, by default fixed ones; see `AdamRule` for the
/// step and `IAdam` for mini-batches. A step costs one gradient.
public struct Adam: ScheduledMethod {
  /// ε_k.
  public var eps: any Schedule
  /// δ_k; L_ℓ ε_k where there is none.
  public var delta: (any Schedule)?
  /// α_k.
  public var stepSize: any Schedule
  /// β₁, β₂ and the stabilizer.
  public var rule = AdamRule()
  /// Who computes hypergradients.
  public var hypergradient: any HypergradientEstimator = Implicit(bound: .none)
  /// What happens when a sample's solve fails.
  public var onFailure = FailurePolicy.tighten

  /// The method with step α and accuracy ε; δ = L_ℓ ε unless it is given.
  public init(
    stepSize: any Schedule = .constant(1e-2), eps: any Schedule = .constant(1e-2),
    delta: (any Schedule)? = nil
  ) {
    self.stepSize = stepSize
    self.eps = eps
    self.delta = delta
  }

  /// m̂/(√ŝ + c).
  public func direction(_ z: [Double], _ state: inout UpperLevelState) -> [Double] {
    rule.direction(z, &state)
  }
}

extension Adam: Scriptable {
  /// `bl.optimizer.adam`.
  public static let declaration = Declaration(
    Adam.self, "adam", "Adam on the gradient of all samples, by default with fixed accuracies.",
    example: "bl.optimizer.adam { step_size = 1e-2, eps = 1e-2 }",
    source: "Kingma & Ba 2015, algorithm 1"
  ) {
    Constructor(Adam()) {
      OptimizerFields.scheduled(Adam.self)
      OptimizerFields.adam(\Adam.rule)
    }
    OptimizerMembers.shared
  }
}
