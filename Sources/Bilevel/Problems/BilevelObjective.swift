import Imaging
import Script
import Tensors

/// A bilevel problem as optimizers see it: f(θ) and ∇f(θ) by an estimator, sample by sample on the
/// problem's executor.
///
/// What was prepared for the last θ is kept, so that a gradient where a loss was just asked for
/// prepares nothing. Used from one thread.
public final class BilevelObjective: UpperLevelObjective {
  /// The problem.
  public let problem: BilevelProblem
  /// Who computes hypergradients.
  public let estimator: any HypergradientEstimator
  private var last: PreparedProblem?

  /// f of the problem, with hypergradients by the estimator.
  public init(_ problem: BilevelProblem, estimator: any HypergradientEstimator = Implicit()) {
    self.problem = problem
    self.estimator = estimator
  }

  /// The blocks of θ.
  public var layout: ParameterLayout { problem.layout }

  /// L_ℓ.
  public var lossSmoothness: Double { problem.loss.smoothness }

  /// Where the lower level starts each sample.
  public func startingPoints() -> [SamplePoint] {
    (0..<problem.sampleCount).map { SamplePoint(image: problem.lower.initialPoint($0)) }
  }

  /// Whether the data redraw their noise.
  public var redrawsMeasurements: Bool { problem.lower.redrawsMeasurements }

  /// Where the lower level starts the sample of an epoch.
  public func startingPoint(of sample: Int, epoch: Int) -> SamplePoint {
    var point = SamplePoint(image: problem.lower.initialPoint(sample, epoch: epoch))
    point.epoch = epoch
    return point
  }

  /// The lower level's own projection.
  public func project(_ theta: inout Parameters) { problem.lower.project(&theta) }

  /// f̃(θ) with its bounds; not finite where θ is finite but admits no lower level.
  public func loss(at theta: Parameters, accuracy: Double, from points: [SamplePoint]) throws
    -> LossEstimate
  {
    let prepared: PreparedProblem
    do {
      prepared = try self.prepared(for: theta)
    } catch let error as ScriptError {
      // A trial step may leave the domain (an overflow, lost convexity); the start may not.
      if last == nil || theta.layout != layout { throw error }
      return .infeasible(points)
    }
    let estimator = estimator
    let (results, seconds) = try map(points) { index, workspace, workers in
      estimator.loss(
        prepared.sample(index, epoch: points[index].epoch, in: workspace, workers: workers),
        accuracy: accuracy,
        from: WarmStart(points[index]), budget: .max, workspace: workspace)
    }
    let penalty = try problem.penalty?.value(at: theta) ?? 0
    var estimate = LossEstimate(results, at: points, penalty: penalty)
    estimate.isEstimated = estimate.isEstimated || problem.lower.assumesConvexity
    estimate.seconds = seconds
    return estimate
  }

  /// z with ω and the loss at the same points.
  public func gradient(at theta: Parameters, accuracy: Accuracy, from points: [SamplePoint]) throws
    -> GradientEstimate
  {
    try checkBound()
    let prepared = try prepared(for: theta)
    let estimator = estimator
    let (results, seconds) = try map(points) { index, workspace, workers in
      estimator.hypergradient(
        prepared.sample(index, epoch: points[index].epoch, in: workspace, workers: workers),
        accuracy: accuracy,
        from: WarmStart(points[index]), budget: .max, workspace: workspace)
    }
    let mean = HypergradientMean(results, correct: estimator.correct)
    var z = mean.z
    try problem.penalty?.addGradient(at: theta, to: &z)
    let penalty = try problem.penalty?.value(at: theta) ?? 0
    var loss = LossEstimate(results, at: points, penalty: penalty)
    loss.isEstimated = loss.isEstimated || problem.lower.assumesConvexity
    loss.seconds = seconds
    return GradientEstimate(
      value: z,
      errorBound: estimator.bound == .certified ? mean.errorBound : mean.errorEstimate,
      boundKind: estimator.bound.rawValue,
      loss: loss)
  }

  /// Throws where a bound is asked for that only an assumption stands for.
  private func checkBound() throws {
    guard estimator.bound == .certified, problem.lower.assumesConvexity else { return }
    throw ScriptError(
      "the problem's convexity is assumed ('assumed_convexity'), so nothing is certified; give the "
        + "hypergradient bound = \"estimated\" or \"none\"")
  }

  /// Over the active samples; nil where they are no images.
  public func meanPSNR(of points: [SamplePoint]) -> Double? {
    let values = points.indices.filter { points[$0].isActive }.compactMap { index in
      problem.lower.truth(index).flatMap {
        try? PSNR().value(of: points[index].image, truth: $0)
      }
    }
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  private func prepared(for theta: Parameters) throws -> PreparedProblem {
    if let last, last.theta == theta { return last }
    let prepared = try problem.prepared(for: theta)
    last = prepared
    return prepared
  }

  /// The results of the active samples, in order, and how long the workers took.
  private func map<Result: Sendable>(
    _ points: [SamplePoint], _ body: @Sendable (Int, Workspace, Int) throws -> Result
  ) throws -> ([Result], PhaseSeconds) {
    let active = points.indices.filter { points[$0].isActive }
    let executor = problem.executor
    let workers = executor.workersPerSample(active.count)
    let timed = try executor.map(active.count) { index, workspace in
      workspace.seconds = PhaseSeconds()
      return (try body(active[index], workspace, workers), workspace.seconds)
    }
    var seconds = PhaseSeconds()
    for (_, part) in timed { seconds += part }
    return (timed.map(\.0), seconds)
  }
}

extension WarmStart {
  init(_ point: SamplePoint) {
    self.init(x: point.image, q: point.adjoint, subspace: point.subspace)
  }
}

extension LossEstimate {
  /// The means over the active samples, in sample order.
  init(_ losses: [SampleLoss], at points: [SamplePoint], penalty: Double) {
    self.init(
      value: penalty, upperBound: penalty, lowerBound: penalty, points: points, cost: Cost(),
      losses: Array(repeating: 0, count: points.count), penalty: penalty)
    let weight = 1 / Double(losses.count)
    for (index, loss) in zip(points.indices.filter { points[$0].isActive }, losses) {
      add(loss, weight: weight)
      cost += loss.cost
      self.losses[index] = loss.value
      self.points[index].image = loss.warmStart.x
      self.points[index].adjoint = loss.warmStart.q ?? self.points[index].adjoint
      self.points[index].distance = loss.errorBound
      self.points[index].outcome = loss.outcome
    }
    cost.batchedIterations =
      (losses.map(\.cost.lowerIterations).max() ?? 0)
      + (losses.map(\.cost.linearIterations).max() ?? 0)
  }

  /// The means over the active samples at which a gradient was formed, and the cost of both.
  init(_ gradients: [SampleHypergradient], at points: [SamplePoint], penalty: Double) {
    self.init(gradients.map(\.loss), at: points, penalty: penalty)
    cost = Cost()
    for (index, gradient) in zip(points.indices.filter { points[$0].isActive }, gradients) {
      cost += gradient.cost
      self.points[index].adjoint = gradient.warmStart.q
      self.points[index].subspace = gradient.warmStart.subspace
      self.points[index].outcome = gradient.loss.outcome.worse(gradient.linearOutcome)
    }
    cost.batchedIterations =
      (gradients.map(\.cost.lowerIterations).max() ?? 0)
      + (gradients.map(\.cost.linearIterations).max() ?? 0)
  }

  private mutating func add(_ loss: SampleLoss, weight: Double) {
    value += weight * loss.value
    upperBound += weight * (loss.value + loss.upperSlack)
    lowerBound += weight * (loss.value - loss.lowerSlack)
    isEstimated = isEstimated || loss.isEstimated
  }

  /// No value at all: a θ at which there is no lower level.
  static func infeasible(_ points: [SamplePoint]) -> LossEstimate {
    var points = points
    for i in points.indices { points[i].outcome = .nonFinite }
    return LossEstimate(
      value: .infinity, upperBound: .infinity, lowerBound: .infinity, points: points, cost: Cost(),
      losses: Array(repeating: .infinity, count: points.count))
  }
}

extension Outcome {
  /// The one of the two that says more about what went wrong.
  func worse(_ other: Outcome) -> Outcome { severity >= other.severity ? self : other }

  /// How bad an end it is: 0 for `converged`.
  var severity: Int {
    switch self {
    case .converged: 0
    case .uncertified: 1
    case .budget, .timeLimit: 2
    case .iterationLimit: 3
    case .stalled: 4
    case .interrupted: 5
    case .indefinite: 6
    case .nonFinite: 7
    }
  }
}
