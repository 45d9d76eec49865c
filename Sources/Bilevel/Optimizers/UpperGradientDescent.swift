import Script

/// Gradient descent with an inexact gradient: θ⁺ = P(θ − α z), z to accuracies ε and δ.
///
/// No test of any kind: with fixed accuracies it converges to a neighbourhood whose size they set, if α is
/// small enough; the baseline that adaptive methods are compared with. All three may follow schedules. A
/// step costs one gradient.
public struct UpperGradientDescent: ScheduledMethod {
  /// ε_k.
  public var eps: any Schedule
  /// δ_k; L_ℓ ε_k where there is none.
  public var delta: (any Schedule)?
  /// α_k.
  public var stepSize: any Schedule
  /// Who computes hypergradients.
  public var hypergradient: any HypergradientEstimator = Implicit(bound: .none)
  /// What happens when a sample's solve fails.
  public var onFailure = FailurePolicy.tighten

  /// The method with step α and accuracy ε; δ = L_ℓ ε unless it is given.
  public init(
    stepSize: any Schedule = .constant(1e-3), eps: any Schedule = .constant(1e-2),
    delta: (any Schedule)? = nil
  ) {
    self.stepSize = stepSize
    self.eps = eps
    self.delta = delta
  }

  /// z.
  public func direction(_ z: [Double], _ state: inout UpperLevelState) -> [Double] { z }
}

extension UpperGradientDescent: Scriptable {
  /// `bl.optimizer.gradient_descent`.
  public static let declaration = Declaration(
    UpperGradientDescent.self, "gradient_descent",
    "Gradient descent on all samples, by default with fixed accuracies and a fixed step.",
    example: "bl.optimizer.gradient_descent { step_size = 1e-3, eps = 1e-2 }"
  ) {
    Constructor(UpperGradientDescent()) { OptimizerFields.scheduled(UpperGradientDescent.self) }
    OptimizerMembers.shared
  }
}
