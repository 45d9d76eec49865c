import Tensors

/// How a solver chooses its step.
public enum StepRule: String, Sendable, CaseIterable {
  /// From the energy's certified smoothness constant L, with the rate that theory promises.
  case certified
  /// From the largest slope ‖∇g(y) − ∇g(y′)‖ / ‖y − y′‖ met on the way, at most the certified L. The
  /// slope costs two vector reductions and is often far below the bound over all x. The stopping test
  /// does not depend on it; where progress ends, L is doubled.
  case adaptive

  /// A slope that exceeds L is taken with this margin, so that L need not be raised again soon.
  static let margin = 1.2
  /// The factor by which L grows where progress has ended.
  static let growth = 2.0
}

/// What first-order solvers share: the evaluated point and the one before it, the step size in use, and
/// how it goes.
///
/// The first step uses the certified L, the slope along it is the first estimate (Malitsky & Mishchenko,
/// Adaptive gradient descent without descent, 2020, take their steps from the same slopes).
public struct Descent {
  /// The point that the certificate is about.
  public private(set) var point: CertifiedPoint
  /// The point before, then the one being made.
  var next: CertifiedPoint
  /// L or its estimate.
  public private(set) var smoothness: Double
  /// ‖x − x̂‖ ≤ error.
  public private(set) var error = Double.infinity
  /// `.stalled` when the precision's floor is reached.
  public private(set) var failure: Outcome?
  /// Work done.
  public private(set) var cost = Cost()
  private let rule: StepRule
  private var hasEstimate = false
  private var stagnation: Stagnation

  init(
    at x0: Tensor, _ problem: LowerLevelProblem, rule: StepRule, stagnation: Stagnation
  ) {
    point = CertifiedPoint(at: x0, problem.workspace)
    next = CertifiedPoint(at: x0, problem.workspace)
    smoothness = problem.energy.smoothness
    self.rule = rule
    self.stagnation = stagnation
    point.evaluate(problem.energy, smoothness: smoothness)
    cost.gradients = 1
    assess(problem.energy)
  }

  /// Evaluates `next`, learns from the slope, and makes it the point: one iteration's gradient.
  mutating func advance(_ energy: any Energy) {
    evaluateNext(energy)
    acceptNext(energy)
  }

  /// Value and gradient at `next`: one gradient.
  mutating func evaluateNext(_ energy: any Energy) {
    next.evaluate(energy, smoothness: smoothness)
    cost.gradients += 1
  }

  /// Learns from the slope and makes the evaluated `next` the point: the end of an iteration.
  mutating func acceptNext(_ energy: any Energy) {
    if rule == .adaptive, let slope = next.slope(to: point, energy) { adapt(to: slope, energy) }
    exchange(energy)
    cost.lowerIterations += 1
  }

  /// Makes x the point, outside of any iteration: one gradient.
  mutating func certify(_ x: Tensor, _ energy: any Energy) {
    next.x.copyElements(from: x)
    evaluateNext(energy)
    exchange(energy)
  }

  /// Counts what a line search spent besides the gradients evaluated here.
  mutating func count(energies: Int, gradients: Int = 0) {
    cost.energies += energies
    cost.gradients += gradients
  }

  /// Ends the solve: no step makes progress.
  mutating func stall() { failure = .stalled }

  private mutating func exchange(_ energy: any Energy) {
    swap(&point, &next)
    assess(energy)
  }

  /// The first slope replaces the certified constant, larger ones raise the estimate.
  private mutating func adapt(to slope: Double, _ energy: any Energy) {
    guard !hasEstimate || slope > smoothness else { return }
    let estimate = hasEstimate ? StepRule.margin * slope : slope
    smoothness = min(max(estimate, energy.strongConvexity), energy.smoothness)
    hasEstimate = true
  }

  private mutating func assess(_ energy: any Energy) {
    error = point.errorBound(energy)
    if point.isAtFloor { failure = .stalled }
    guard stagnation.notices(point.gradientNorm) else { return }
    if smoothness < energy.smoothness {
      smoothness = min(StepRule.growth * smoothness, energy.smoothness)
      stagnation.reset()
    } else {
      failure = .stalled
    }
  }
}
