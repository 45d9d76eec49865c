import Script

/// DFO-LS with dynamic accuracy: derivative-free minimisation of f(θ) = ‖r(θ)‖² over a box.
///
/// The residuals are r_i = √(ℓ_i(x̂_i(θ))/n) for the n samples and √J(θ), so that f is the mean loss
/// plus the penalty, as everywhere else; ℓ_i = ‖x_i − x*_i‖² makes r_i a distance. θ is scaled so that
/// each varied coordinate runs from 0 to 1. An iteration, with the linear interpolation r_k + J s of r at
/// as many points as there are varied coordinates, and one more:
///
/// 1. s minimises ‖r_k + J s‖² over ‖s‖ ≤ Δ and the box.
/// 2. ‖s‖ < ρ/2: Δ ← max(Δ/10, ρ), and geometry is improved; where it is good and Δ = ρ,
///    (ρ, Δ) ← (ρ/10, ρ/2).
/// 3. Else r is evaluated at θ_k + s, R = (actual decrease of f̃)/(predicted decrease), and
///    Δ ← max(2Δ, 4‖s‖) if R ≥ 0.7, max(Δ/2, ‖s‖, ρ) if R ≥ 0.1, else max(min(Δ/2, ‖s‖), ρ).
///    θ_k + s is accepted if R ≥ 0.1. It takes the place of the point t with the largest
///    |ℓ_t(θ_k + s)| max(‖y_t − θ‖/Δ, 1)⁴. Where R < 0.1, as in 2.
///
/// Geometry is good if no point is farther than max(2Δ, 10ρ) from θ_k and no |ℓ_t| exceeds 10 √dim
/// within Δ; else the farthest point y_t, or that with the largest |ℓ_t|, moves to where |ℓ_t| is largest
/// within max(min(‖y_t − θ_k‖/10, Δ/2), ρ) (Powell, The NEWUOA and BOBYQA algorithms, 2006 and 2009).
///
/// Accuracy: solves within t of the minimisers give |f̃ − f| ≤ 2 c t √f̃ + c² t², c = √(L_ℓ/2), which is 1
/// for squared distances (with sums in place of means this is 2 t √(n f̃) + n t²). A new point is
/// evaluated with t = 10 Δ², at a trial step with no more than what bounds the error by 5 % of the
/// predicted decrease, at a value of f̃ as large as that of any point. Before a trial, the incumbent is
/// evaluated again, from its x̃, where its own error exceeds 5 % of the predicted decrease; the
/// iteration then begins anew.
/// With fixed accuracy every solve is asked for the same t (`eps` = 0: the solver's full number of
/// iterations), nothing is evaluated twice, and every decrease of f̃ is accepted, as in DFO-LS.
///
/// `error` is ρ; the method has converged where ρ would fall below `finalRadius`. A step ends with
/// the next accepted point, `stepSize` is its ‖s‖ and `nextStepSize` the new Δ, both in units of the
/// box. It costs one loss per evaluation, no derivatives.
///
/// This differs from the papers and from the authors' code in:
/// - t is what the solves certify, not what was asked, and J does not enter the bound of f̃;
/// - solves start from the incumbent's x̃, not from those of the last evaluation;
/// - for steps within the box exact minimisers are found (`BoxTrustRegion`), not truncated
///   conjugate gradients;
/// - restarts, growing sets, regression with more points and the test for slow progress are left out:
///   the restarts are off in the bilevel paper, and its runs end with their budget.
///
/// C. Cartis, J. Fiala, B. Marteau, L. Roberts, "Improving the flexibility and robustness of
/// model-based derivative-free optimization solvers", ACM TOMS 2019; M. J. Ehrhardt, L. Roberts,
/// "Inexact derivative-free optimization for bilevel learning", J. Math. Imaging Vision 2021.
public struct DFOLS: UpperLevelMethod {
  /// How accurate evaluations are.
  public enum AccuracyRule: String, Sendable, CaseIterable {
    /// As accurate as the predicted decrease asks for.
    case dynamic
    /// `eps` for all.
    case fixed
  }

  /// Lower bounds of the varied coordinates; left out: −7 ln 10 for logarithms.
  public var lower: ParameterBound?
  /// Upper bounds of the varied coordinates; left out: 7 ln 10 for logarithms.
  public var upper: ParameterBound?
  /// The blocks that are varied, all when nil; the others stay as they start.
  public var blocks: [String]?
  /// ρ₀ = Δ₀, in units of the box.
  public var initialRadius = 0.1
  /// The last ρ, in units of the box.
  public var finalRadius = 1e-6
  /// How accurate evaluations are.
  public var accuracy = AccuracyRule.dynamic
  /// t of all evaluations where the accuracy is fixed; 0 spends the solver's iterations to the last.
  public var eps = 0.0
  /// t = this times Δ², where the accuracy is dynamic.
  public var accuracyFactor = 10.0
  /// Most evaluations of f̃; without a limit when nil.
  public var maximumEvaluations: Int?
  /// Who solves the lower level.
  public var solver: any LowerLevelSolver = FISTA()
  /// What happens when a sample's solve fails.
  public var onFailure = FailurePolicy.tighten

  // The constants of the papers, by their names there.
  static let sufficient = 0.1  // η₁
  static let verySuccessful = 0.7  // η₂
  static let allowedError = 0.05  // η₁′, as a part of the predicted decrease
  static let relativeFloor = 1e-15  // of errors of f̃
  static let accuracyFloor = 1e-15  // of t
  static let safety = 0.99  // of the error that a second evaluation is asked for
  static let decrease = 0.5  // γ_dec
  static let increase = 2.0  // γ_inc
  static let overshoot = 4.0  // γ̄_inc
  static let resolutionDecrease = 0.1  // α₁
  static let radiusDecrease = 0.5  // α₂
  static let shortStep = 0.5  // γ_S
  static let shortStepDecrease = 0.1  // ω_S
  static let farFromRadius = 2.0  // in units of Δ
  static let farFromResolution = 10.0  // in units of ρ
  static let closer = 0.1  // how far a misplaced point moves, in units of its distance
  static let insideRadius = 0.5  // and at most, in units of Δ
  static let poisedness = 10.0  // Λ/√dim
  static let largestRadius = 1.0

  /// The method with its default hyperparameters and dynamic accuracy.
  public init() {}

  /// Solves only: nothing is differentiated.
  public var hypergradient: any HypergradientEstimator { Implicit(solver: solver, bound: .none) }

  /// f̃ at θ₀.
  public func start(_ task: UpperLevelTask, at theta: Parameters) throws -> UpperLevelState {
    var theta = theta
    task.objective.project(&theta)
    var state = UpperLevelState(theta: theta, points: task.objective.startingPoints())
    try ending(&state) { state in try begin(task, &state) }
    return state
  }

  /// Iterations up to the next accepted point, or as far as the task allows.
  public func step(_ task: UpperLevelTask, _ state: inout UpperLevelState) throws {
    state.isAccepted = false
    try ending(&state) { state in
      if state.interpolation == nil { try begin(task, &state) }
      try checkBounds(state)
      while !state.isAccepted, state.error > task.tolerance {
        try advance(task, &state)
      }
    }
  }

  /// The first evaluation.
  private func begin(_ task: UpperLevelTask, _ state: inout UpperLevelState) throws {
    let box = try box(state.theta)
    let request = isDynamic ? accuracyFactor * initialRadius * initialRadius : eps
    let (node, loss) = try evaluate(
      task, &state, at: state.theta, box.position(of: state.theta), accuracy: request,
      from: state.points)
    guard node.value.isFinite else { throw StepEnding(outcome: .nonFinite) }
    state.interpolation = InterpolationSet(
      nodes: [node], radius: initialRadius, resolution: initialRadius)
    enter(loss, node, in: &state)
    state.error = initialRadius
    state.nextStepSize = initialRadius
  }

  /// Throws where the state was reached within another box.
  private func checkBounds(_ state: UpperLevelState) throws {
    guard let set = state.interpolation,
      try box(state.theta).position(of: state.theta) != set.center.position
    else { return }
    throw ScriptError(
      "bl.optimizer.dfols: the state was reached with other bounds or other blocks; resume with the "
        + "same ones, or start anew from state.theta")
  }

  var isDynamic: Bool { accuracy == .dynamic }

  /// The box around the varied coordinates.
  func box(_ theta: Parameters) throws -> ParameterBox {
    try ParameterBox(theta, from: lower, to: upper, blocks: blocks)
  }

  /// Makes an evaluation at θ_k the one that the state tells of.
  func enter(
    _ loss: LossEstimate, _ node: InterpolationSet.Node, in state: inout UpperLevelState
  ) {
    state.loss = loss
    state.points = loss.points
    state.accuracy = Accuracy(lowerLevel: node.accuracy, linearSystem: .infinity)
  }
}
