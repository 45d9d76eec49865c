/// The method of adaptive inexact descent: min_θ f(θ), f known only to a chosen accuracy.
///
/// One step, at θ with first trial step α and accuracies ε, δ:
///
/// 1. z ≈ ∇f(θ) at x̃ within ε of the minimisers and q within δ of solving the linear systems; while
///    ω > (1 − η) ‖z‖, so that −z is not known to descend, ε ← ν ε, δ ← ν δ and again.
/// 2. For a = α, ρ α, …, ρ^(J−1) α: accept θ⁺ = θ − a z if
///    U(θ⁺) − Lw(θ) + λ a ‖z‖² ≤ 0, with U and Lw bounds of f from ε-accurate solves. Then
///    f(θ⁺) ≤ f(θ) − λ a ‖z‖² holds for the true f, whatever z is.
/// 3. If no trial is accepted: ε ← ν ε, δ ← ν δ, J ← J + 1, back to 1 with the same α.
/// 4. α ← ρ̄ a, ε ← ν̄ ε, δ ← ν̄ δ.
///
/// `error` is ‖z‖ or ω, the larger one. A step costs one gradient and one loss per trial; solves start
/// from the last x̃ and q of the same sample, and a start that is good enough costs no iteration.
///
/// Where the hypergradient method corrects the loss, U and Lw are estimates, and so is the decrease.
///
/// This differs from the paper and from its authors' code in:
/// - U and Lw are of second order in ε where an adjoint is at hand (`SampleLoss.sharpen`), and still
///   bounds; the adjoint at a trial point is that of θ;
/// - Lw(θ) and ‖∇ℓ‖ are formed at the very x̃ at which z was, not at the previously accepted trial;
/// - each sample enters the bounds with its certified ε_i = ‖∇g_i‖/μ, not with the requested ε, so a
///   solve that falls short widens the bounds and never breaks them;
/// - a solve checks before it iterates, so loosening ε costs nothing at an unchanged θ;
/// - z = 0 (‖∇ℓ‖ ≤ δ) leads to refinement like any other z that is not known to descend;
/// - refinements are counted over the whole step (of 1 and of 3) and end with `stalled` at
///   `maxRefinements`, at the floors of ε and δ, or where a tighter request brings no smaller ω;
/// - a trial is solved to 6 ε at first, and then more accurately, to less than ε if need be, for as long
///   as its bounds leave open whether ψ ≤ 0, its loss is low enough, and the bounds are wider than
///   a ‖z‖²/10: what is accepted, and so every guarantee, is the same; what leads too far is refused
///   before it costs much, and no gradient is formed anew for the sake of a trial's accuracy;
/// - a trial is made only if a ‖z‖² exceeds U(θ) − Lw(θ): below, no step is short enough to be
///   accepted; and a failed search tightens by as many factors ν at once as bring that width below half
///   of α ‖z‖², since each intermediate gradient would be formed in vain;
/// - the run ends as converged where ‖z‖ and ω are both within the tolerance, without one relative to ‖z‖
///   at θ₀, and as stalled where no more accuracy is to be had: it never goes on in vain;
/// - where an admissible set is given, θ⁺ is projected: ‖z‖ becomes ‖θ − θ⁺‖/a in both tests;
/// - another direction −p than −z may be searched (`direction`): ‖z‖² becomes ⟨z, p⟩ in the tests of
///   decrease, and −p is known to descend if ω ‖p‖ ≤ (1 − η) ⟨z, p⟩;
/// - ε, δ and the first α may be left out (see `eps`, `delta`, `stepSize`); an α chosen so is enlarged
///   by 1/ρ in the first step for as long as that lowers U.
///
/// M. S. Salehi, S. Mukherjee, L. Roberts, M. J. Ehrhardt, "An adaptively inexact first-order method
/// for bilevel optimization with application to hyperparameter learning", 2025, algorithms 3.1 and 3.2;
/// the hyperparameters are those of the authors' denoising experiments.
public struct MAID: UpperLevelMethod {
  /// ε₀, per sample, in the 2-norm.
  ///
  /// Left out: 0.02 of the mean distance from the starting points to the minimisers, as certified at
  /// θ₀.
  public var eps: Double?
  /// δ₀, per sample, in the 2-norm; left out: L_ℓ ε₀, which makes both parts of ω alike.
  public var delta: Double?
  /// α₀; left out: ‖α₀ z₀‖ = 0.01 ‖θ₀‖ before the enlargement.
  public var stepSize: Double?
  /// η in (0, 1): −z is accepted as a direction if ω ≤ (1 − η) ‖z‖.
  public var descent = 1e-4
  /// λ in (0, η]: the decrease demanded of a step is λ a ‖z‖².
  public var sufficientDecrease = 1e-8
  /// ρ in (0, 1): the step shrinks by it from trial to trial.
  public var rho = 0.5
  /// ρ̄ ≥ 1: the first trial of the next step is ρ̄ times the accepted one.
  public var stepGrowth = 10.0 / 9
  /// Where the first trial of the next step comes from.
  public var firstTrial = FirstTrial.barzilaiBorwein
  /// Which direction is searched.
  public var direction = DirectionRule.lbfgs
  /// In which metric.
  public var metric = Metric.euclidean
  /// What a new loss is compared with.
  public var acceptance = Acceptance.monotone
  /// Moves that `direction = lbfgs` remembers.
  public var memory = 10
  /// ν in (0, 1): ε and δ shrink by it at each refinement.
  public var accuracyShrink = 0.5
  /// ν̄ ≥ 1: ε and δ grow by it after each accepted step.
  public var accuracyGrowth = 1.05
  /// J₀: trials before the first refinement of a line search.
  public var maxTrials = 10
  /// Refinements in one step.
  public var maxRefinements = 40
  /// Floor of ε.
  public var minEps = 1e-12
  /// Floor of δ.
  public var minDelta = 1e-12
  /// A run without a tolerance ends as converged where ‖z‖ and ω are at most this part of ‖z‖ at θ₀; never
  /// if 0.
  public var relativeTolerance = 1e-5
  /// Whether ε and δ adapt; if not, only the step size does, and ω is not tested.
  public var isAdaptive = true
  /// Who computes hypergradients and their error ω.
  public var hypergradient: any HypergradientEstimator = Implicit()
  /// What happens when a sample's solve fails at a gradient evaluation.
  public var onFailure = FailurePolicy.tighten

  /// The Barzilai-Borwein step changes the last one by at most this factor.
  static let largestStepChange = 100.0
  /// A quasi-Newton step is at most this many times as long as the last one.
  static let longestMove = 5.0
  /// A move is remembered where its ⟨s, y⟩ is more than this part of ‖s‖ ‖y‖.
  static let smallestCurvature = 1e-8
  /// A trial is first solved to this multiple of ε.
  static let firstTrialAccuracy = 6.0
  /// A trial is refused where the width of its bounds is this part of the first-order decrease.
  static let undecided = 0.1
  /// The accuracy of a trial changes at most by this factor at once.
  static let largestRefinement = 1.0 / 36
  /// ε₀ as a part of the starting distance, and ‖α₀ z₀‖ as a part of ‖θ₀‖.
  static let initialAccuracy = 0.02
  static let initialMove = 0.01
  /// A refinement after which ω is above this part of what it was has brought nothing.
  static let progress = 0.99

  /// The method with its default hyperparameters.
  public init() {}

  /// z₀ at θ₀ to the accuracy at which it descends.
  public func start(_ task: UpperLevelTask, at theta: Parameters) throws -> UpperLevelState {
    var theta = theta
    task.objective.project(&theta)
    var state = UpperLevelState(theta: theta, points: task.objective.startingPoints())
    try ending(&state) { state in
      state.accuracy = try initialAccuracy(task, &state)
      state.nextStepSize = stepSize
      _ = try formGradient(task, &state, refinements: 0)
      if isStationary(task, state) { throw StepEnding(outcome: .converged) }
    }
    return state
  }

  /// One accepted step, or as much of one as the task allows.
  public func step(_ task: UpperLevelTask, _ state: inout UpperLevelState) throws {
    state.isAccepted = false
    try ending(&state) { state in
      if state.accuracy == nil { state.accuracy = try initialAccuracy(task, &state) }
      if state.gradient == nil { _ = try formGradient(task, &state, refinements: 0) }
      if !isStationary(task, state) {
        let refinements = try move(task, &state)
        if state.isAccepted { _ = try formGradient(task, &state, refinements: refinements) }
      }
      if isStationary(task, state) { throw StepEnding(outcome: .converged) }
    }
  }

  /// Steps 2 and 3: line searches, each more accurate than the one before, until one succeeds or θ
  /// proves stationary.
  ///
  /// Returns the refinements made.
  private func move(_ task: UpperLevelTask, _ state: inout UpperLevelState) throws -> Int {
    var attempt = state  // what is tried; the state keeps what is committed
    defer { (state.cost, state.outcomes) = (attempt.cost, attempt.outcomes) }
    var refinements = 0
    for failures in 0... {
      if let trial = try search(task, &attempt, trials: maxTrials + failures) {
        commit(trial, after: attempt, to: &state)
        return refinements
      }
      guard var tighter = tightened(attempt.accuracy), refinements < maxRefinements else { break }
      refinements += 1
      guard isAdaptive else { continue }
      let needed = refinementsNeeded(task, attempt)
      for _ in 1..<max(needed, 1) { tighter = tightened(tighter) ?? tighter }
      attempt.accuracy = tighter
      refinements = try formGradient(task, &attempt, refinements: refinements)
      if isStationary(task, attempt) {
        state = attempt
        return refinements
      }
    }
    state = attempt
    throw StepEnding(outcome: .stalled)
  }

  private func commit(
    _ trial: Trial, after attempt: UpperLevelState, to state: inout UpperLevelState
  ) {
    state = attempt
    if firstTrial == .barzilaiBorwein || direction == .lbfgs, let gradient = attempt.gradient {
      state.lastMove = Move(
        start: attempt.theta.values, gradient: gradient.value, errorBound: gradient.errorBound ?? 0)
    }
    if let gradient = attempt.gradient { remember(gradient, next: trial.loss, in: &state) }
    state.theta = trial.theta
    state.points = trial.loss.points
    state.loss = trial.loss
    state.gradient = nil
    state.stepSize = trial.stepSize
    state.nextStepSize = stepGrowth * trial.stepSize
    state.iteration += 1
    state.isAccepted = true
    if isAdaptive, let accuracy = attempt.accuracy {
      state.accuracy = accuracy.scaled(by: accuracyGrowth)
    }
  }
}
