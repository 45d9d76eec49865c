/// Evaluations, and how accurate they have to be.
extension DFOLS {
  /// Whether the incumbent was evaluated again, because its error might hide the predicted decrease.
  func refinesIncumbent(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, _ predicted: Double
  ) throws -> Bool {
    guard isDynamic, let set = state.interpolation, !set.center.isExhausted else { return false }
    let slope = residualSlope(task)
    let allowed = allowedError(predicted, at: set.center.value)
    guard Self.error(set.center, slope) > allowed else { return false }
    let needed = Self.distance(forError: Self.safety * allowed, at: set.center.value) / slope
    let (node, loss) = try evaluate(
      task, &state, at: state.theta, set.center.position,
      accuracy: max(min(needed, pointAccuracy(set)), Self.accuracyFloor), from: state.points)
    guard node.value.isFinite else { throw StepEnding(outcome: .nonFinite) }
    state.interpolation?.nodes[set.incumbent] = node
    enter(loss, node, in: &state)
    return true
  }

  /// t of a trial point: that of any new point, but no more than what bounds the error by the allowed
  /// part of the predicted decrease.
  func trialAccuracy(_ task: UpperLevelTask, _ set: InterpolationSet, _ predicted: Double) -> Double
  {
    guard isDynamic else { return eps }
    let value = set.largestValue
    let allowed = allowedError(predicted, at: value)
    let needed = Self.distance(forError: allowed, at: value) / residualSlope(task)
    return max(min(needed, pointAccuracy(set)), Self.accuracyFloor)
  }

  /// t of a new point: 10 Δ², or what is fixed.
  func pointAccuracy(_ set: InterpolationSet) -> Double {
    guard isDynamic else { return eps }
    return max(accuracyFactor * set.radius * set.radius, Self.accuracyFloor)
  }

  private func allowedError(_ predicted: Double, at value: Double) -> Double {
    max(Self.allowedError * predicted, Self.relativeFloor * value)
  }

  /// c with |√ℓ(x̃) − √ℓ(x̂)| ≤ c ‖x̃ − x̂‖: √(L_ℓ/2), as ‖∇ℓ‖² ≤ 2 L_ℓ ℓ for ℓ ≥ 0.
  private func residualSlope(_ task: UpperLevelTask) -> Double {
    (task.objective.lossSmoothness / 2).squareRoot()
  }

  /// The bound 2 c t √f̃ + c² t² of |f̃ − f|.
  private static func error(_ node: InterpolationSet.Node, _ slope: Double) -> Double {
    let distance = slope * node.accuracy
    return 2 * distance * node.dataValue.squareRoot() + distance * distance
  }

  /// The d with 2 d √f + d² = error, without cancellation.
  private static func distance(forError error: Double, at value: Double) -> Double {
    error / ((value + error).squareRoot() + value.squareRoot())
  }

  // MARK: Evaluation

  /// f̃ at a position of the box, solved from the incumbent's x̃; with θ there.
  func evaluate(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, _ box: ParameterBox,
    at position: [Double], accuracy: Double
  ) throws -> (theta: Parameters, node: InterpolationSet.Node, loss: LossEstimate) {
    var theta = box.parameters(
      at: position.map { Swift.min(Swift.max($0, 0), 1) }, like: state.theta)
    task.objective.project(&theta)
    let (node, loss) = try evaluate(
      task, &state, at: theta, box.position(of: theta), accuracy: accuracy,
      from: state.points.map(\.elsewhere))
    return (theta, node, loss)
  }

  /// f̃ at θ from the given points, under the policy for failed solves.
  func evaluate(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, at theta: Parameters,
    _ position: [Double], accuracy: Double, from points: [SamplePoint]
  ) throws -> (node: InterpolationSet.Node, loss: LossEstimate) {
    if let limit = maximumEvaluations, state.interpolation?.evaluations ?? 0 >= limit {
      throw StepEnding(outcome: .iterationLimit)
    }
    var points = points
    while true {
      let loss = try loss(task, &state, at: theta, accuracy: accuracy, from: points)
      points = loss.points
      let isInfeasible = points.allSatisfy { !$0.isActive || $0.outcome == .nonFinite }
      let failures = isInfeasible ? [] : try failuresToLeaveOut(of: points)
      if failures.isEmpty {
        state.interpolation?.evaluations += 1
        return (InterpolationSet.Node(loss, at: position, asked: accuracy), loss)
      }
      let active = points.filter(\.isActive).count
      if active == failures.count { throw StepEnding(outcome: .nonFinite) }
      for i in failures { (points[i].isActive, state.points[i].isActive) = (false, false) }
      state.interpolation?.leaveOut(failures, of: active)
    }
  }
}

extension InterpolationSet.Node {
  /// The residuals of an estimate of f; `asked` is the t that it was to have.
  init(_ loss: LossEstimate, at position: [Double], asked: Double) {
    precondition(
      loss.losses.count == loss.points.count, "The objective gives the losses of its samples.")
    let active = loss.points.indices.filter { loss.points[$0].isActive }
    let weight = 1 / Double(active.count)
    var residuals = loss.losses.map { _ in 0.0 }
    for i in active { residuals[i] = (weight * loss.losses[i]).squareRoot() }
    let accuracy = active.reduce(0) { max($0, loss.points[$1].distance) }
    self.init(
      position: position, residuals: residuals + [loss.penalty.squareRoot()], accuracy: accuracy,
      isExhausted: accuracy > asked)
  }
}
