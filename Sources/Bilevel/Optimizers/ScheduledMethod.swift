/// A method that steps along each gradient it forms, tests nothing, and whose accuracies and steps follow
/// schedules.
///
/// With k = 0, 1, … the steps of the run (each of them a mini-batch B_k where there are batches):
///
///     z_k = (1/|B_k|) Σ_{i ∈ B_k} z_i(θ_k) + ∇J(θ_k),   x̃_i to ε_k, q_i to δ_k,
///     θ_{k+1} = P(θ_k − α_k d_k),   d_k from z_k by the method.
///
/// A step costs one gradient over its batch: samples outside of it cost nothing. `loss` and `gradient` of
/// the state are those of the batch. `error` is ‖z‖, or ω where it is formed and larger; under batches
/// nothing is compared with the tolerance.
public protocol ScheduledMethod: UpperLevelMethod {
  /// ε_k, per sample, in the 2-norm.
  var eps: any Schedule { get set }
  /// δ_k, per sample, in the 2-norm; L_ℓ ε_k where there is none.
  var delta: (any Schedule)? { get set }
  /// α_k.
  var stepSize: any Schedule { get set }
  /// Whether a sample's solves start where its last ones ended, which keeps x̃ and q of every sample.
  var warmStart: Bool { get }
  /// Who computes hypergradients.
  var hypergradient: any HypergradientEstimator { get set }
  /// What happens when a sample's solve fails.
  var onFailure: FailurePolicy { get set }
  /// d_k; what the method remembers of z_k enters the state.
  func direction(_ z: [Double], _ state: inout UpperLevelState) -> [Double]
}

extension ScheduledMethod {
  /// They do.
  public var warmStart: Bool { true }

  /// z₀ at θ₀.
  public func start(_ task: UpperLevelTask, at theta: Parameters) throws -> UpperLevelState {
    var theta = theta
    task.objective.project(&theta)
    var state = UpperLevelState(theta: theta, points: task.objective.startingPoints())
    try ending(&state) { try formGradient(task, &$0) }
    return state
  }

  /// One step, and the gradient where it ends.
  public func step(_ task: UpperLevelTask, _ state: inout UpperLevelState) throws {
    state.isAccepted = false
    try ending(&state) { state in
      if state.gradient == nil {
        try formGradient(task, &state)
        if state.error <= task.tolerance { return }
      }
      try move(task, &state)
      try formGradient(task, &state)
    }
  }

  private func move(_ task: UpperLevelTask, _ state: inout UpperLevelState) throws {
    guard let gradient = state.gradient, let size = state.nextStepSize else { return }
    var next = state
    let d = direction(gradient.value, &next)
    next.theta.values = state.theta.values.adding(-size, d)
    task.objective.project(&next.theta)
    guard next.theta.values.allSatisfy(\.isFinite) else { throw StepEnding(outcome: .nonFinite) }
    next.gradient = nil
    next.loss = nil
    next.stepSize = size
    next.iteration += 1
    next.isAccepted = true
    state = next
  }

  private func formGradient(_ task: UpperLevelTask, _ state: inout UpperLevelState) throws {
    let k = state.iteration
    let accuracy = try accuracy(task, step: k)
    let size = try stepSize.positiveValue(at: k, for: "step_size")
    let count = try task.batches?.size.positiveValue(at: k, for: "batch.size")
    var batch = try nextBatch(task, state, count)
    var answer = try partialGradient(task, &state, accuracy: accuracy, from: batch.points)
    while answer == nil {
      // Its samples are left out from now on.
      state.batches = batch.position
      batch = try nextBatch(task, state, count)
      answer = try partialGradient(task, &state, accuracy: accuracy, from: batch.points)
    }
    guard let estimate = answer, estimate.isFinite else { throw StepEnding(outcome: .nonFinite) }
    for i in batch.samples {
      if warmStart { state.points[i] = estimate.loss.points[i] }
      state.points[i].isActive = estimate.loss.points[i].isActive
    }
    state.loss = estimate.loss
    state.gradient = estimate
    state.accuracy = accuracy
    state.nextStepSize = size
    state.batches = batch.position
    // z = 0 says no more than that δ ≥ ‖∇ℓ‖ for all samples, unless its error is known.
    let length = estimate.value.length
    let isTelling = task.batches == nil && (length > 0 || estimate.errorBound != nil)
    state.error = isTelling ? max(length, estimate.errorBound ?? 0) : .greatestFiniteMagnitude
  }

  private func accuracy(_ task: UpperLevelTask, step k: Int) throws -> Accuracy {
    let eps = try eps.positiveValue(at: k, for: "eps")
    let delta = try delta?.positiveValue(at: k, for: "delta")
    return Accuracy(lowerLevel: eps, linearSystem: delta ?? eps * task.objective.lossSmoothness)
  }

  /// The samples of the next gradient, all points with only those active, and where to go on.
  private func nextBatch(_ task: UpperLevelTask, _ state: UpperLevelState, _ size: Double?) throws
    -> (samples: [Int], points: [SamplePoint], position: MiniBatchPosition?)
  {
    var position = task.batches?.position(after: state.batches)
    let all = Double(state.points.count)
    let batch = size.flatMap {
      position?.take(Int(min(max($0.rounded(), 1), all)), among: state.points)
    }
    let samples = batch?.samples ?? state.points.indices.filter { state.points[$0].isActive }
    let epoch = batch?.epoch ?? state.iteration
    guard !samples.isEmpty else { throw StepEnding(outcome: .nonFinite) }
    var points = state.points
    for i in points.indices { points[i].isActive = false }
    for i in samples { points[i] = start(of: i, task, state.points[i], epoch: epoch) }
    return (samples, points, position)
  }

  /// Where the solves of a sample start: never at those of another measurement.
  private func start(of sample: Int, _ task: UpperLevelTask, _ last: SamplePoint, epoch: Int)
    -> SamplePoint
  {
    let objective = task.objective
    let epoch = isStochastic && objective.redrawsMeasurements ? epoch : last.epoch
    if warmStart, last.epoch == epoch { return last.elsewhere }
    return objective.startingPoint(of: sample, epoch: epoch)
  }
}
