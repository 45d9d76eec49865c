import Script
import Tensors

/// What all optimizers answer in scripts.
enum OptimizerMembers {
  private static let problem = Argument("problem", .object(BilevelProblem.self), "what to minimise")
  private static let theta = Argument("theta", .object(Parameters.self), "where to start")
  private static let options = Argument("options", Options.kind, "when to stop")

  static var shared: [Member] {
    Member.shared(by: (any UpperLevelMethod).self) {
      Method(
        "steps", "Iterates: first the start (k = 0), then each accepted step.", problem, theta,
        options,
        returns: "an iterator",
        example: "for step in maid:steps(problem, theta, { budget = 2e4 }) do … end"
      ) { method, problem, theta, options in
        let objective = BilevelObjective(problem, estimator: method.hypergradient)
        return UpperLevelRun(method, of: objective, from: theta, limits: options.limits)
      }
      Method(
        "resume", "Goes on exactly where steps:state() was taken.", problem,
        Argument("state", .object(UpperLevelState.self), "from steps:state()"), options,
        returns: "an iterator"
      ) { method, problem, state, options in
        guard state.theta.layout == problem.layout, state.points.count == problem.sampleCount
        else { throw ScriptError("resume: the state is of another problem") }
        let objective = BilevelObjective(problem, estimator: method.hypergradient)
        return UpperLevelRun(method, of: objective, resuming: state, limits: options.limits)
      }
      Method(
        "minimize", "Runs the optimizer to its end.", problem, theta, options,
        returns: "a table: theta, loss, steps, stopped_because, state"
      ) { method, problem, theta, options in
        let objective = BilevelObjective(problem, estimator: method.hypergradient)
        let run = UpperLevelRun(method, of: objective, from: theta, limits: options.limits)
        while let step = try run.next() {
          if let results = try options.callback?.call([step.scriptValue]),
            case .boolean(false)? = results.first
          {
            break
          }
        }
        return run.summary
      }
    }
  }

  struct Options {
    var limits = RunLimits()
    var callback: ScriptFunction?

    static let kind = Kind.record(Options()) {
      Field(
        "budget", \.limits.budget, .optional(.integer(atLeast: 1)),
        "most lower-level plus linear iterations, over all samples")
      Field(
        "max_iterations", \.limits.maximumIterations, .optional(.integer(atLeast: 0)), "most steps")
      Field(
        "tolerance", \.limits.tolerance, .number(atLeast: 0),
        "stop when ||z|| and omega are at most this")
      Field("seconds", \.limits.seconds, .optional(.positive), "most time", unit: "s")
      Field(
        "callback", \.callback, .optional(.function),
        "called with each step by minimize; answering false ends the run")
    }
  }
}

extension UpperLevelRun {
  /// `{ theta, loss, steps, stopped_because, state }`.
  var summary: Value {
    .record([
      "theta": state?.theta.scriptValue ?? .none,
      "loss": state?.loss?.value.scriptValue ?? .none,
      "steps": .integer(state?.iteration ?? 0),
      "stopped_because": .string(outcome?.rawValue ?? "left"),
      "state": state?.scriptValue ?? .none,
    ])
  }
}

extension UpperLevelRun: Scriptable {
  /// What `optimizer:steps(…)` answers.
  public static let declaration = Declaration(
    UpperLevelRun.self, "steps", "A run of an optimizer, one step at each call."
  ) {
    Operator(next: "the next step; nil at the end") { (run: UpperLevelRun) in try run.next() }
    Method("state", "Where the run stands: resume goes on from there.", returns: "a state") { run in
      guard let state = run.state else {
        throw ScriptError("steps: nothing has been computed yet; take a step first")
      }
      return state
    }
    Property("stopped_because", "why the run ended; nil while it goes on") { $0.outcome?.rawValue }
    Property("advice", "what the end means and what to try") { $0.outcome?.advice }
  }
}

extension UpperLevelState: Scriptable {
  /// What `steps:state()` answers.
  public static let declaration = Declaration(
    UpperLevelState.self, "state", "What an optimizer remembers between two steps."
  ) {
    Property("k", \.iteration, "steps taken")
    Property("theta", \.theta, "the parameters")
    Property("cost", "lower-level plus linear iterations so far") { $0.cost.total }
  }
}

extension UpperLevelStep: Scriptable {
  /// What `for step in optimizer:steps(…)` gives.
  public static let declaration = Declaration(
    UpperLevelStep.self, "step", "One accepted step of an optimizer; step 0 is the start."
  ) {
    Text<UpperLevelStep> { $0.line }
    Property("k", \.state.iteration, "number of the step")
    Property("theta", \.state.theta, "the parameters after the step")
    Property("loss", "the mean loss there") { $0.state.loss?.value }
    Property("loss_bound", "how far that is from the true loss at most") { $0.state.loss?.bound }
    Property("loss_bound_kind", "how loss_bound was obtained: certified, estimated") {
      $0.state.loss?.boundKind
    }
    Property("psnr", \.psnr, "mean PSNR of the solutions", unit: "dB")
    Property("gradient", "z at theta; nil if the run ended before it was formed") { step in
      step.state.gradient.map { Parameters($0.value, layout: step.state.theta.layout) }
    }
    Property("gradient_norm", "||z||") { $0.state.gradient?.value.length }
    Property("gradient_bound", "omega, the error of z") { $0.state.gradient?.errorBound }
    Property("bound", "how omega was obtained: estimated, certified, none") {
      $0.state.gradient?.boundKind
    }
    Property("eps", "accuracy of the lower level") { $0.state.accuracy?.lowerLevel }
    Property("delta", "accuracy of the linear system") { $0.state.accuracy?.linearSystem }
    Property("step_size", \.state.stepSize, "alpha of this step; 0 at the start")
    Property("next_step_size", "first trial of the next step") { $0.state.nextStepSize }
    Property("lower_iterations", \.spent.cost.lowerIterations, "of this step, over all samples")
    Property("linear_iterations", \.spent.cost.linearIterations, "of this step, over all samples")
    Property("cost", "lower-level plus linear iterations so far") { $0.state.cost.total }
    Property("ledger", "everything spent so far, with seconds of each part and peak_memory") {
      $0.ledger.scriptValue
    }
    Property("spent", "the same for this step alone") { $0.spent.scriptValue }
    Property("outcomes", "how the solves of this step ended") { $0.state.outcomes.description }
    Property("worst_sample", "the sample whose solve ended worst: index, outcome, error_bound") {
      $0.worst
    }
    Property("seconds", \.seconds, "since the start of the run", unit: "s")
    Property("accepted", \.state.isAccepted, "whether theta moved")
  }

  private var worst: Value {
    guard let index = worstSample else { return .none }
    let point = state.points[index]
    return .record([
      "index": .integer(index + 1),
      "outcome": .string(point.outcome.rawValue),
      "error_bound": .number(point.distance),
    ])
  }

  /// For instance `step 3: loss 12.4 ± 0.01, |z| 5.1 ± 0.3, eps 0.01, delta 0.02, step 0.1, cost 812`.
  private var line: String {
    func short(_ value: Double?) -> String { value.map { "\(Float($0))" } ?? "?" }
    return
      "step \(state.iteration): loss \(short(state.loss?.value)) ± \(short(state.loss?.bound))"
      + (state.loss?.isEstimated == true ? " (estimated), " : ", ")
      + "|z| \(short(state.gradient?.value.length)) ± \(short(state.gradient?.errorBound)), "
      + "eps \(short(state.accuracy?.lowerLevel)), delta \(short(state.accuracy?.linearSystem)), "
      + "step \(short(state.stepSize)), cost \(state.cost.total)"
  }
}
