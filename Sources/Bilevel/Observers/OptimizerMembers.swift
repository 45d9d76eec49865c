import Script
import Tensors

/// What all optimizers answer in scripts.
enum OptimizerMembers {
  private static let problem = Argument("problem", .object(BilevelProblem.self), "what to minimise")
  private static let theta = Argument("theta", .object(Parameters.self), "where to start")
  private static let options = Argument("options", Options.kind, "batches, and when to stop")

  static var shared: [Member] {
    Member.shared(by: (any UpperLevelMethod).self) {
      Method(
        "steps", "Iterates: first the start (k = 0), then each accepted step.", problem, theta,
        options,
        returns: "an iterator",
        details: """
          Leaving the loop leaves the iterator where it stands: the same loop, or `steps()`, goes on \
          with the next step. A step that Ctrl-C ends in its middle counts for nothing and is taken \
          again, with the same bits. To go on with other settings, give steps:state() to resume.
          """,
        example: "for step in maid:steps(problem, theta, { budget = 2e4 }) do … end"
      ) { method, problem, theta, options in
        try run(method, problem, options, options.plan(for: method)) {
          UpperLevelRun(method, of: $0, from: theta, plan: $1)
        }
      }
      Method(
        "resume", "Goes on exactly where steps:state() was taken, through the same mini-batches.",
        problem, Argument("state", .object(UpperLevelState.self), "from steps:state()"), options,
        returns: "an iterator",
        details: """
          The optimizer is to be of the kind that the state is of; its settings may be others, a new \
          schedule for instance, and hold from the next step on. With the same settings the run is the \
          uninterrupted one, bit for bit.
          """,
        example: """
          bl.optimizer.isgd { step_size = bl.schedule.constant(1e-3) }:resume(problem, steps:state(), \
          { max_iterations = 10 })
          """
      ) { method, problem, state, options in
        try state.checkOrigin(method, on: problem)
        return try run(method, problem, options, options.plan(for: method, resuming: state)) {
          UpperLevelRun(method, of: $0, resuming: state, plan: $1)
        }
      }
      Method(
        "minimize", "Runs the optimizer to its end: 1000 steps unless a limit is given.", problem,
        theta, options,
        returns: "a table: theta, loss (of the last batch, if any), steps, stopped_because, state"
      ) { method, problem, theta, options in
        var plan = try options.plan(for: method)
        if plan.budget == nil, plan.seconds == nil {
          plan.maximumIterations = plan.maximumIterations ?? Self.defaultIterations
        }
        let run = try run(method, problem, options, plan) {
          UpperLevelRun(method, of: $0, from: theta, plan: $1)
        }
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

  private static let defaultIterations = 1000

  /// The run that `fresh` makes, or, where its log is of a run that goes on, from where that one stood.
  private static func run(
    _ method: any UpperLevelMethod, _ problem: BilevelProblem, _ options: Options, _ plan: RunPlan,
    _ fresh: (BilevelObjective, RunPlan) -> UpperLevelRun
  ) throws -> UpperLevelRun {
    let objective = BilevelObjective(problem, estimator: method.hypergradient)
    let observer = try options.log?.observer(of: method, on: problem, plan: plan)
    guard let position = observer?.start else {
      let run = fresh(objective, plan)
      run.observer = observer
      return run
    }
    try position.state.checkOrigin(method, on: problem)
    let run = UpperLevelRun(method, of: objective, at: position, plan: plan)
    run.observer = observer
    return run
  }

  /// Which samples a step takes.
  struct Batch {
    var size: any Schedule = ConstantSchedule(8)
    var seed: Int?

    static let kind = Kind.record(Batch()) {
      Field("size", \.size, .schedule, "samples of a step, at most all")
      Field("seed", \.seed, "key of the order; drawn when absent")
    }
  }

  struct Options {
    fileprivate var limits = RunPlan()
    fileprivate var batch: Batch?
    fileprivate var callback: ScriptFunction?
    fileprivate var log: (any UpperLevelLog)?

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
      Field("batch", \.batch, .optional(Batch.kind), "mini-batches of isgd and iadam")
      Field(
        "full_loss_every", \.limits.fullLossEvery, .optional(.integer(atLeast: 1)),
        "steps between evaluations of step.full_loss, which no budget counts")
      Field(
        "callback", \.callback, .optional(.function),
        "called with each step by minimize; answering false ends the run")
      Field(
        "log", \.log, .optional(.object((any UpperLevelLog).self, "a run, from bl.run")),
        "the run whose record takes down each step and keeps checkpoints")
    }

    /// The plan of a run, checked against what the method can do.
    fileprivate func plan(
      for method: any UpperLevelMethod, resuming state: UpperLevelState? = nil
    ) throws -> RunPlan {
      var plan = limits
      if let batch {
        guard method.isStochastic else {
          throw ScriptError(
            "'batch': this optimizer takes all samples at each step; isgd and iadam do not")
        }
        let seed = batch.seed ?? state?.batches?.seed ?? Session.shared.nextSeed()
        plan.batches = MiniBatches(size: batch.size, seed: seed)
      } else if let last = state?.batches, last.size == nil {
        throw ScriptError(
          "resume: the batch size of this run follows a schedule; give it again, batch = { size = … }"
        )
      }
      guard plan.tolerance == 0 || batch == nil && state?.batches == nil else {
        throw ScriptError(
          "'tolerance': the gradient of a mini-batch does not tell when to stop; use budget, "
            + "max_iterations or seconds")
      }
      return plan
    }
  }
}
