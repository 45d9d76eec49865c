import Script

extension UpperLevelRun {
  /// `{ theta, loss, steps, stopped_because, state }`.
  var summary: Value {
    .record([
      "theta": state?.theta.scriptValue ?? .none,
      "loss": state?.loss?.value.scriptValue ?? .none,
      "steps": .integer(state?.iteration ?? 0),
      "stopped_because": .string(outcome?.rawValue ?? "left"),
      "state": resumableState()?.scriptValue ?? .none,
    ])
  }
}

extension UpperLevelRun: Scriptable, AcknowledgedIterator {
  /// What `optimizer:steps(…)` answers.
  public static let declaration = Declaration(
    UpperLevelRun.self, "steps", "A run of an optimizer, one step at each call."
  ) {
    Operator(next: "the next step; nil at the end") { (run: UpperLevelRun) in try run.handOut() }
    Method("state", "Where the run stands: resume goes on from there.", returns: "a state") { run in
      guard let state = run.resumableState() else {
        throw ScriptError("steps: nothing has been computed yet; take a step first")
      }
      return state
    }
    Property("stopped_because", "why the run ended; nil while it goes on") { $0.outcome?.rawValue }
    Property("advice", "what the end means and what to try") { $0.outcome?.advice }
  }
}

extension UpperLevelState: Scriptable {
  /// The points, which may be all of what the run knows.
  public var externalByteCount: Int { points.reduce(0) { $0 + $1.byteCount } }

  /// What `steps:state()` and `bl.state.load(file)` answer.
  public static let declaration = Declaration(
    UpperLevelState.self, "state", "What an optimizer remembers between two steps."
  ) {
    Text<UpperLevelState> { state in
      let method = state.origin.map { " of \($0.method)" } ?? ""
      return "state\(method) after \(state.iteration) steps, cost \(state.cost.total)"
    }
    Property("k", \.iteration, "steps taken")
    Property("theta", \.theta, "the parameters")
    Property("cost", "lower-level plus linear iterations so far") { $0.cost.total }
    Method(
      "save", "Writes a .safetensors file from which another process can go on.",
      Argument("path", .outputPath, "name of the file"),
      example: "steps:state():save \"run.safetensors\""
    ) { try $0.save(to: $1) }
  }

  /// `bl.state.load`.
  static let loadFunction = Function(
    "load", "Reads the state of an optimizer from a .safetensors file.",
    Argument("path", .string, "name of the file"), returns: "a state for optimizer:resume",
    example: "maid:resume(problem, bl.state.load \"run.safetensors\", { max_iterations = 10 })"
  ) { path in try UpperLevelState.load(from: path) }
}

extension UpperLevelStep: Scriptable {
  /// The points that this step made new: those of its batch.
  public var externalByteCount: Int {
    points.reduce(0) { $0 + ($1.isActive ? $1.byteCount : 0) }
  }

  /// What `for step in optimizer:steps(…)` gives.
  public static let declaration = Declaration(
    UpperLevelStep.self, "step", "One accepted step of an optimizer; step 0 is the start."
  ) {
    Text<UpperLevelStep> { $0.line }
    Property("k", \.state.iteration, "number of the step")
    Property("theta", \.state.theta, "the parameters after the step")
    Property("loss", "the mean loss there, over the batch if there is one") { $0.state.loss?.value }
    Property("loss_bound", "how far that is from the true loss at most") { $0.state.loss?.bound }
    Property("loss_bound_kind", "how loss_bound was obtained: certified, estimated") {
      $0.state.loss?.boundKind
    }
    Property("loss_samples", \.lossSamples, "how many samples loss, psnr and gradient are means of")
    Property("full_loss", "the mean loss of all samples, where it was evaluated") {
      $0.fullLoss?.value
    }
    Property("full_loss_bound", "how far that is from the true one at most") {
      $0.fullLoss?.bound
    }
    Property("epoch", "whole passes through the mini-batches so far") { $0.state.batches?.epoch }
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

  private var lossSamples: Int { points.count { $0.isActive } }

  private var worst: Value {
    guard let index = worstSample else { return .none }
    let point = points[index]
    return .record([
      "index": .integer(index + 1),
      "outcome": .string(point.outcome.rawValue),
      "error_bound": .number(point.distance),
    ])
  }

  /// For instance `step 3: loss 12.4 ± 0.01, |z| 5.1 ± 0.3, eps 0.01, delta 0.02, step 0.1, cost 812`;
  /// under batches `loss 12.4 ± 0.01 (8 of 1024)`.
  private var line: String {
    func short(_ value: Double?) -> String { value.map { "\(Float($0))" } ?? "?" }
    let batch = state.batches.map { _ in " (\(lossSamples) of \(state.points.count))" } ?? ""
    return
      "step \(state.iteration): loss \(short(state.loss?.value)) ± \(short(state.loss?.bound))"
      + (state.loss?.isEstimated == true ? " (estimated)" : "") + "\(batch), "
      + "|z| \(short(state.gradient?.value.length)) ± \(short(state.gradient?.errorBound)), "
      + "eps \(short(state.accuracy?.lowerLevel)), delta \(short(state.accuracy?.linearSystem)), "
      + "step \(short(state.stepSize)), cost \(state.cost.total)"
  }
}
