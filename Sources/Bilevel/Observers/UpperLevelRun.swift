import CPlatform
import Script
import Tensors

/// What a run of an optimizer takes, and when it ends.
public struct RunPlan: Sendable {
  /// Most lower-level plus linear iterations, over all samples and since the start of the state.
  public var budget: Int?
  /// Most steps of this run.
  public var maximumIterations: Int?
  /// Stationary when ‖z‖ and ω are at most this; without meaning where there are batches.
  public var tolerance = 0.0
  /// Most seconds of this run.
  public var seconds: Double?
  /// The mini-batches of stochastic methods; all samples at each step where there are none.
  public var batches: MiniBatches?
  /// Steps from one evaluation of the loss of all samples to the next; none where left out.
  public var fullLossEvery: Int?

  /// All samples, no limits.
  public init() {}
}

/// Whose steps they are; one object for all steps of a run.
public final class StepSource: Sendable {
  /// The optimizer.
  public let method: any UpperLevelMethod
  /// The problem, where there is one behind the objective.
  public let problem: BilevelProblem?
  /// When it ends.
  public let plan: RunPlan

  init(_ method: any UpperLevelMethod, _ problem: BilevelProblem?, _ plan: RunPlan) {
    self.method = method
    self.problem = problem
    self.plan = plan
  }
}

/// One step as it is seen from outside: the optimizer's state with what it took.
public struct UpperLevelStep: Sendable {
  /// Which run of an optimizer it belongs to.
  public let source: StepSource
  /// θ, loss, gradient, accuracies and costs so far.
  public let state: UpperLevelState
  /// The mean PSNR of the solutions in dB; nil where they are no images.
  public let psnr: Double?
  /// The loss of all samples, where it was asked for.
  public let fullLoss: LossEstimate?
  /// What was spent so far.
  public let ledger: Ledger
  /// What this step spent.
  public let spent: Ledger
  /// Seconds since the start of the run.
  public let seconds: Double

  /// Where the samples of the step stand: those of its batch, where it has one, are active.
  public var points: [SamplePoint] { state.loss?.points ?? state.points }

  /// The sample (from 0) whose solve ended worst at θ_k: by outcome, then by its certified distance.
  public var worstSample: Int? {
    let points = points
    return points.indices.filter { points[$0].isActive }.max { a, b in
      let (first, second) = (points[a].outcome.severity, points[b].outcome.severity)
      return first == second ? points[a].distance < points[b].distance : first < second
    }
  }
}

/// A run of an optimizer that goes one step at each call of `next`: first the start, then each step.
///
/// Leaving it between two steps leaves a state from which `init(_:of:resuming:plan:)` goes on. A step
/// that the user interrupts counts for nothing: the run stands where it stood before, and the next call
/// of `next` takes that step again, with the same bits.
public final class UpperLevelRun {
  /// Why the run ended; nil while it can go on.
  public private(set) var outcome: Outcome?
  /// Where the run stands; nil before the first call of `next`.
  public private(set) var state: UpperLevelState?
  /// The optimizer.
  public let method: any UpperLevelMethod
  /// Who is told of the steps.
  public var observer: (any UpperLevelObserver)?
  private let objective: TimedObjective
  private let plan: RunPlan
  private let startingPoint: Parameters?
  private lazy var origin = objective.problem.map { StateOrigin(method, on: $0) }
  private lazy var source = StepSource(method, objective.problem, plan)
  private var count = 0
  private var beginning = 0.0
  private var lastLedger: Ledger?
  /// Where the last step was handed out, if somebody observes; and whether it is to be handed out again.
  private var position: RunPosition?
  private var isReplaying = false
  /// The step that may not have arrived.
  private var handedOut: HandedOut?

  private struct HandedOut {
    let step: UpperLevelStep
    let before: UpperLevelState?
  }

  /// The run from θ₀; evaluates nothing yet.
  public init(
    _ method: any UpperLevelMethod, of objective: any UpperLevelObjective,
    from theta: Parameters, plan: RunPlan
  ) {
    self.method = method
    self.objective = TimedObjective(objective)
    self.plan = plan
    startingPoint = theta
  }

  /// The run that goes on exactly where another one stood; through the same batches unless others are
  /// planned.
  public init(
    _ method: any UpperLevelMethod, of objective: any UpperLevelObjective,
    resuming state: UpperLevelState, plan: RunPlan
  ) {
    self.method = method
    self.objective = TimedObjective(objective)
    var plan = plan
    plan.batches = plan.batches ?? state.batches.flatMap(MiniBatches.init)
    self.plan = plan
    startingPoint = nil
    self.state = state
    self.state?.failure = nil
    lastLedger = Ledger(cost: state.cost, self.objective)
  }

  /// The run that another process left at a position: hands out its step again, then the next, or ends as it
  /// ended.
  ///
  /// Steps and seconds before the position count against the plan.
  public init(
    _ method: any UpperLevelMethod, of objective: any UpperLevelObjective,
    at position: RunPosition, plan: RunPlan
  ) {
    self.method = method
    self.objective = TimedObjective(objective, after: position.ledger)
    self.plan = plan
    self.position = position
    startingPoint = nil
    isReplaying = true
    state = position.state
    count = position.count
    lastLedger = position.ledger
  }

  /// The start, the next step, or nil at the end, where `outcome` says why.
  ///
  /// After an interruption it goes on.
  public func next() throws -> UpperLevelStep? {
    if isReplaying { return try replay() }
    if outcome == .interrupted { outcome = nil }
    if outcome == nil, let ending = position?.ending {
      state = ending.state
      outcome = ending.outcome
    }
    guard outcome == nil else { return nil }
    if beginning == 0 { beginning = platform_seconds() }
    do {
      let step = try advance(method)
      try tell(step)
      return step
    } catch is Interruption {
      outcome = .interrupted
      try observer?.interrupted()
      return nil
    }
  }

  /// The same for a loop that may be interrupted before it has the step: until `acknowledge` is called, the same
  /// step is handed out again, and `resumableState` is the one before it.
  public func handOut() throws -> UpperLevelStep? {
    if let handedOut { return handedOut.step }
    let before = state
    guard let step = try next() else { return nil }
    handedOut = HandedOut(step: step, before: before)
    return step
  }

  /// The step that was handed out last has arrived.
  public func acknowledge() { handedOut = nil }

  private func replay() throws -> UpperLevelStep? {
    guard let position else { return nil }
    isReplaying = false
    let step = position.step(of: source)
    try observer?.resume(with: step)
    Session.shared.keys = position.keys
    beginning = platform_seconds() - position.seconds
    return step
  }

  /// Tells the observer of the step, or of the end.
  private func tell(_ step: UpperLevelStep?) throws {
    guard let observer else { return }
    if outcome == .interrupted { return try observer.interrupted() }
    if let step {
      position = RunPosition(step, origin: origin, count: count)
    } else if let outcome, let state = resumableState() {
      position?.ending = RunEnding(outcome: outcome, state: state)
    }
    if let position { try observer.observe(step, at: position) }
  }

  private func advance<Method: UpperLevelMethod>(_ method: Method) throws -> UpperLevelStep? {
    let task = UpperLevelTask(objective, tolerance: plan.tolerance, batches: plan.batches) {
      self.reasonToStop($0)
    }
    guard let state else {
      guard let startingPoint else { return nil }
      return try record(try method.start(task, at: startingPoint))
    }
    var iteration = Iteration(
      method, on: task, resuming: state, count: count,
      until: Stopping(
        tolerance: plan.tolerance, maximumIterations: plan.maximumIterations ?? .max,
        budget: plan.budget ?? .max))
    if let outcome = try iteration.advance() {
      self.outcome = outcome
      return nil
    }
    return try record(iteration.state)
  }

  /// The step to this state; nil where nothing was completed.
  private func record(_ new: UpperLevelState) throws -> UpperLevelStep? {
    let isStart = state == nil
    let isComplete = new.isAccepted || (isStart && new.loss != nil)
    let full = isComplete ? try fullLoss(new) : nil
    let psnr = isComplete ? objective.meanPSNR(of: new.loss?.points ?? new.points) : nil
    // Solves that were cut short may be in it.
    if Interruption.isRequested { throw Interruption() }
    state = new
    if !isStart { count += 1 }
    guard isComplete else {
      outcome = new.failure ?? .converged
      return nil
    }
    let ledger = Ledger(cost: new.cost, objective)
    defer { lastLedger = ledger }
    if method.onFailure == .warn { warn(of: new) }
    return UpperLevelStep(
      source: source, state: new, psnr: psnr, fullLoss: full, ledger: ledger,
      spent: ledger.since(lastLedger),
      seconds: platform_seconds() - beginning)
  }

  /// The loss of all samples at θ_k to the accuracy of the step, with the measurements of epoch 0.
  ///
  /// It changes no state, and its work is not counted.
  private func fullLoss(_ state: UpperLevelState) throws -> LossEstimate? {
    guard let period = plan.fullLossEvery, state.iteration % period == 0,
      let accuracy = state.accuracy
    else { return nil }
    if plan.batches == nil, !objective.redrawsMeasurements { return state.loss }
    let points = state.points.enumerated().map { index, last in
      var point = last.epoch == 0 ? last.elsewhere : objective.startingPoint(of: index, epoch: 0)
      point.isActive = last.isActive
      return point
    }
    return try objective.untimed.loss(
      at: state.theta, accuracy: accuracy.lowerLevel, from: points)
  }

  /// The state with whose it is, to be resumed from later; nil before the first call of `next`.
  ///
  /// The first call passes over the data once.
  public func resumableState() -> UpperLevelState? {
    var state = handedOut.map(\.before) ?? state
    state?.origin = origin
    return state
  }

  /// Tells the user on standard error which solves of the step fell short.
  private func warn(of state: UpperLevelState) {
    guard !state.outcomes.failures.isEmpty else { return }
    platform_complain("warning: step \(state.iteration): solves ended \(state.outcomes)")
  }

  private func reasonToStop(_ cost: Cost) -> Outcome? {
    if Interruption.isRequested { return .interrupted }
    if let budget = plan.budget, cost.total >= budget { return .budget }
    if let seconds = plan.seconds, platform_seconds() - beginning >= seconds { return .timeLimit }
    return nil
  }
}
