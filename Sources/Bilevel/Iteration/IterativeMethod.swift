/// What the one loop asks of a method's state.
public protocol IterationState {
  /// What is compared with the tolerance; a value that is not finite ends the iteration.
  var error: Double { get }
  /// Why the method itself cannot go on, e.g. `.indefinite` or `.stalled`.
  var failure: Outcome? { get }
  /// Work done since the start.
  var cost: Cost { get }
}

extension IterationState {
  /// Most methods have no way to fail of their own.
  public var failure: Outcome? { nil }
}

/// An iterative method: an immutable record of hyperparameters that advances a state.
///
/// Lower-level solvers, linear solvers and upper-level optimizers are all of this kind. A method never
/// prints, reads clocks or decides when to stop; `iterate` does, for all of them.
public protocol IterativeMethod: Sendable {
  /// What is solved.
  associatedtype Problem
  /// Where an iteration begins: a first point, a warm start.
  associatedtype Start
  /// What the method remembers from one step to the next.
  associatedtype State: IterationState
  /// What `start` and `step` may throw.
  associatedtype Failure: Error = any Error

  /// The state before the first step, its `error` known.
  func start(_ problem: Problem, at start: Start) throws(Failure) -> State
  /// One iteration.
  func step(_ problem: Problem, _ state: inout State) throws(Failure)
}

/// When an iteration ends.
public struct Stopping: Sendable, Hashable {
  /// Converged when `error` ≤ tolerance.
  public var tolerance: Double
  /// Most steps.
  public var maximumIterations: Int
  /// Most cost, in lower-level plus linear iterations of all samples.
  public var budget: Int

  /// The given limits; without a limit where none is given.
  public init(tolerance: Double, maximumIterations: Int = .max, budget: Int = .max) {
    self.tolerance = tolerance
    self.maximumIterations = maximumIterations
    self.budget = budget
  }
}

/// How an iteration ended, and where.
public struct Solution<State> {
  /// The last state.
  public var state: State
  /// Why it ended.
  public var outcome: Outcome
  /// Steps taken.
  public let iterations: Int
}

/// A running iteration, for those who drive it step by step; `iterate` drives it to its end.
public struct Iteration<Method: IterativeMethod> {
  /// Who iterates on what, and until when.
  public let method: Method
  /// What is solved.
  public let problem: Method.Problem
  /// When to stop.
  public let stopping: Stopping
  /// The state after `count` steps.
  public private(set) var state: Method.State
  /// Steps taken.
  public private(set) var count: Int

  /// The iteration at its first state.
  public init(
    _ method: Method, on problem: Method.Problem, from start: Method.Start, until stopping: Stopping
  ) throws(Method.Failure) {
    let state = try method.start(problem, at: start)
    self.init(method, on: problem, resuming: consume state, until: stopping)
  }

  /// The iteration that goes on from a state reached earlier, after `count` steps.
  public init(
    _ method: Method, on problem: Method.Problem, resuming state: consuming Method.State,
    count: Int = 0, until stopping: Stopping
  ) {
    self.method = method
    self.problem = problem
    self.stopping = stopping
    self.state = state
    self.count = count
  }

  /// Why the iteration ends here, or nil if it goes on.
  public var outcome: Outcome? {
    if !state.error.isFinite { return .nonFinite }
    if state.error <= stopping.tolerance { return .converged }
    if let failure = state.failure { return failure }
    if Interruption.isRequested { return .interrupted }
    if state.cost.total >= stopping.budget { return .budget }
    if count >= stopping.maximumIterations { return .iterationLimit }
    return nil
  }

  /// One step, or the reason why there is none.
  public mutating func advance() throws(Method.Failure) -> Outcome? {
    if let outcome { return outcome }
    try method.step(problem, &state)
    count += 1
    return nil
  }

  /// Steps until there is a reason to stop.
  public consuming func finished(
    observe: ((Int, Method.State) throws(Method.Failure) -> Void)? = nil
  ) throws(Method.Failure) -> Solution<Method.State> {
    while true {
      try observe?(count, state)
      if let outcome = try advance() {
        return Solution(state: state, outcome: outcome, iterations: count)
      }
    }
  }
}

/// Runs a method from its start to its end: the one loop.
///
/// Before each step, in this order: finiteness, tolerance, the method's own failure, interruption,
/// budget, iteration limit. So a start that is good enough costs no step.
///
/// - Parameter observe: called with the number of steps and the state, at the start and after each
///   step.
public func iterate<Method: IterativeMethod>(
  _ method: Method, on problem: Method.Problem, from start: Method.Start, until stopping: Stopping,
  observe: ((Int, Method.State) throws(Method.Failure) -> Void)? = nil
) throws(Method.Failure) -> Solution<Method.State> {
  let iteration = try Iteration(method, on: problem, from: start, until: stopping)
  // A copy left behind would make the first step duplicate the state's tensors.
  return try (consume iteration).finished(observe: observe)
}
