import CPlatform
import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// When a run of an optimizer ends.
public struct RunLimits: Sendable, Hashable {
  /// Most lower-level plus linear iterations, over all samples and since the start of the state.
  public var budget: Int?
  /// Most steps of this run.
  public var maximumIterations: Int?
  /// Stationary when ‖z‖ and ω are at most this.
  public var tolerance = 0.0
  /// Most seconds of this run.
  public var seconds: Double?

  /// No limits.
  public init() {}
}

/// One step as it is seen from outside: the optimizer's state with what it took.
public struct UpperLevelStep: Sendable {
  /// θ, loss, gradient, accuracies and costs so far.
  public let state: UpperLevelState
  /// The mean PSNR of the solutions in dB; nil where they are no images.
  public let psnr: Double?
  /// What was spent so far.
  public let ledger: Ledger
  /// What this step spent.
  public let spent: Ledger
  /// Seconds since the start of the run.
  public let seconds: Double

  /// The sample (from 0) whose solve ended worst at θ_k: by outcome, then by its certified distance.
  public var worstSample: Int? {
    let points = state.points
    return points.indices.filter { points[$0].isActive }.max { a, b in
      let (first, second) = (points[a].outcome.severity, points[b].outcome.severity)
      return first == second ? points[a].distance < points[b].distance : first < second
    }
  }
}

/// A run of an optimizer that goes one step at each call of `next`: first the start, then each step.
///
/// Leaving it between two steps leaves a state from which `init(_:of:resuming:limits:)` goes on.
public final class UpperLevelRun {
  /// Why the run ended; nil while it can go on.
  public private(set) var outcome: Outcome?
  /// Where the run stands; nil before the first call of `next`.
  public private(set) var state: UpperLevelState?
  /// The optimizer.
  public let method: any UpperLevelMethod
  private let objective: TimedObjective
  private let limits: RunLimits
  private let startingPoint: Parameters?
  private var count = 0
  private var beginning = 0.0
  private var lastLedger: Ledger?

  /// The run from θ₀; evaluates nothing yet.
  public init(
    _ method: any UpperLevelMethod, of objective: any UpperLevelObjective,
    from theta: Parameters, limits: RunLimits
  ) {
    self.method = method
    self.objective = TimedObjective(objective)
    self.limits = limits
    startingPoint = theta
  }

  /// The run that goes on exactly where another one stood.
  public init(
    _ method: any UpperLevelMethod, of objective: any UpperLevelObjective,
    resuming state: UpperLevelState, limits: RunLimits
  ) {
    self.method = method
    self.objective = TimedObjective(objective)
    self.limits = limits
    startingPoint = nil
    self.state = state
    self.state?.failure = nil
    lastLedger = Ledger(cost: state.cost, self.objective)
  }

  /// The start, the next step, or nil at the end, where `outcome` says why.
  public func next() throws -> UpperLevelStep? {
    guard outcome == nil else { return nil }
    if beginning == 0 { beginning = platform_seconds() }
    return try advance(method)
  }

  private func advance<Method: UpperLevelMethod>(_ method: Method) throws -> UpperLevelStep? {
    let task = UpperLevelTask(objective, tolerance: limits.tolerance) { self.reasonToStop($0) }
    guard let state else {
      guard let startingPoint else { return nil }
      return record(try method.start(task, at: startingPoint))
    }
    var iteration = Iteration(
      method, on: task, resuming: state, count: count,
      until: Stopping(
        tolerance: limits.tolerance, maximumIterations: limits.maximumIterations ?? .max,
        budget: limits.budget ?? .max))
    if let outcome = try iteration.advance() {
      self.outcome = outcome
      return nil
    }
    count += 1
    return record(iteration.state)
  }

  /// The step to this state; nil where nothing was completed.
  private func record(_ new: UpperLevelState) -> UpperLevelStep? {
    let isComplete = new.isAccepted || (state == nil && new.loss != nil)
    state = new
    guard isComplete else {
      outcome = new.failure ?? .converged
      return nil
    }
    let ledger = Ledger(cost: new.cost, objective)
    defer { lastLedger = ledger }
    if method.onFailure == .warn { warn(of: new) }
    return UpperLevelStep(
      state: new, psnr: objective.meanPSNR(of: new.points), ledger: ledger,
      spent: ledger.since(lastLedger), seconds: platform_seconds() - beginning)
  }

  /// Tells the user on standard error which solves of the step fell short.
  private func warn(of state: UpperLevelState) {
    guard !state.outcomes.failures.isEmpty else { return }
    let line = Array("warning: step \(state.iteration): solves ended \(state.outcomes)\n".utf8)
    _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
  }

  private func reasonToStop(_ cost: Cost) -> Outcome? {
    if Interruption.isRequested { return .interrupted }
    if let budget = limits.budget, cost.total >= budget { return .budget }
    if let seconds = limits.seconds, platform_seconds() - beginning >= seconds { return .budget }
    return nil
  }
}
