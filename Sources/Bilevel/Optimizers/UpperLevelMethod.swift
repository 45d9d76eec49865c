/// What an upper-level optimizer remembers between two steps: a value, so it can be kept, saved and
/// resumed from at will.
public struct UpperLevelState: Sendable {
  /// θ_k.
  public var theta: Parameters
  /// x̃_i and q_i, with certified distances at θ_k where they are known.
  public var points: [SamplePoint]
  /// Steps taken so far.
  public var iteration = 0
  /// The next first trial step α; nil until it is chosen.
  public var stepSize: Double?
  /// ε and δ for the next step; nil until they are chosen.
  public var accuracy: Accuracy?
  /// Everything spent so far.
  public var cost = Cost()

  /// The state before the first step.
  public init(theta: Parameters, points: [SamplePoint]) {
    self.theta = theta
    self.points = points
  }
}

/// What ends a step from outside.
public struct StepLimits {
  /// Stationary when ‖z‖ (and ω, where formed) is at most this; 0 never stops.
  public var tolerance: Double
  /// Asked before each evaluation with the cost so far: a reason to end here, or nil.
  public var reasonToStop: (Cost) -> Outcome?

  /// A tolerance and a predicate; by default nothing ends a step from outside.
  public init(tolerance: Double = 0, reasonToStop: @escaping (Cost) -> Outcome? = { _ in nil }) {
    self.tolerance = tolerance
    self.reasonToStop = reasonToStop
  }
}

/// What an optimizer does when a sample's solve ends before its accuracy is reached.
public enum FailurePolicy: String, Sendable, CaseIterable {
  /// Goes on with the wider bound that the solve certifies; tests that fail for it tighten ε and δ.
  case tighten
  /// The same, and the step's record carries a warning.
  case warn
  /// Throws `SolveFailure`.
  case error
  /// Leaves the sample out of the means from then on.
  case skip
}

/// A sample's solve failed and the policy is `error`.
public struct SolveFailure: Error, CustomStringConvertible {
  /// The sample, counted from 0.
  public let sample: Int
  /// How its solve ended.
  public let outcome: Outcome

  /// What happened, to which sample (counted from 1), and what to try.
  public var description: String { "sample \(sample + 1): \(outcome.advice)" }
}

/// One step of an upper-level optimizer, as it is logged.
public struct UpperLevelStep: Sendable {
  /// k, counted from 1.
  public var iteration: Int
  /// θ after the step.
  public var theta: Parameters
  /// f̃ at `theta`; f(θ) is between its bounds.
  public var loss: LossEstimate?
  /// z at the θ before the step, with ω and its kind; nil if the step ended before one was formed.
  public var gradient: GradientEstimate?
  /// ε and δ with which the step was made.
  public var accuracy: Accuracy?
  /// The step α that was taken; 0 if none was.
  public var stepSize = 0.0
  /// Everything spent so far, this step included.
  public var cost: Cost
  /// How the solves of this step ended.
  public var outcomes = OutcomeCounts()
  /// Why the step was not completed; nil if the method can go on.
  public var ending: Outcome?
  /// Whether θ moved.
  public var isAccepted = false

  /// The record of a step that has done nothing yet.
  public init(after state: UpperLevelState) {
    iteration = state.iteration + 1
    theta = state.theta
    accuracy = state.accuracy
    cost = state.cost
  }
}

/// An optimizer of an inexactly known objective: hyperparameters only, all else is in the state.
public protocol UpperLevelMethod: Sendable {
  /// What happens when a sample's solve fails.
  var onFailure: FailurePolicy { get }
  /// The state at θ₀; evaluates nothing.
  func start(_ objective: any UpperLevelObjective, at theta: Parameters) -> UpperLevelState
  /// One step. A step that is ended from outside leaves the state as it was but for the cost, so that
  /// the next one does the same work again and a resumed run repeats an uninterrupted one bit for bit.
  func step(
    _ objective: any UpperLevelObjective, _ state: inout UpperLevelState, limits: StepLimits
  ) throws -> UpperLevelStep
}

extension UpperLevelMethod {
  public func start(_ objective: any UpperLevelObjective, at theta: Parameters) -> UpperLevelState {
    var theta = theta
    objective.project(&theta)
    return UpperLevelState(theta: theta, points: objective.startingPoints())
  }

  /// Applies the policy to points just solved: throws, leaves samples out, or does nothing. Returns
  /// whether samples were left out, so that the evaluation has to be repeated without them.
  func applyPolicy(to points: inout [SamplePoint]) throws -> Bool {
    guard onFailure == .error || onFailure == .skip else { return false }
    var leftOut = false
    for i in points.indices where points[i].isActive && points[i].outcome.isFailure {
      if onFailure == .error { throw SolveFailure(sample: i, outcome: points[i].outcome) }
      points[i].isActive = false
      leftOut = true
    }
    return leftOut
  }
}

extension Outcome {
  /// Whether a solve fell short for a reason of its own, not because it was asked to end.
  public var isFailure: Bool {
    switch self {
    case .converged, .budget, .interrupted: false
    case .iterationLimit, .stalled, .indefinite, .nonFinite: true
    }
  }
}
