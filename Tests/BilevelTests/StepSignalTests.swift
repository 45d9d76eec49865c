import Bilevel
import Imaging
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The one-dimensional problems of Ehrhardt & Roberts 2021, on their signals (`generate_signals.py`).
///
/// Their differences take the signal for 0 to the left of its first point. That is total variation
/// with free ends of the odd extension (−x_N … −x_1, 0, x_1 … x_N): its minimiser is odd, so the
/// problem is theirs twice. They add up squared errors where we take the mean: their f is n/2 times
/// ours, and so are their penalties.
private struct StepSignals {
  let problem: BilevelProblem
  let objective: BilevelObjective
  /// n/2.
  let scale: Double

  init(count: Int, penalty weight: Double = 0) throws {
    let fixture = Fixture("step_signals")
    let (ends, observed) = (fixture["ends"], fixture["observed\(count)"])
    let points = observed.shape[1]
    scale = Double(count) / 2
    let samples = (0..<count).map { i in
      let (first, last) = (Int(ends[flat: 2 * i]), Int(ends[flat: 2 * i + 1]))
      return Sample(
        truth: Self.extended((0..<points).map { $0 >= first && $0 < last ? 1 : 0 }),
        observed: Self.extended((0..<points).map { observed[flat: i * points + $0] }))
    }
    var model = BilevelProblem.Model(regularizer: Sum([TotalVariation(), Tikhonov()]))
    if weight > 0 { model.penalty = ConditionNumberPenalty(weight: weight / scale) }
    model.executor = ThreadExecutor(threads: 2)
    problem = try BilevelProblem(model, samples: samples)
    objective = BilevelObjective(problem)
  }

  private static func extended(_ signal: [Double]) -> Tensor {
    let elements = signal.reversed().map { -$0 } + [0] + signal
    return Tensor(elements, shape: [1, 1, elements.count])
  }

  /// θ for log₁₀ of α, ξ and ν, in the paper's order.
  func theta(_ alpha: Double, _ xi: Double, _ nu: Double) -> Parameters {
    Parameters([alpha, nu, xi].map { $0 * log(10.0) }, layout: objective.layout)
  }

  /// f as the paper has it.
  func exactLoss(_ theta: Parameters) throws -> Double {
    try objective.loss(at: theta, accuracy: 1e-8, from: objective.startingPoints()).value * scale
  }
}

/// f at log₁₀ θ and its error, from the logs of the published runs.
@Test(
  "The published values of the objective are met, so that the signals are the published ones",
  arguments: [
    (10, 0.0, [-0.32293624, -3, -3], 1.37168111, 4.3e-6),
    (10, 0.0, [-0.30893624, -3, -3], 1.37159429, 4.9e-6),
    (20, 1e-6, [-0.42036267, -2.78022638, -2.52692895], 2.89091265, 4.0e-5),
  ])
func publishedValues(
  _ count: Int, _ weight: Double, _ theta: [Double], _ published: Double, _ error: Double
) throws {
  let signals = try StepSignals(count: count, penalty: weight)
  let value = try signals.exactLoss(signals.theta(theta[0], theta[1], theta[2]))
  #expect(abs(value - published) < error, "\(value)")
}

/// A run of DFO-LS: where it ended, and the cost and the exact f at each incumbent.
private struct LearnedSignals {
  let state: UpperLevelState
  private(set) var path: [(evaluations: Int, cost: Int, loss: Double)] = []

  init(_ signals: StepSignals, _ method: DFOLS, from theta: Parameters) throws {
    let objective = BilevelObjective(signals.problem, estimator: method.hypergradient)
    var path: [(evaluations: Int, cost: Int, loss: Double)] = []
    state = try iterate(
      method, on: UpperLevelTask(objective), from: theta, until: Stopping(tolerance: 0)
    ) { _, state in
      path.append(
        (
          state.interpolation?.evaluations ?? 0, state.cost.total,
          try signals.exactLoss(state.theta)
        ))
    }.state
    self.path = path
  }

  /// f at the last incumbent.
  var loss: Double { path.last?.loss ?? .infinity }

  /// The evaluations after which f first was at most this, and their cost.
  func first(at loss: Double) -> (evaluations: Int, cost: Int, loss: Double)? {
    path.first { $0.loss <= loss }
  }
}

/// One of the published problems, with the f at which the published runs with dynamic accuracy ended:
/// by FISTA and by gradient descent.
///
/// With three parameters f has a valley along ξ, down to 2.827 and 4.980 at its lower bound; the 100
/// published evaluations end somewhere in it, as ours do: there we are 1.0 % and 0.6 % above.
private struct PublishedProblem: CustomStringConvertible {
  let description: String
  let count: Int
  let weight: Double
  let evaluations: Int
  let byFISTA: (loss: Double, evaluations: Int)
  let byGradientDescent: Double
  /// The fixed numbers of iterations that dynamic accuracy beats.
  ///
  /// With one parameter 200 iterations suffice where solves start from the last minimiser, as ours do.
  var beaten = [200, 2000]

  static let all = [
    PublishedProblem(
      description: "1 parameter", count: 10, weight: 0, evaluations: 20, byFISTA: (1.37159, 20),
      byGradientDescent: 1.37159, beaten: [2000]),
    PublishedProblem(
      description: "3 parameters, w = 1e-6", count: 20, weight: 1e-6, evaluations: 260,
      byFISTA: (2.88064, 150), byGradientDescent: 2.85253),
    PublishedProblem(
      description: "3 parameters, w = 1e-4", count: 20, weight: 1e-4, evaluations: 260,
      byFISTA: (5.04666, 150), byGradientDescent: 5.01022),
  ]

  /// A run with dynamic accuracy, or with a fixed number of iterations.
  func run(_ signals: StepSignals, _ solver: any LowerLevelSolver, isFixed: Bool) throws
    -> LearnedSignals
  {
    var method = DFOLS()
    method.maximumEvaluations = evaluations
    method.solver = solver
    method.accuracy = isFixed ? .fixed : .dynamic
    if weight == 0 {
      method.blocks = ["r1_log_weight"]
      return try LearnedSignals(signals, method, from: signals.theta(0, -3, -3))
    }
    method.upper = .blocks(["r1_log_smoothing": 0, "r2_log_weight": 0])
    return try LearnedSignals(signals, method, from: signals.theta(0, -1, -1))
  }
}

@Test(
  "Dynamic accuracy comes within 0.1 % of the published objectives or below, for less than fixed ones",
  arguments: PublishedProblem.all)
private func reproducesPublishedRuns(_ problem: PublishedProblem) throws {
  let signals = try StepSignals(count: problem.count, penalty: problem.weight)
  func fista(_ iterations: Int) -> FISTA {
    FISTA(maximumIterations: iterations, step: .certified)
  }
  let dynamic = try problem.run(signals, fista(1_000_000), isFixed: false)
  let reached = try #require(dynamic.first(at: 1.001 * problem.byFISTA.loss))
  #expect(reached.evaluations <= problem.byFISTA.evaluations)
  #expect(dynamic.loss < 1.001 * problem.byGradientDescent)
  #expect(dynamic.state.interpolation?.evaluations == problem.evaluations)
  #expect(dynamic.state.outcomes.failures.isEmpty)
  for iterations in problem.beaten {
    let fixed = try problem.run(signals, fista(iterations), isFixed: true)
    // The lowest f that both reach.
    let loss = max(dynamic.loss, fixed.loss)
    #expect(try #require(dynamic.first(at: loss)).cost < (try #require(fixed.first(at: loss))).cost)
  }
}
