/// Step 1 of the method of adaptive inexact descent.
extension MAID {
  /// Step 1: z at θ_k to the accuracy at which it is known to descend.
  ///
  /// Commits z, its points and its accuracy; returns the refinements made in this step so far.
  func formGradient(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, refinements: Int
  ) throws -> Int {
    var attempt = state
    defer { (state.cost, state.outcomes) = (attempt.cost, attempt.outcomes) }
    var refinements = refinements
    var lastBound = Double.infinity
    while true {
      let accuracy = attempt.accuracy ?? Accuracy(lowerLevel: minEps, linearSystem: minDelta)
      let estimate = try gradient(task, &attempt, accuracy: accuracy, from: attempt.points)
      attempt.memory = memory(of: state, with: estimate)
      let direction = searchDirection(task, attempt, estimate.value)
      guard direction.steepness.isFinite, estimate.loss.isFinite else {
        throw StepEnding(outcome: .nonFinite)
      }
      attempt.points = estimate.loss.points
      attempt.loss = estimate.loss
      attempt.gradient = estimate
      attempt.error = max(direction.steepness, estimate.errorBound ?? 0)
      if attempt.maid == nil { attempt.maid = Memory(estimate) }
      if isStationary(task, attempt) || descends(estimate, direction) || !isAdaptive {
        proposeStep(task, &attempt, z: estimate.value)
        state = attempt
        return refinements
      }
      let bound = estimate.errorBound ?? .infinity
      let isFutile = !estimate.loss.outcomes.failures.isEmpty && bound > Self.progress * lastBound
      guard !isFutile, refinements < maxRefinements, let tighter = tightened(accuracy) else {
        state = attempt
        throw StepEnding(outcome: .stalled)
      }
      attempt.accuracy = tighter
      lastBound = bound
      refinements += 1
    }
  }

  /// Whether ‖z‖ and ω are within the task's tolerance, or within the relative one where that is 0.
  func isStationary(_ task: UpperLevelTask, _ state: UpperLevelState) -> Bool {
    let first = state.maid?.firstLength ?? 0
    return state.error <= (task.tolerance > 0 ? task.tolerance : relativeTolerance * first)
  }

  /// Whether −p is known to be a direction of descent; where ω is not formed, whether it is one at all.
  private func descends(_ estimate: GradientEstimate, _ direction: SearchDirection) -> Bool {
    guard direction.slope > 0 else { return false }
    guard let bound = estimate.errorBound else { return true }
    return bound * direction.length <= (1 - descent) * direction.slope * direction.slope
  }

  /// ν ε and ν δ above their floors; nil if both are there already.
  func tightened(_ accuracy: Accuracy?) -> Accuracy? {
    guard let accuracy,
      accuracy.lowerLevel > minEps || accuracy.linearSystem > minDelta
    else { return nil }
    let shrunk = accuracy.scaled(by: accuracyShrink)
    return Accuracy(
      lowerLevel: max(shrunk.lowerLevel, minEps),
      linearSystem: max(shrunk.linearSystem, minDelta))
  }

  /// ε₀ and δ₀ as given, or from the distance of the starting points.
  func initialAccuracy(_ task: UpperLevelTask, _ state: inout UpperLevelState) throws
    -> Accuracy
  {
    if let eps {
      return Accuracy(
        lowerLevel: eps, linearSystem: delta ?? eps * task.objective.lossSmoothness)
    }
    let start = try loss(
      task, &state, at: state.theta, accuracy: .infinity, from: state.points)
    let distances = start.points.filter(\.isActive).map(\.distance)
    let mean = distances.reduce(0, +) / Double(max(distances.count, 1))
    guard mean.isFinite else { throw StepEnding(outcome: .nonFinite) }
    let eps = max(Self.initialAccuracy * mean, minEps)
    return Accuracy(lowerLevel: eps, linearSystem: delta ?? eps * task.objective.lossSmoothness)
  }
}

extension Accuracy {
  /// Both accuracies times the same factor.
  func scaled(by factor: Double) -> Accuracy {
    Accuracy(lowerLevel: lowerLevel * factor, linearSystem: linearSystem * factor)
  }
}
