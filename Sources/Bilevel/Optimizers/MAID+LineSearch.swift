/// Step 2 of the method of adaptive inexact descent.
extension MAID {
  /// A point of the line search.
  struct Trial {
    var theta: Parameters
    var loss: LossEstimate
    var stepSize: Double
  }

  /// Step 2: the first trial that is certain to decrease f enough; nil if there is none.
  func search(_ task: UpperLevelTask, _ state: inout UpperLevelState, trials: Int) throws -> Trial?
  {
    guard let gradient = state.gradient else { return nil }
    let direction = searchDirection(task, state, gradient.value)
    let first = firstStepSize(state, gradient.value)
    var a = first
    for _ in 0..<trials {
      if isAdaptive, !isPromising(state, gradient, stepSize: a, slope: direction.slope) { break }
      if let trial = try attempt(task, &state, direction, stepSize: a) {
        let mayGrow = state.nextStepSize == nil && a == first
        return mayGrow ? try enlarged(task, &state, direction, trial, trials: trials) : trial
      }
      a *= rho
    }
    // Without refinement the next search has to begin where this one ended.
    if !isAdaptive { state.nextStepSize = a }
    return nil
  }

  /// Whether the first-order decrease a ⟨z, p⟩ exceeds what ψ adds to it for inexactness; if not,
  /// neither this step nor a shorter one can be accepted.
  private func isPromising(
    _ state: UpperLevelState, _ gradient: GradientEstimate, stepSize a: Double, slope: Double
  ) -> Bool {
    a * slope * slope > gradient.loss.upperBound - limit(state, gradient)
  }

  /// The trial at θ − a p if ψ(a) ≤ 0, from solves that start from those at θ and are made more accurate
  /// until that is known.
  private func attempt(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, _ direction: SearchDirection,
    stepSize a: Double
  ) throws -> Trial? {
    guard let gradient = state.gradient else { return nil }
    let (theta, slope) = displaced(task, state.theta, direction, stepSize: a)
    guard theta != state.theta, theta.values.allSatisfy(\.isFinite) else { return nil }
    let largest = limit(state, gradient) - sufficientDecrease * a * slope * slope
    let eps = state.accuracy?.lowerLevel ?? minEps
    var accuracy = isAdaptive ? Self.firstTrialAccuracy * eps : eps
    var points = gradient.loss.points.map(\.elsewhere)
    var lastWidth = Double.infinity
    while true {
      let loss = try loss(task, &state, at: theta, accuracy: accuracy, from: points)
      guard loss.isFinite else { return nil }
      if loss.upperBound <= largest { return Trial(theta: theta, loss: loss, stepSize: a) }
      let width = loss.upperBound - loss.lowerBound
      guard isAdaptive, accuracy > minEps, loss.value < largest,
        width > Self.undecided * a * slope * slope,
        width <= Self.progress * lastWidth || loss.cost.total == 0
      else { return nil }
      // The width goes with ε².
      let factor = ((largest - loss.value) / (2 * width)).squareRoot()
      accuracy = max(accuracy * min(max(factor, Self.largestRefinement), accuracyShrink), minEps)
      points = loss.points
      lastWidth = width
    }
  }

  /// Factors ν until the sandwich of the loss is half as wide as the first-order decrease of the next
  /// trial, by the proportionality of its width to ε.
  func refinementsNeeded(_ task: UpperLevelTask, _ state: UpperLevelState) -> Int {
    guard let gradient = state.gradient else { return 1 }
    let slope = searchDirection(task, state, gradient.value).slope
    let ratio =
      0.5 * firstStepSize(state, gradient.value) * slope * slope
      / (gradient.loss.upperBound - limit(state, gradient))
    guard ratio > 0, ratio < 1 else { return 1 }
    var count = 0
    var factor = 1.0
    while factor > ratio, count < maxRefinements {
      factor *= accuracyShrink
      count += 1
    }
    return count
  }

  /// Longer steps for as long as they lower U: the choice of an α₀ that was left out.
  private func enlarged(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, _ direction: SearchDirection,
    _ trial: Trial,
    trials: Int
  ) throws -> Trial {
    var best = trial
    for _ in 0..<trials {
      let longer = try attempt(task, &state, direction, stepSize: best.stepSize / rho)
      guard let longer, longer.loss.upperBound < best.loss.upperBound else { break }
      best = longer
    }
    return best
  }
}
