/// Gradient descent with an inexact gradient: θ⁺ = P(θ − α z), z to fixed accuracies ε and δ.
///
/// No test of any kind: it converges to a neighbourhood whose size the accuracies set, if α is small
/// enough; the baseline that adaptive methods are compared with. `error` is ‖z‖ or ω, the larger one.
/// A step costs one gradient.
public struct UpperGradientDescent: UpperLevelMethod {
  /// ε, per sample, in the 2-norm.
  public var eps: Double
  /// δ, per sample, in the 2-norm; L_ℓ ε if left out.
  public var delta: Double?
  /// α > 0.
  public var stepSize: Double
  /// Who computes hypergradients.
  public var hypergradient: any HypergradientEstimator = Implicit()
  /// What happens when a sample's solve fails.
  public var onFailure = FailurePolicy.tighten

  /// The method with step α and accuracy ε; δ = L_ℓ ε unless it is given.
  public init(stepSize: Double, eps: Double, delta: Double? = nil) {
    precondition(stepSize > 0 && eps > 0, "The step size and the accuracy are positive.")
    self.stepSize = stepSize
    self.eps = eps
    self.delta = delta
  }

  /// z₀ at θ₀.
  public func start(_ task: UpperLevelTask, at theta: Parameters) throws -> UpperLevelState {
    var theta = theta
    task.objective.project(&theta)
    var state = UpperLevelState(theta: theta, points: task.objective.startingPoints())
    state.accuracy = Accuracy(
      lowerLevel: eps, linearSystem: delta ?? eps * task.objective.lossSmoothness)
    state.nextStepSize = stepSize
    try ending(&state) { try formGradient(task, &$0) }
    return state
  }

  /// One step, and the gradient where it ends.
  public func step(_ task: UpperLevelTask, _ state: inout UpperLevelState) throws {
    state.isAccepted = false
    try ending(&state) { state in
      if state.gradient == nil { try formGradient(task, &state) }
      guard let gradient = state.gradient else { return }
      state.theta.values = state.theta.values.adding(-stepSize, gradient.value)
      task.objective.project(&state.theta)
      guard state.theta.values.allSatisfy(\.isFinite) else {
        throw StepEnding(outcome: .nonFinite)
      }
      state.points = gradient.loss.points.map(\.elsewhere)
      state.gradient = nil
      state.loss = nil
      state.stepSize = stepSize
      state.iteration += 1
      state.isAccepted = true
      try formGradient(task, &state)
    }
  }

  private func formGradient(_ task: UpperLevelTask, _ state: inout UpperLevelState) throws {
    guard let accuracy = state.accuracy else { return }
    let estimate = try gradient(task, &state, accuracy: accuracy, from: state.points)
    let length = estimate.value.length
    guard length.isFinite, estimate.loss.isFinite else { throw StepEnding(outcome: .nonFinite) }
    state.points = estimate.loss.points
    state.loss = estimate.loss
    state.gradient = estimate
    state.error = max(length, estimate.errorBound ?? 0)
  }
}
