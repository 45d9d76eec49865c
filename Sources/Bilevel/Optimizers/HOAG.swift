import Script

/// Hyperparameter optimization with approximate gradients: steps along gradients whose accuracy follows a
/// schedule, with a step size that adapts to the losses met.
///
/// With evaluations n = 0, 1, … at ε_n = δ_n = max(s(n) 2^(−r), ε_min), r the tightenings so far, and
/// θ⁺ = P(θ − z/L), z and f̃ at θ, z⁺ and f̃⁺ at θ⁺ to ε_n, h = ‖z⁺‖/L:
///
/// - if f̃⁺ ≤ f̃ + C ε_{n+1} + (C + 1) ε_n h − L h²: L ← 0.95 L, and θ⁺ is accepted;
/// - else if f̃⁺ ≥ 1.2 f̃: L ← 2 L, r ← r + 1, and θ⁺ is rejected: z is formed again at θ, more accurately,
///   and the next step is tried from there;
/// - else θ⁺ is accepted.
///
/// At first L = ‖z₀‖/√p for p parameters, or 1 where ‖z₀‖ ≤ 1e-3. z = 0 leads to a tightening, too. `error`
/// is ‖z‖, or ω where it is formed and larger. A step costs one gradient, and two more for each rejection.
/// The published schedules are geometric (ratio 0.9) and polynomial (power 2, 3); convergence is proven for
/// summable ε and a fixed L that bounds the smoothness of f.
///
/// This differs from the published code in:
/// - an accepted step moves θ once, where the code moves it twice;
/// - a rejected step is taken back, where the code only declines the next one;
/// - the tightening lasts under every schedule; in the code the next value of a polynomial undoes it;
/// - accuracies are distances to the minimisers, not reductions of gradients, and θ is kept admissible by
///   the objective's projection, not in a fixed box;
/// - a step to where the loss is not finite is rejected.
///
/// Source: F. Pedregosa, Hyperparameter optimization with approximate gradient, ICML 2016, and its code.
public struct HOAG: UpperLevelMethod {
  /// s, per sample, in the 2-norm.
  public var eps: any Schedule = .geometric(initial: 1e-1, ratio: 0.9)
  /// ε_min > 0.
  public var minEps = 1e-12
  /// 1/L at the start; from ‖z₀‖ if left out.
  public var stepSize: Double?
  /// C ≥ 0.
  public var slack = 0.25
  /// Factor of L after a step of sufficient decrease, in (0, 1].
  public var relaxation = 0.95
  /// f̃⁺/f̃ > 1 from which a step is rejected.
  public var largestIncrease = 1.2
  /// Rejections and tightenings in a row before the method gives up as `stalled`.
  public var maxRejections = 60
  /// Who computes hypergradients.
  public var hypergradient: any HypergradientEstimator = Implicit(bound: .none)
  /// What happens when a sample's solve fails.
  public var onFailure = FailurePolicy.tighten

  /// ‖z₀‖ up to which the first L is 1.
  static let smallGradient = 1e-3

  /// The method with its default hyperparameters.
  public init() {}

  /// z₀ at θ₀.
  public func start(_ task: UpperLevelTask, at theta: Parameters) throws -> UpperLevelState {
    var theta = theta
    task.objective.project(&theta)
    var state = UpperLevelState(theta: theta, points: task.objective.startingPoints())
    try ending(&state) { state in
      state.hoag = Memory(nextEps: try eps.positiveValue(at: 0, for: "eps"))
      try formGradient(task, &state)
    }
    return state
  }

  /// One accepted step, or as much of one as the task allows.
  public func step(_ task: UpperLevelTask, _ state: inout UpperLevelState) throws {
    state.isAccepted = false
    try ending(&state) { state in
      for _ in 0...maxRejections {
        if state.gradient == nil {
          try formGradient(task, &state)
          if state.error <= task.tolerance { return }
        }
        guard let gradient = state.gradient, let size = state.nextStepSize else { continue }
        if let end = try attempt(task, &state, gradient, stepSize: size) {
          state = end
          return
        }
        state.gradient = nil
        state.nextStepSize = size / 2
        state.hoag?.tightenings += 1
      }
      throw StepEnding(outcome: .stalled)
    }
  }

  private func formGradient(_ task: UpperLevelTask, _ state: inout UpperLevelState) throws {
    let estimate = try evaluate(task, &state, from: state.points)
    guard estimate.isFinite else { throw StepEnding(outcome: .nonFinite) }
    commit(estimate, &state)
  }

  /// The state at θ − z/L; nil if the step is rejected.
  private func attempt(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, _ last: GradientEstimate,
    stepSize a: Double
  ) throws -> UpperLevelState? {
    var trial = state
    trial.theta.values = state.theta.values.adding(-a, last.value)
    guard trial.theta.values.allSatisfy(\.isFinite) else { return nil }
    task.objective.project(&trial.theta)
    guard trial.theta != state.theta else { throw StepEnding(outcome: .stalled) }
    defer { (state.cost, state.outcomes) = (trial.cost, trial.outcomes) }
    let eps = accuracy(state).lowerLevel
    let estimate = try evaluate(task, &trial, from: state.points.map(\.elsewhere))
    state.hoag = trial.hoag
    guard estimate.isFinite else { return nil }
    let (f, next) = (last.loss.value, estimate.loss.value)
    let h = a * estimate.value.length
    let isDecrease =
      next <= f + slack * accuracy(trial).lowerLevel + (slack + 1) * eps * h - h * h / a
    // For f > 0 this is next ≥ 1.2 f; a penalty may make f negative.
    if !isDecrease, next - f >= (largestIncrease - 1) * abs(f) { return nil }
    commit(estimate, &trial)
    trial.stepSize = a
    trial.nextStepSize = isDecrease ? a / relaxation : a
    trial.iteration += 1
    trial.isAccepted = true
    return trial
  }

  private func evaluate(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, from points: [SamplePoint]
  ) throws -> GradientEstimate {
    let accuracy = accuracy(state)
    let estimate = try gradient(task, &state, accuracy: accuracy, from: points)
    let evaluations = (state.hoag?.evaluations ?? 0) + 1
    state.accuracy = accuracy
    state.hoag?.evaluations = evaluations
    state.hoag?.nextEps = try eps.positiveValue(at: evaluations, for: "eps")
    return estimate
  }

  /// Enters z and the loss at θ; not z = 0, which says no more than that δ ≥ ‖∇ℓ‖ for all samples.
  private func commit(_ estimate: GradientEstimate, _ state: inout UpperLevelState) {
    state.points = estimate.loss.points
    state.loss = estimate.loss
    let length = estimate.value.length
    guard length > 0 || (state.accuracy?.lowerLevel ?? 0) <= minEps else {
      state.gradient = nil
      state.error = .greatestFiniteMagnitude
      state.hoag?.tightenings += 1
      return
    }
    state.gradient = estimate
    state.error = max(length, estimate.errorBound ?? 0)
    if state.nextStepSize == nil, length > 0 {
      let root = Double(estimate.value.count).squareRoot()
      state.nextStepSize = stepSize ?? (length > Self.smallGradient ? root / length : 1)
    }
  }

  /// ε and δ of the next evaluation.
  private func accuracy(_ state: UpperLevelState) -> Accuracy {
    let memory = state.hoag ?? Memory(nextEps: minEps)
    let factor = Double(sign: .plus, exponent: -memory.tightenings, significand: 1)
    let eps = max(memory.nextEps * factor, minEps)
    return Accuracy(lowerLevel: eps, linearSystem: eps)
  }

  /// What the method remembers.
  public struct Memory: Sendable, Hashable {
    /// n: gradients formed.
    public internal(set) var evaluations = 0
    /// r.
    public internal(set) var tightenings = 0
    /// s(n).
    public internal(set) var nextEps: Double
  }
}

extension GradientEstimate {
  /// Whether z and the loss are finite.
  var isFinite: Bool { value.length.isFinite && loss.isFinite }
}

extension HOAG.Memory: ArchivedRecord {
  init(from archive: StateArchive) throws {
    evaluations = try archive.read("evaluations")
    tightenings = try archive.read("tightenings")
    nextEps = try archive.read("next_eps")
  }

  func write(to archive: inout StateArchive) {
    archive.write(evaluations, as: "evaluations")
    archive.write(tightenings, as: "tightenings")
    archive.write(nextEps, as: "next_eps")
  }
}

extension HOAG: Scriptable {
  /// `bl.optimizer.hoag`.
  public static let declaration = Declaration(
    HOAG.self, "hoag", "Hyperparameter optimization with approximate gradients.",
    details: """
      The accuracy of the lower level and of the linear system follows one schedule over the gradients \
      formed; the step size grows after steps of sufficient decrease, and a step that raises the loss by \
      more than a fifth is taken back, with half the step and half the eps from then on. The published \
      schedules are bl.schedule.geometric { initial = 0.1, ratio = 0.9 } (exponential) and \
      bl.schedule.polynomial { initial = 0.1, power = 2 } (quadratic) or 3 (cubic).
      """,
    example: "bl.optimizer.hoag { eps = bl.schedule.polynomial { initial = 0.1, power = 2 } }",
    source: "Pedregosa 2016"
  ) {
    Constructor(HOAG()) {
      Field("eps", \.eps, .schedule, "accuracy at the k-th gradient")
      Field("min_eps", \.minEps, .positive, "floor of eps")
      Field(
        "step_size", \.stepSize, .optional(.positive), "first step; from the gradient when absent")
      Field("slack", \.slack, .number(atLeast: 0), "C in the test of sufficient decrease")
      Field(
        "relaxation", \.relaxation, .number(above: 0, atMost: 1),
        "factor of 1 / step after a sufficient decrease")
      Field(
        "largest_increase", \.largestIncrease, .number(above: 1),
        "ratio of losses from which a step is taken back")
      Field(
        "max_rejections", \.maxRejections, .integer(atLeast: 1),
        "steps taken back in a row before it ends as stalled")
      Field("hypergradient", \.hypergradient, OptimizerFields.hypergradient, "how z is computed")
      Field("on_failure", \.onFailure, .choice, "what a failed solve leads to")
    }
    OptimizerMembers.shared
  }
}
