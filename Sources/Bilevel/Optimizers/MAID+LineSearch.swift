/// Step 2 of the method of adaptive inexact descent.
extension MAID {
  /// A point of the line search.
  struct Trial {
    var theta: Parameters
    var loss: LossEstimate
    var stepSize: Double
  }

  /// How a line search ends.
  enum SearchResult {
    case accepted(Trial)
    /// With the trial of the lowest computed loss, if that is lower than at θ.
    case refused(Trial?)
  }

  /// Step 2: the first trial that is certain to decrease f enough.
  ///
  /// Begins at the trial that was the best of the search before, if any.
  func search(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, trials: Int, from promising: Trial?
  ) throws -> SearchResult {
    guard let gradient = state.gradient else { return .refused(nil) }
    let direction = searchDirection(task, state, gradient.value)
    let first = promising?.stepSize ?? firstStepSize(state, gradient.value)
    var a = first
    var points = promising?.loss.points
    var best: Trial?
    for _ in 0..<trials {
      if isAdaptive, !isPromising(gradient, stepSize: a, slope: direction.slope) { break }
      let (trial, isAccepted) = try attempt(task, &state, direction, stepSize: a, from: points)
      if isAccepted, let trial {
        let mayGrow = state.nextStepSize == nil && a == first
        return .accepted(
          mayGrow ? try enlarged(task, &state, direction, trial, trials: trials) : trial)
      }
      let value = trial?.loss.value ?? .infinity
      if let best, value >= best.loss.value { break }
      if isAdaptive, value < gradient.loss.value { best = trial }
      // Up to the minimiser of a quadratic along −p the decrease is at least half of a ⟨z, p⟩.
      let slope = displaced(task, state.theta, direction, stepSize: a).slope
      if best != nil, value <= gradient.loss.value - a * slope * slope / 2 { break }
      points = nil
      a *= rho
    }
    // Without refinement the next search has to begin where this one ended.
    if !isAdaptive { state.nextStepSize = a }
    return .refused(best)
  }

  /// Whether the first-order decrease a ⟨z, p⟩ exceeds what ψ adds to it for inexactness; if not,
  /// neither this step nor a shorter one can be accepted.
  private func isPromising(_ gradient: GradientEstimate, stepSize a: Double, slope: Double) -> Bool
  {
    a * slope * slope > gradient.loss.upperBound - gradient.loss.lowerBound
  }

  /// The trial at θ − a p, if it can be evaluated, and whether ψ(a) ≤ 0.
  ///
  /// Its solves start from the given points, or from those at θ.
  private func attempt(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, _ direction: SearchDirection,
    stepSize a: Double, from points: [SamplePoint]? = nil
  ) throws -> (trial: Trial?, isAccepted: Bool) {
    guard let gradient = state.gradient else { return (nil, false) }
    let (theta, slope) = displaced(task, state.theta, direction, stepSize: a)
    guard theta != state.theta, theta.values.allSatisfy(\.isFinite) else { return (nil, false) }
    let loss = try loss(
      task, &state, at: theta, accuracy: state.accuracy?.lowerLevel ?? minEps,
      from: (points ?? gradient.loss.points).map(\.elsewhere))
    guard loss.isFinite else { return (nil, false) }
    let psi =
      loss.upperBound - gradient.loss.lowerBound + sufficientDecrease * a * slope * slope
    return (Trial(theta: theta, loss: loss, stepSize: a), psi <= 0)
  }

  /// Factors ν until the sandwich of the loss is half as wide as the first-order decrease of the next
  /// trial, by the proportionality of its width to ε.
  func refinementsNeeded(_ task: UpperLevelTask, _ state: UpperLevelState, stepSize: Double?) -> Int
  {
    guard let gradient = state.gradient else { return 1 }
    let slope = searchDirection(task, state, gradient.value).slope
    let ratio =
      0.5 * (stepSize ?? firstStepSize(state, gradient.value)) * slope * slope
      / (gradient.loss.upperBound - gradient.loss.lowerBound)
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
      let (longer, isAccepted) = try attempt(
        task, &state, direction, stepSize: best.stepSize / rho)
      guard isAccepted, let longer, longer.loss.upperBound < best.loss.upperBound else { break }
      best = longer
    }
    return best
  }
}
