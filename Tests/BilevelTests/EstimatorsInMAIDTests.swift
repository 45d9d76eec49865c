import Bilevel
import Imaging
import Tensors
import Testing

/// However coarse z is, what MAID accepts decreases the true loss.
@Suite struct EstimatorsInMAIDTests {
  private static func problem() throws -> BilevelProblem {
    var random = RandomSource(seed: 5)
    let samples = (0..<2).map { _ in
      let truth = (0..<90).map { $0 % 10 < 5 ? 0.2 : 0.8 }
      return Sample(
        truth: Tensor(truth, shape: [1, 9, 10]),
        observed: Tensor(truth.map { $0 + 0.1 * random.normal() }, shape: [1, 9, 10]))
    }
    var model = BilevelProblem.Model(regularizer: TotalVariation())
    model.executor = ThreadExecutor(threads: 1)
    return try BilevelProblem(model, samples: samples)
  }

  private static func trueLoss(_ problem: BilevelProblem, _ theta: Parameters) throws -> Double {
    let objective = BilevelObjective(problem)
    return try objective.loss(at: theta, accuracy: 1e-11, from: objective.startingPoints()).value
  }

  private static let estimators: [any HypergradientEstimator] = [
    Unrolled(iterations: 300), Unrolled(iterations: 300, bound: .certified),
    Unrolled(iterations: 30, iteration: .heavyBall, start: .warm), Unrolled(iterations: 2),
    InexactUnrolled(iterations: 100), InexactUnrolled(iterations: 2, iteration: .gradientDescent),
    Truncated(terms: 5), Truncated(terms: 5, bound: .estimated), JacobianFree(),
    JacobianFree(bound: .certified), Neumann(), Neumann(terms: 100, bound: .certified),
  ]

  @Test(arguments: estimators.indices)
  func stepsDecreaseTheTrueLoss(index: Int) throws {
    let problem = try Self.problem()
    let objective = BilevelObjective(problem, estimator: Self.estimators[index])
    var method = MAID()
    method.hypergradient = Self.estimators[index]
    let theta = Parameters([-2.5, -3], layout: problem.layout)
    var last = try Self.trueLoss(problem, theta)
    let first = last
    let solution = try iterate(
      method, on: UpperLevelTask(objective, tolerance: 1e-3), from: theta,
      until: Stopping(tolerance: 1e-3, maximumIterations: 15, budget: 200_000)
    ) { _, state in
      let now = try Self.trueLoss(problem, state.theta)
      #expect(now <= last)
      last = now
    }
    // A z that is not known to descend moves nothing, and says so.
    #expect(last < 0.9 * first || solution.outcome == .stalled)
    if solution.outcome == .stalled, solution.state.iteration == 0 {
      #expect(solution.state.outcomes[.iterationLimit] > 0)
      #expect(solution.state.cost.total < 20_000)
    }
  }
}
