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
/// This differs from the paper and from its authors' code in:
/// - Lw(θ) and ‖∇ℓ‖ are formed at the very x̃ at which z was, not at the previously accepted trial;
/// - each sample enters the bounds with its certified ε_i = ‖∇g_i‖/μ, not with the requested ε, so a
///   solve that falls short widens the bounds and never breaks them;
/// - a solve checks before it iterates, so loosening ε costs nothing at an unchanged θ;
/// - z = 0 (‖∇ℓ‖ ≤ δ) leads to refinement like any other z that is not known to descend;
/// - refinements are counted over the whole step (of 1 and of 3) and end with `stalled` at
///   `maxRefinements`, at the floors of ε and δ, or where a tighter request brings no smaller ω;
/// - trials end where the computed loss falls by at least a ‖z‖²/2, or rises again after falling:
///   accuracy is then what is missing, not a shorter step, and the search after the refinement begins
///   at the best trial and at its x̃; what is accepted, and so every guarantee, is the same;
/// - a trial is made only if a ‖z‖² exceeds U(θ) − Lw(θ): below, no step is short enough to be
///   accepted; and a failed search tightens by as many factors ν at once as bring that width below half
///   of α ‖z‖², since each intermediate gradient would be formed in vain;
/// - the step ends stationary where ‖z‖ and ω are both within the tolerance;
/// - where an admissible set is given, θ⁺ is projected: ‖z‖ becomes ‖θ − θ⁺‖/a in both tests;
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
  public var firstTrial = FirstTrial.growth
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
  /// Whether ε and δ adapt; if not, only the step size does, and ω is not tested.
  public var isAdaptive = true
  /// Who computes hypergradients and their error ω.
  public var hypergradient: any HypergradientEstimator = Implicit()
  /// What happens when a sample's solve fails at a gradient evaluation.
  public var onFailure = FailurePolicy.tighten

  /// The first trial step of a line search after the first one. Either leaves what is accepted, and so
  /// every guarantee, as it is.
  public enum FirstTrial: String, Sendable, CaseIterable {
    /// ρ̄ times the last accepted step, as published.
    case growth
    /// ⟨s, s⟩/⟨s, y⟩ with s the last move of θ and y the change of z over it, where that is positive
    /// (Barzilai & Borwein, Two-point step size gradient methods, 1988); else `growth`. How much it
    /// gains is found by experiment, not proven.
    case barzilaiBorwein = "barzilai_borwein"
  }

  /// The Barzilai-Borwein step changes the last one by at most this factor.
  private static let largestStepChange = 100.0
  /// ε₀ as a part of the starting distance, and ‖α₀ z₀‖ as a part of ‖θ₀‖.
  private static let initialAccuracy = 0.02
  private static let initialMove = 0.01
  /// A refinement after which ω is above this part of what it was has brought nothing.
  private static let progress = 0.99

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
    }
    return state
  }

  /// One accepted step, or as much of one as the task allows.
  public func step(_ task: UpperLevelTask, _ state: inout UpperLevelState) throws {
    state.isAccepted = false
    try ending(&state) { state in
      if state.accuracy == nil { state.accuracy = try initialAccuracy(task, &state) }
      if state.gradient == nil {
        _ = try formGradient(task, &state, refinements: 0)
        if state.error <= task.tolerance { return }
      }
      let refinements = try move(task, &state)
      if state.isAccepted { _ = try formGradient(task, &state, refinements: refinements) }
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
    var promising: Trial?
    for failures in 0... {
      switch try search(task, &attempt, trials: maxTrials + failures, from: promising) {
      case .accepted(let trial):
        commit(trial, after: attempt, to: &state)
        return refinements
      case .refused(let best):
        promising = best
      }
      guard var tighter = tightened(attempt.accuracy), refinements < maxRefinements else { break }
      refinements += 1
      guard isAdaptive else { continue }
      let needed = refinementsNeeded(attempt, stepSize: promising?.stepSize)
      for _ in 1..<max(needed, 1) { tighter = tightened(tighter) ?? tighter }
      attempt.accuracy = tighter
      refinements = try formGradient(task, &attempt, refinements: refinements)
      if attempt.error <= task.tolerance {
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
    if firstTrial == .barzilaiBorwein, let z = attempt.gradient?.value {
      state.lastMove = Move(start: attempt.theta.values, gradient: z)
    }
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

extension MAID {
  /// A point of the line search.
  private struct Trial {
    var theta: Parameters
    var loss: LossEstimate
    var stepSize: Double
  }

  /// How a line search ends.
  private enum SearchResult {
    case accepted(Trial)
    /// With the trial of the lowest computed loss, if that is lower than at θ.
    case refused(Trial?)
  }

  /// Step 2: the first trial that is certain to decrease f enough. Begins at the trial that was the
  /// best of the search before, if any.
  private func search(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, trials: Int, from promising: Trial?
  ) throws -> SearchResult {
    guard let gradient = state.gradient else { return .refused(nil) }
    let first =
      promising?.stepSize ?? state.nextStepSize
      ?? automaticStepSize(state.theta, gradient.value)
    var a = first
    var points = promising?.loss.points
    var best: Trial?
    for _ in 0..<trials {
      if isAdaptive, !isPromising(gradient, stepSize: a, slope: state.error) { break }
      let (trial, isAccepted) = try attempt(task, &state, stepSize: a, from: points)
      if isAccepted, let trial {
        let mayGrow = state.nextStepSize == nil && a == first
        return .accepted(mayGrow ? try enlarged(task, &state, trial, trials: trials) : trial)
      }
      let value = trial?.loss.value ?? .infinity
      if let best, value >= best.loss.value { break }
      if isAdaptive, value < gradient.loss.value { best = trial }
      // Up to the minimiser of a quadratic along −z the decrease is at least half of a ‖z‖².
      let slope = slope(task, state, gradient.value, stepSize: a)
      if best != nil, value <= gradient.loss.value - a * slope * slope / 2 { break }
      points = nil
      a *= rho
    }
    // Without refinement the next search has to begin where this one ended.
    if !isAdaptive { state.nextStepSize = a }
    return .refused(best)
  }

  /// Whether the first-order decrease a ‖z‖² exceeds what ψ adds to it for inexactness; if not,
  /// neither this step nor a shorter one can be accepted.
  private func isPromising(_ gradient: GradientEstimate, stepSize a: Double, slope: Double) -> Bool
  {
    a * slope * slope > gradient.loss.upperBound - gradient.loss.lowerBound
  }

  /// The trial at θ − a z, if it can be evaluated, and whether ψ(a) ≤ 0. Its solves start from the
  /// given points, or from those at θ.
  private func attempt(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, stepSize a: Double,
    from points: [SamplePoint]? = nil
  ) throws -> (trial: Trial?, isAccepted: Bool) {
    guard let gradient = state.gradient else { return (nil, false) }
    let (theta, slope) = displaced(task, state.theta, gradient.value, stepSize: a)
    guard theta != state.theta, theta.values.allSatisfy(\.isFinite) else { return (nil, false) }
    let loss = try loss(
      task, &state, at: theta, accuracy: state.accuracy?.lowerLevel ?? minEps,
      from: (points ?? gradient.loss.points).map(\.elsewhere))
    guard loss.isFinite else { return (nil, false) }
    let psi =
      loss.upperBound - gradient.loss.lowerBound + sufficientDecrease * a * slope * slope
    return (Trial(theta: theta, loss: loss, stepSize: a), psi <= 0)
  }

  /// Factors ν until the sandwich of the loss is half as wide as the first-order decrease of the next
  /// trial, by the proportionality of its width to ε.
  private func refinementsNeeded(_ state: UpperLevelState, stepSize: Double?) -> Int {
    guard let gradient = state.gradient else { return 1 }
    let a = stepSize ?? state.nextStepSize ?? automaticStepSize(state.theta, gradient.value)
    let ratio =
      0.5 * a * state.error * state.error
      / (gradient.loss.upperBound - gradient.loss.lowerBound)
    guard ratio > 0, ratio < 1 else { return 1 }
    var count = 0
    var factor = 1.0
    while factor > ratio, count < maxRefinements {
      factor *= accuracyShrink
      count += 1
    }
    return count
  }

  /// Longer steps for as long as they lower U: the choice of an α₀ that was left out.
  private func enlarged(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, _ trial: Trial, trials: Int
  ) throws -> Trial {
    var best = trial
    for _ in 0..<trials {
      let (longer, isAccepted) = try attempt(task, &state, stepSize: best.stepSize / rho)
      guard isAccepted, let longer, longer.loss.upperBound < best.loss.upperBound else { break }
      best = longer
    }
    return best
  }

  /// Step 1: z at θ_k to the accuracy at which it is known to descend.
  ///
  /// Commits z, its points and its accuracy; returns the refinements made in this step so far.
  private func formGradient(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, refinements: Int
  ) throws -> Int {
    var attempt = state
    defer { (state.cost, state.outcomes) = (attempt.cost, attempt.outcomes) }
    var refinements = refinements
    var lastBound = Double.infinity
    while true {
      let accuracy = attempt.accuracy ?? Accuracy(lowerLevel: minEps, linearSystem: minDelta)
      let estimate = try gradient(task, &attempt, accuracy: accuracy, from: attempt.points)
      let slope = slope(task, attempt, estimate.value)
      guard slope.isFinite, estimate.loss.isFinite else { throw StepEnding(outcome: .nonFinite) }
      attempt.points = estimate.loss.points
      attempt.loss = estimate.loss
      attempt.gradient = estimate
      attempt.error = max(slope, estimate.errorBound ?? 0)
      if attempt.error <= task.tolerance || descends(estimate, slope) || !isAdaptive {
        proposeStep(&attempt, z: estimate.value)
        state = attempt
        return refinements
      }
      let bound = estimate.errorBound ?? .infinity
      let isFutile = !estimate.loss.outcomes.failures.isEmpty && bound > Self.progress * lastBound
      guard !isFutile, refinements < maxRefinements, let tighter = tightened(accuracy) else {
        state = attempt
        throw StepEnding(outcome: .stalled)
      }
      attempt.accuracy = tighter
      lastBound = bound
      refinements += 1
    }
  }

  /// The Barzilai-Borwein step from the last move, once its end's gradient is known.
  private func proposeStep(_ state: inout UpperLevelState, z: [Double]) {
    guard let move = state.lastMove, let last = state.nextStepSize else { return }
    state.lastMove = nil
    let s = state.theta.values.adding(-1, move.start)
    let y = z.adding(-1, move.gradient)
    let curvature = zip(s, y).reduce(0) { $0 + $1.0 * $1.1 }
    guard curvature > 0 else { return }
    let step = s.length * s.length / curvature
    state.nextStepSize = min(
      max(step, last / Self.largestStepChange), last * Self.largestStepChange)
  }

  /// Whether −z is known to be a direction of descent; where ω is not formed, whether it is one at all.
  private func descends(_ estimate: GradientEstimate, _ slope: Double) -> Bool {
    guard let bound = estimate.errorBound else { return slope > 0 }
    return slope > 0 && bound <= (1 - descent) * slope
  }

  /// ν ε and ν δ above their floors; nil if both are there already.
  private func tightened(_ accuracy: Accuracy?) -> Accuracy? {
    guard let accuracy,
      accuracy.lowerLevel > minEps || accuracy.linearSystem > minDelta
    else { return nil }
    let shrunk = accuracy.scaled(by: accuracyShrink)
    return Accuracy(
      lowerLevel: max(shrunk.lowerLevel, minEps),
      linearSystem: max(shrunk.linearSystem, minDelta))
  }

  /// ε₀ and δ₀ as given, or from the distance of the starting points.
  private func initialAccuracy(_ task: UpperLevelTask, _ state: inout UpperLevelState) throws
    -> Accuracy
  {
    if let eps {
      return Accuracy(
        lowerLevel: eps, linearSystem: delta ?? eps * task.objective.lossSmoothness)
    }
    let start = try loss(
      task, &state, at: state.theta, accuracy: .infinity, from: state.points)
    let distances = start.points.filter(\.isActive).map(\.distance)
    let mean = distances.reduce(0, +) / Double(max(distances.count, 1))
    guard mean.isFinite else { throw StepEnding(outcome: .nonFinite) }
    let eps = max(Self.initialAccuracy * mean, minEps)
    return Accuracy(lowerLevel: eps, linearSystem: delta ?? eps * task.objective.lossSmoothness)
  }

  private func automaticStepSize(_ theta: Parameters, _ z: [Double]) -> Double {
    let size = theta.values.length
    return Self.initialMove * (size > 0 ? size : 1) / z.length
  }

  /// θ⁺ = P(θ − a z), and ‖θ − θ⁺‖/a, which is ‖z‖ where P does nothing.
  private func displaced(
    _ task: UpperLevelTask, _ theta: Parameters, _ z: [Double], stepSize a: Double
  ) -> (theta: Parameters, slope: Double) {
    let free = Parameters(theta.values.adding(-a, z), layout: theta.layout)
    var admissible = free
    task.objective.project(&admissible)
    if admissible == free { return (free, z.length) }
    return (admissible, theta.values.squaredLength(from: admissible.values).squareRoot() / a)
  }

  /// ‖z‖, or the length of the projected step of the first trial over its step size.
  private func slope(_ task: UpperLevelTask, _ state: UpperLevelState, _ z: [Double]) -> Double {
    let a = state.nextStepSize ?? automaticStepSize(state.theta, z)
    return slope(task, state, z, stepSize: a)
  }

  /// ‖z‖, or the length of the projected step of size a over a.
  private func slope(
    _ task: UpperLevelTask, _ state: UpperLevelState, _ z: [Double], stepSize a: Double
  ) -> Double {
    displaced(task, state.theta, z, stepSize: a.isFinite ? a : 1).slope
  }
}

extension Accuracy {
  /// Both accuracies times the same factor.
  func scaled(by factor: Double) -> Accuracy {
    Accuracy(lowerLevel: lowerLevel * factor, linearSystem: linearSystem * factor)
  }
}
