import Imaging
import Script
import Tensors

extension BilevelProblem: Scriptable {
  /// `bl.problem`.
  public static let declaration = Declaration(
    BilevelProblem.self, "problem", "A bilevel problem: data, lower level, upper level.",
    details: """
      min over theta of the mean of loss(x_i(theta), truth_i) + penalty(theta), where x_i(theta) \
      minimises fidelity(A x, observed_i) + R(x; theta) + strong_convexity/2 ||x||^2. It runs in the \
      element type of its data. With assumed_convexity, the lower level need not be convex: solves \
      end at |gradient| <= assumed_convexity * eps, and error statements are estimates. Instead of data and regularizer, 'lower' may be a whole energy with \
      data of its own (bl.energy), and 'loss' a loss that fits it.
      """,
    example: """
      bl.problem { data = scenes:observe { noise = bl.noise.gaussian { sigma = 0.1 } }, regularizer = \
      bl.regularizer.total_variation() }
      """
  ) {
    Constructor(Options()) {
      Field(
        "data", \.data, .optional(.object(Observations.self, "observed data")),
        "from dataset:observe; needed unless 'lower' is given")
      Field(
        "operator", \.forward, .optional(.object((any ForwardOperator).self, "an operator")),
        "A: that of the data when absent")
      Field(
        "fidelity", \.fidelity, .optional(.object((any Fidelity).self, "a fidelity")),
        "the data term")
      Field(
        "regularizer", \.regularizer, .optional(.object((any Regularizer).self, "a regularizer")),
        "R(x; theta); needed unless 'lower' is given")
      Field(
        "strong_convexity", \.strongConvexity, .optional(.number(atLeast: 0)),
        "mu of an extra mu/2 ||x||^2")
      Field(
        "assumed_convexity", \.assumedConvexity, .optional(.positive),
        "mu that the lower level is taken to have where less is certified")
      Field(
        "lower", \.lower, .optional(.object((any LowerLevel).self, "an energy")),
        "g(x, theta), in the place of all above")
      Field(
        "loss", \.loss, .optional(.object((any UpperLoss).self, "a loss")),
        "the loss of the upper level")
      Field("penalty", \.penalty, FunctionPenalty.kind, "J(theta), if any")
    } build: {
      try $0.problem()
    }
    queries
    evaluation
    Method("describe", "The blocks of theta: name, shape, transform, count.", returns: "a text") {
      $0.layout.description
    }
    Property("regularizer", "R") { problem in
      (problem.images?.regularizer as? any Scriptable)?.scriptValue ?? .none
    }
    Property("lower", "the energy; nil for problems over images") { problem in
      (problem.lower as? any Scriptable)?.scriptValue ?? .none
    }
    Operator(.length, "The number of samples.") { (problem: BilevelProblem) in problem.sampleCount }
  }

  private static let theta = Argument("theta", .object(Parameters.self), "the parameters")

  private static var queries: [Member] {
    Member.shared(by: BilevelProblem.self) {
      Method(
        "parameters", "Initial parameters theta.",
        Argument("options", Seed.kind, "where they start"),
        returns: "parameters", example: "problem:parameters { seed = 3 }"
      ) { problem, options in problem.initialParameters(seed: UInt64(options.seed)) }
      Method(
        "solve", "The lower level of one sample.", theta,
        Argument("options", SolveOptions.kind, "accuracy, sample, solver"),
        returns: "x, info (error_bound, gradient_norm, iterations, converged, outcome)"
      ) { problem, theta, options in try problem.solveForScript(theta, options) }
      Method(
        "loss", "The mean loss with its bounds.", theta,
        Argument("options", AccuracyOptions.kind, "accuracies, method, samples"),
        returns: "value, info (error_bound, lower, upper, lower_iterations, outcomes)"
      ) { problem, theta, options in try problem.lossForScript(theta, options) }
      Method(
        "hypergradient", "The gradient of the mean loss with respect to theta.", theta,
        Argument("options", AccuracyOptions.kind, "accuracies, method, samples"),
        returns: "z, info (error_bound, bound, loss, lower_iterations, linear_iterations, outcomes)"
      ) { problem, theta, options in try problem.hypergradientForScript(theta, options) }
    }
  }

  private static var evaluation: [Member] {
    Member.shared(by: BilevelProblem.self) {
      Method(
        "evaluate", "Restores images with the given parameters and measures them.", theta,
        Argument("options", EvaluationOptions.kind, "data, metrics, accuracy"),
        returns: "a table: loss and each metric's mean, and images, a list of the same for each",
        example: "problem:evaluate(theta, { data = test, metrics = { bl.metric.psnr() } }).psnr"
      ) { problem, theta, options in try problem.evaluateForScript(theta, options) }
      Method(
        "check", "Tries derivatives, laws, certificates and the hypergradient on a toy crop.",
        Argument("options", CheckOptions.kind, "where"),
        returns: "a report, which prints as a table with a verdict",
        example: "print(problem:check { theta = theta })"
      ) { problem, options in
        try problem.check(
          at: options.theta ?? problem.initialParameters(), seed: UInt64(options.seed))
      }
    }
  }
}

// MARK: Options

extension BilevelProblem {
  /// The arguments of `bl.problem`.
  ///
  /// Defaults of images do not belong to a problem with an energy of its own.
  struct Options {
    var data: Observations?
    var forward: (any ForwardOperator)?
    var regularizer: (any Regularizer)?
    var lower: (any LowerLevel)?
    var penalty: (any Penalty)?
    var assumedConvexity: Double?
    private var givenFidelity: (any Fidelity)?
    private var givenStrongConvexity: Double?
    private var givenLoss: (any UpperLoss)?

    var fidelity: (any Fidelity)? {
      get { givenFidelity ?? (lower == nil ? SquaredL2() : nil) }
      set { givenFidelity = newValue }
    }
    var strongConvexity: Double? {
      get { givenStrongConvexity ?? (lower == nil ? 0 : nil) }
      set { givenStrongConvexity = newValue }
    }
    var loss: (any UpperLoss)? {
      get { givenLoss ?? (lower == nil ? SquaredL2Loss() : nil) }
      set { givenLoss = newValue }
    }

    init() {}

    func problem() throws -> BilevelProblem {
      try lower.map(problem(over:)) ?? imageProblem()
    }

    private func problem(over lower: any LowerLevel) throws -> BilevelProblem {
      let misplaced = [
        ("data", data != nil), ("operator", forward != nil), ("fidelity", givenFidelity != nil),
        ("regularizer", regularizer != nil), ("strong_convexity", givenStrongConvexity != nil),
        ("assumed_convexity", assumedConvexity != nil),
      ].first(where: \.1)
      if let misplaced {
        throw ScriptError(
          "bl.problem: '\(misplaced.0)' is for images; it has no place beside 'lower', which is a "
            + "whole energy")
      }
      guard let givenLoss else {
        throw ScriptError(
          "bl.problem: 'loss' is missing (beside 'lower', a loss with data of its own, such as "
            + "bl.loss.least_squares or bl.loss.cross_entropy)")
      }
      return try BilevelProblem(lower: lower, loss: givenLoss, penalty: penalty)
    }

    /// Throws where measurements are weighed by learned samples already, which weigh them in the energy.
    private func checkWeighing(_ forward: any ForwardOperator, of data: Observations) throws {
      guard forward is SamplingOperator, data.forward is SamplingOperator else { return }
      throw ScriptError(
        "bl.problem: bl.operator.sampling weighs the measurements by itself, and these were observed "
          + "through it already; observe them through bl.operator.fourier(), and give 'operator'")
    }

    private func imageProblem() throws -> BilevelProblem {
      guard let data else {
        throw ScriptError(
          "bl.problem: 'data' is missing (observed data, from dataset:observe; or an energy as "
            + "'lower')")
      }
      guard let regularizer else {
        throw ScriptError("bl.problem: 'regularizer' is missing (a regularizer)")
      }
      var model = Model(regularizer: regularizer)
      model.forward = forward ?? data.forward
      model.fidelity = fidelity ?? model.fidelity
      try checkWeighing(model.forward, of: data)
      model.strongConvexity = strongConvexity ?? model.strongConvexity
      model.assumedConvexity = assumedConvexity
      model.loss = loss ?? model.loss
      model.penalty = penalty
      return try BilevelProblem(model, data: data)
    }
  }

  struct Seed {
    var seed = 0
    static let kind = Kind.record(Seed()) {
      Field("seed", \.seed, .integer(atLeast: 0), "of what is random")
    }
  }

  struct CheckOptions {
    var theta: Parameters?
    var seed = 0
    static let kind = Kind.record(CheckOptions()) {
      Field("theta", \.theta, .optional(.object(Parameters.self)), "initial parameters when absent")
      Field("seed", \.seed, .integer(atLeast: 0), "of the random directions")
    }
  }

  struct SolveOptions {
    var eps = 1e-3
    var index = 1
    var solver: any LowerLevelSolver = FISTA()
    static let kind = Kind.record(SolveOptions()) {
      Field("eps", \.eps, .positive, "distance to the minimiser")
      Field("index", \.index, .integer(atLeast: 1), "which sample")
      Field("solver", \.solver, .object((any LowerLevelSolver).self, "a solver"), "the method")
    }
  }

  struct AccuracyOptions {
    var eps = 1e-3
    var delta: Double?
    var method: any HypergradientEstimator = Implicit()
    var indices: [Int]?
    static let kind = Kind.record(AccuracyOptions()) {
      Field("eps", \.eps, .positive, "distance to each minimiser")
      Field(
        "delta", \.delta, .optional(.positive),
        "residual of each linear system; like eps when absent")
      Field("method", \.method, OptimizerFields.hypergradient, "how it is computed")
      Field(
        "indices", \.indices, .optional(.list(of: .integer(atLeast: 1))),
        "which samples; all when absent")
    }
  }

  struct EvaluationOptions {
    var data: Observations?
    var metrics: [any Metric] = [PSNR()]
    var eps = 1e-2
    var images = false
    var solver: any LowerLevelSolver = FISTA()
    var indices: [Int]?
    static let kind = Kind.record(EvaluationOptions()) {
      Field(
        "data", \.data, .optional(.object(Observations.self, "observed data")),
        "those of the problem when absent")
      Field(
        "metrics", \.metrics, .list(of: .object((any Metric).self, "a metric")), "what is measured")
      Field("eps", \.eps, .positive, "distance to each minimiser")
      Field("images", \.images, .boolean, "whether the restored images are kept")
      Field("solver", \.solver, .object((any LowerLevelSolver).self, "a solver"), "the method")
      Field(
        "indices", \.indices, .optional(.list(of: .integer(atLeast: 1))),
        "which images; all when absent")
    }
  }
}

// MARK: Answers

extension BilevelProblem {
  private func solveForScript(_ theta: Parameters, _ options: SolveOptions) throws -> Results {
    guard options.index <= sampleCount else {
      throw ScriptError("solve: 'index' must be at most \(sampleCount), got \(options.index)")
    }
    let solution = try solve(
      at: theta, sample: options.index - 1, accuracy: options.eps, solver: options.solver)
    let info = Value.record([
      "error_bound": .number(solution.errorBound),
      "gradient_norm": .number(solution.gradientNorm),
      "iterations": .integer(solution.iterations),
      "converged": .boolean(solution.outcome == .converged),
      "outcome": .string(solution.outcome.rawValue),
    ])
    return Results(solution.x, info)
  }

  private func lossForScript(_ theta: Parameters, _ options: AccuracyOptions) throws -> Results {
    let objective = BilevelObjective(self, estimator: options.method)
    let loss = try objective.loss(
      at: theta, accuracy: options.eps, from: points(objective, options.indices))
    let info = Value.record([
      "error_bound": .number(loss.bound),
      "bound": .string(loss.boundKind),
      "lower": .number(loss.lowerBound),
      "upper": .number(loss.upperBound),
      "lower_iterations": .integer(loss.cost.lowerIterations),
      "outcomes": .string(loss.outcomes.description),
    ])
    return Results(loss.value, info)
  }

  private func hypergradientForScript(_ theta: Parameters, _ options: AccuracyOptions) throws
    -> Results
  {
    let objective = BilevelObjective(self, estimator: options.method)
    let accuracy = Accuracy(
      lowerLevel: options.eps,
      linearSystem: options.delta ?? options.eps * objective.lossSmoothness)
    let estimate = try objective.gradient(
      at: theta, accuracy: accuracy, from: points(objective, options.indices))
    let info = Value.record([
      "error_bound": estimate.errorBound.scriptValue,
      "bound": .string(estimate.boundKind),
      "loss": .number(estimate.loss.value),
      "loss_bound": .number(estimate.loss.bound),
      "loss_bound_kind": .string(estimate.loss.boundKind),
      "lower_iterations": .integer(estimate.loss.cost.lowerIterations),
      "linear_iterations": .integer(estimate.loss.cost.linearIterations),
      "outcomes": .string(estimate.loss.outcomes.description),
    ])
    return Results(Parameters(estimate.value, layout: layout), info)
  }

  /// Starting points, of which only the given samples (from 1) take part.
  private func points(_ objective: BilevelObjective, _ indices: [Int]?) throws -> [SamplePoint] {
    var points = objective.startingPoints()
    guard let indices else { return points }
    try check(indices)
    for i in points.indices { points[i].isActive = indices.contains(i + 1) }
    return points
  }

  /// Throws a misuse error unless these are samples, from 1.
  private func check(_ indices: [Int]) throws {
    if let wrong = indices.first(where: { $0 > sampleCount }) {
      throw ScriptError("'indices' must be at most \(sampleCount), got \(wrong)")
    }
    guard !indices.isEmpty else { throw ScriptError("'indices' must name at least one sample") }
  }

  private func evaluateForScript(_ theta: Parameters, _ options: EvaluationOptions) throws -> Value
  {
    let problem = try options.data.map { try with($0) } ?? self
    if let indices = options.indices { try problem.check(indices) }
    let results = try problem.evaluate(
      at: theta, accuracy: options.eps, metrics: options.metrics, solver: options.solver,
      indices: options.indices?.map { $0 - 1 })
    var table = Table()
    func mean(_ value: (EvaluatedImage) -> Double) -> Value {
      .number(results.reduce(0) { $0 + value($1) } / Double(results.count))
    }
    table.fields.append((name: "loss", value: mean { $0.loss }))
    for (i, metric) in options.metrics.enumerated() {
      table.fields.append((name: metric.name, value: mean { $0.measures[i] }))
    }
    table.fields.append(
      (name: "iterations", value: .integer(results.reduce(0) { $0 + $1.cost.lowerIterations })))
    let images = results.map { $0.scriptValue(options.metrics.map(\.name), image: options.images) }
    table.fields.append((name: "images", value: .list(images)))
    return .table(table)
  }
}

extension EvaluatedImage {
  fileprivate func scriptValue(_ names: [String], image: Bool) -> Value {
    var table = Table(fields: [
      (name: "loss", value: .number(loss)), (name: "error_bound", value: .number(errorBound)),
      (name: "iterations", value: .integer(cost.lowerIterations)),
      (name: "outcome", value: .string(outcome.rawValue)),
      (name: "seconds", value: .number(seconds)),
    ])
    for (name, value) in zip(names, measures) {
      table.fields.append((name: name, value: .number(value)))
    }
    if image { table.fields.append((name: "restored", value: restored.scriptValue)) }
    return .table(table)
  }
}
