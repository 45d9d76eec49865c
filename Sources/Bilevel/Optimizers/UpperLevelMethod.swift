/// An optimizer of an inexactly known objective: hyperparameters only; all else is in the state.
///
/// A step that is ended from outside (budget, time, Ctrl-C) leaves the state as it was at the last
/// commitment (a new θ, or a gradient at θ) but for the cost, with `failure` set to the reason. So a
/// resumed run repeats an uninterrupted one bit for bit.
public protocol UpperLevelMethod: IterativeMethod
where Problem == UpperLevelTask, Start == Parameters, State == UpperLevelState, Failure == any Error
{
  /// Who computes hypergradients.
  var hypergradient: any HypergradientEstimator { get }
  /// What happens when a sample's solve fails at a gradient evaluation.
  var onFailure: FailurePolicy { get }
  /// Whether the method takes mini-batches, and meets the new noise of each epoch where there is one.
  var isStochastic: Bool { get }
}

extension UpperLevelMethod {
  /// It does not.
  public var isStochastic: Bool { false }
}

/// What is minimised, and what ends a step from outside.
public struct UpperLevelTask {
  /// f.
  public let objective: any UpperLevelObjective
  /// θ is stationary where ‖z‖, and ω where it is formed, are at most this.
  public let tolerance: Double
  /// The batches of stochastic methods; all samples at each step where there are none.
  public let batches: MiniBatches?
  /// Asked before each evaluation with the cost so far: a reason to end here, or nil.
  public let reasonToStop: (Cost) -> Outcome?

  /// The minimisation of f; by default nothing ends a step from outside.
  public init(
    _ objective: any UpperLevelObjective, tolerance: Double = 0, batches: MiniBatches? = nil,
    reasonToStop: @escaping (Cost) -> Outcome? = { _ in nil }
  ) {
    self.objective = objective
    self.tolerance = tolerance
    self.batches = batches
    self.reasonToStop = reasonToStop
  }
}

/// The beginning of a step.
public struct Move: Sendable {
  /// θ.
  public let start: [Double]
  /// z at θ.
  public let gradient: [Double]
  /// ω there; 0 where it is not formed.
  public let errorBound: Double
}

/// What an upper-level optimizer remembers from one step to the next, which is also what is logged of
/// a step: a value, so it can be kept, saved and resumed from at will.
public struct UpperLevelState: Sendable, IterationState {
  /// θ_k.
  public var theta: Parameters
  /// x̃_i and q_i, with distances certified at θ_k where they are known.
  public var points: [SamplePoint]
  /// f̃(θ_k) with its bounds; nil before the first evaluation.
  public var loss: LossEstimate?
  /// z at θ_k with ω; nil where the run ended before it was formed.
  public var gradient: GradientEstimate?
  /// ε and δ with which `gradient` was formed and the next step begins.
  public var accuracy: Accuracy?
  /// The first trial step α of the next step; nil until it is chosen.
  public var nextStepSize: Double?
  /// Where the last step began, until its end's gradient is formed; kept by methods that look back.
  public var lastMove: Move?
  /// The last moves and the changes of z over them, oldest first; kept by methods that look back.
  public var memory: [CurvaturePair] = []
  /// The running means of Adam.
  public var moments: AdamMoments?
  /// Where the next mini-batch begins.
  public var batches: MiniBatchPosition?
  /// What HOAG remembers.
  public var hoag: HOAG.Memory?
  /// Where the residuals are known; kept by methods that interpolate.
  public var interpolation: InterpolationSet?
  /// What MAID remembers.
  public var maid: MAID.Memory?
  /// k: steps taken.
  public var iteration = 0
  /// The step α that led to θ_k; 0 at the start.
  public var stepSize = 0.0
  /// Whether the last step moved θ.
  public var isAccepted = false
  /// ‖z‖ or ω, the larger one: what is compared with the tolerance.
  public var error = Double.greatestFiniteMagnitude
  /// Whose state it is; nil where nobody said.
  public var origin: StateOrigin?
  /// Why the last step was not completed.
  public var failure: Outcome?
  /// Everything spent so far.
  public var cost = Cost()
  /// How the solves of the last step ended.
  public var outcomes = OutcomeCounts()

  /// The state at θ₀ before anything is evaluated.
  public init(theta: Parameters, points: [SamplePoint]) {
    self.theta = theta
    self.points = points
  }
}

/// What an optimizer does when a sample's solve ends before its accuracy is reached.
public enum FailurePolicy: String, Sendable, CaseIterable {
  /// Goes on with the wider bound that the solve certifies; tests that fail for it tighten ε and δ.
  case tighten
  /// The same, and the user is told.
  case warn
  /// Throws `SolveFailure`.
  case error
  /// Leaves the sample out of the means from then on.
  case skip
}

/// A sample's solve failed and the policy is `error`.
public struct SolveFailure: Error, Hashable, CustomStringConvertible {
  /// The sample, counted from 0.
  public let sample: Int
  /// How its solve ended.
  public let outcome: Outcome

  /// What happened, to which sample (counted from 1), and what to try.
  public var description: String { "sample \(sample + 1): \(outcome.advice)" }
}

/// The end of a step from outside; never leaves the optimizers.
struct StepEnding: Error {
  let outcome: Outcome
}

extension UpperLevelMethod {
  /// Runs the body of a step; what ends it from outside becomes the state's failure.
  func ending(_ state: inout State, _ body: (inout State) throws -> Void) throws {
    state.failure = nil
    state.outcomes = OutcomeCounts()
    do {
      try body(&state)
    } catch let ending as StepEnding {
      state.failure = ending.outcome
    } catch is Interruption {
      state.failure = .interrupted
    }
  }

  /// f̃ at `theta`, its cost and outcomes entered in the state.
  func loss(
    _ task: Problem, _ state: inout State, at theta: Parameters, accuracy: Double,
    from points: [SamplePoint]
  ) throws -> LossEstimate {
    if let reason = task.reasonToStop(state.cost) { throw StepEnding(outcome: reason) }
    let estimate = try task.objective.loss(at: theta, accuracy: accuracy, from: points)
    try enter(estimate, in: &state)
    return estimate
  }

  /// z at θ_k, its cost and outcomes entered in the state, under the policy for failed solves.
  func gradient(
    _ task: Problem, _ state: inout State, accuracy: Accuracy, from points: [SamplePoint]
  ) throws -> GradientEstimate {
    let estimate = try partialGradient(task, &state, accuracy: accuracy, from: points)
    guard let estimate else { throw StepEnding(outcome: .nonFinite) }
    return estimate
  }

  /// The same; nil where the policy left out all samples that take part.
  func partialGradient(
    _ task: Problem, _ state: inout State, accuracy: Accuracy, from points: [SamplePoint]
  ) throws -> GradientEstimate? {
    var points = points
    while true {
      if let reason = task.reasonToStop(state.cost) { throw StepEnding(outcome: reason) }
      let estimate = try task.objective.gradient(at: state.theta, accuracy: accuracy, from: points)
      try enter(estimate.loss, in: &state)
      points = estimate.loss.points
      let failures = try failuresToLeaveOut(of: points)
      if failures.isEmpty { return estimate }
      for i in failures { (points[i].isActive, state.points[i].isActive) = (false, false) }
      if !points.contains(where: \.isActive) { return nil }
    }
  }

  private func enter(_ estimate: LossEstimate, in state: inout State) throws {
    state.cost += estimate.cost
    state.outcomes += estimate.outcomes
    if estimate.outcomes[.interrupted] > 0 { throw StepEnding(outcome: .interrupted) }
  }

  /// The samples that the policy takes out of the means; throws where it says `error`.
  func failuresToLeaveOut(of points: [SamplePoint]) throws -> [Int] {
    guard onFailure == .error || onFailure == .skip else { return [] }
    let failures = points.indices.filter { points[$0].isActive && points[$0].outcome.isFailure }
    if onFailure == .error, let first = failures.first {
      throw SolveFailure(sample: first, outcome: points[first].outcome)
    }
    return failures
  }
}

extension Outcome {
  /// Whether a solve fell short for a reason of its own, not because it was asked to end.
  public var isFailure: Bool {
    switch self {
    case .converged, .uncertified, .budget, .timeLimit, .interrupted: false
    case .iterationLimit, .stalled, .indefinite, .nonFinite: true
    }
  }
}
