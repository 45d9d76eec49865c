import Bilevel
import Script
import Tensors
import TestSupport
import Testing

private func run(
  _ method: DFOLS, _ objective: any UpperLevelObjective, from start: [Double], steps: Int = .max,
  tolerance: Double = 0, observe: ((UpperLevelState) -> Void)? = nil
) throws -> Solution<UpperLevelState> {
  let task = UpperLevelTask(objective, tolerance: tolerance)
  return try iterate(
    method, on: task, from: Parameters(start, layout: objective.layout),
    until: Stopping(tolerance: tolerance, maximumIterations: steps)
  ) { observe?($1) }
}

private func method(_ lower: Double, _ upper: Double) -> DFOLS {
  var method = DFOLS()
  method.lower = .everywhere(lower)
  method.upper = .everywhere(upper)
  return method
}

@Suite struct DFOLSTests {
  @Test("DFO-LS finds the minimiser of Rosenbrock's residuals, exact or not")
  func findsRosenbrock() throws {
    for isInexact in [false, true] {
      let objective = ResidualObjective.rosenbrock
      objective.isInexact = isInexact
      let solution = try run(method(-3, 3), objective, from: [-1.2, 1])
      #expect(solution.outcome == .converged)
      #expect(distance(solution.state.theta.values, [1, 1]) < 1e-5)
      #expect(objective.evaluations.count < 200)
    }
  }

  @Test("DFO-LS reaches the closed-form minimiser of the quadratic problem")
  func reachesQuadraticMinimiser() throws {
    for seed in 0..<10 {
      let objective = QuadraticObjective(
        samples: 12, dimension: 4, parameters: 2, seed: UInt64(seed))
      let solution = try run(method(-2, 2), objective, from: [1, 1])
      #expect(solution.outcome == .converged)
      #expect(distance(solution.state.theta.values, objective.minimiser) < 1e-4, "seed \(seed)")
    }
  }

  @Test("Every accepted point of a dynamic run decreases the true objective")
  func dynamicStepsDescend() throws {
    for seed in 0..<20 {
      let objective = QuadraticObjective(
        samples: 8, dimension: 4, parameters: 1 + seed % 3, seed: UInt64(seed))
      let start = Array(repeating: 1.0, count: objective.layout.count)
      var last = objective.exactLoss(start)
      _ = try run(method(-4, 4), objective, from: start, tolerance: 1e-5) { state in
        let now = objective.exactLoss(state.theta.values)
        if state.isAccepted { #expect(now < last, "seed \(seed), step \(state.iteration)") }
        last = now
      }
    }
  }

  @Test("All evaluations lie within the bounds, and the end satisfies the conditions of optimality")
  func respectsBounds() throws {
    let objective = ResidualObjective.rosenbrock
    var method = method(-2, 0.5)
    method.upper = .coordinates(Parameters([0.5, 2], layout: objective.layout))
    let solution = try run(method, objective, from: [-1.2, 1])
    #expect(solution.outcome == .converged)
    #expect(objective.evaluations.allSatisfy { $0.theta[0] >= -2 && $0.theta[0] <= 0.5 })
    #expect(objective.evaluations.allSatisfy { $0.theta[1] >= -2 && $0.theta[1] <= 2 })
    // With θ₁ at its bound, θ₂ = θ₁².
    #expect(distance(solution.state.theta.values, [0.5, 0.25]) < 1e-5)
  }

  @Test("Linear residuals in a box: the solution satisfies the Karush-Kuhn-Tucker conditions")
  func solvesBoundedLinearLeastSquares() throws {
    for seed in 0..<20 {
      var random = RandomSource(seed: UInt64(seed))
      let matrix = (0..<8).map { _ in (0..<5).map { _ in random.normal() } }
      // All residuals are positive in the box, so that their absolute values are linear.
      let objective = ResidualObjective(parameters: 5) { theta in
        matrix.map { row in zip(row, theta).reduce(10) { $0 + $1.0 * $1.1 } }
      }
      let solution = try run(method(-0.7, 0.7), objective, from: [0, 0.1, 0, -0.1, 0])
      #expect(solution.outcome == .converged)
      let theta = solution.state.theta.values
      let residuals = objective.residuals(theta)
      for i in 0..<5 {
        let slope = zip(matrix, residuals).reduce(0) { $0 + $1.0[i] * $1.1 }
        let isFree = abs(theta[i]) < 0.7 - 1e-9
        #expect(isFree ? abs(slope) < 1e-3 : slope * theta[i] < 0, "seed \(seed)")
      }
      #expect(objective.evaluations.count < 80)
    }
  }

  @Test("Blocks that are not varied stay as they are")
  func keepsOtherBlocks() throws {
    let layout = ParameterLayout([ParameterBlock("a", [1]), ParameterBlock("b", [2])])
    let objective = BlockObjective(layout) { [$0[0] - 3, $0[1] - 0.4, $0[2] - 0.6, 1] }
    var method = method(0, 1)
    method.blocks = ["b"]
    let solution = try run(method, objective, from: [7, 0, 0])
    #expect(solution.state.theta.values[0] == 7)
    #expect(distance(solution.state.theta.values, [7, 0.4, 0.6]) < 1e-5)
  }

  @Test("The accuracy of evaluations follows the radius and the predicted decrease")
  func accuracyFollowsTheRules() throws {
    let objective = ResidualObjective.rosenbrock
    objective.isInexact = true
    var repeated = 0
    var last: [Double]?
    let solution = try run(method(-3, 3), objective, from: [-1.2, 1])
    for evaluation in objective.evaluations {
      #expect(evaluation.accuracy <= 10 * 0.1 * 0.1 * 100)
      if evaluation.theta == last { repeated += 1 }
      last = evaluation.theta
    }
    #expect(objective.evaluations[0].accuracy == 10 * 0.1 * 0.1)
    let accuracies = objective.evaluations.map(\.accuracy)
    #expect(try #require(accuracies.min()) < 1e-6)
    #expect(repeated > 0, "the incumbent is never evaluated again")
    #expect(solution.state.accuracy?.lowerLevel ?? 1 < 1e-4)
  }

  @Test("A fixed accuracy is asked of every evaluation, and no point is evaluated twice")
  func fixedAccuracy() throws {
    let objective = ResidualObjective.rosenbrock
    var method = method(-3, 3)
    method.accuracy = .fixed
    method.eps = 1e-8
    let solution = try run(method, objective, from: [-1.2, 1])
    #expect(solution.outcome == .converged)
    #expect(objective.evaluations.allSatisfy { $0.accuracy == 1e-8 })
    #expect(Set(objective.evaluations.map(\.theta)).count == objective.evaluations.count)
    #expect(distance(solution.state.theta.values, [1, 1]) < 1e-5)
  }

  @Test("The number of evaluations is limited")
  func evaluationsAreLimited() throws {
    for limit in [1, 2, 3, 10] {
      let objective = ResidualObjective.rosenbrock
      var method = method(-3, 3)
      method.maximumEvaluations = limit
      let solution = try run(method, objective, from: [-1.2, 1])
      #expect(solution.outcome == .iterationLimit)
      #expect(objective.evaluations.count == limit)
      #expect(solution.state.loss != nil)
    }
  }

  @Test("A budget that ends a run anywhere loses nothing: the rest repeats it bit for bit")
  func resumesAfterAnyBudget() throws {
    let objective = ResidualObjective.rosenbrock
    objective.isInexact = true
    let whole = try run(method(-3, 3), objective, from: [-1.2, 1], steps: 8).state
    #expect(whole.iteration >= 8)
    for budget in stride(from: 1, to: whole.cost.total, by: 3) {
      let method = method(-3, 3)
      let limited = UpperLevelTask(objective) { $0.total >= budget ? .budget : nil }
      var first = Iteration(
        method, on: limited,
        resuming: try method.start(
          limited, at: Parameters([-1.2, 1], layout: objective.layout)),
        until: Stopping(tolerance: 0))
      while try first.advance() == nil {}
      var state = first.state
      let task = UpperLevelTask(objective)
      while state.iteration < whole.iteration { try method.step(task, &state) }
      #expect(state.theta == whole.theta, "budget \(budget)")
      #expect(state.loss?.value == whole.loss?.value)
      #expect(state.cost == whole.cost)
      #expect(state.interpolation?.evaluations == whole.interpolation?.evaluations)
    }
  }

  @Test("Two runs are equal to the bit")
  func isDeterministic() throws {
    let states = try (0..<2).map { _ in
      let objective = QuadraticObjective(samples: 6, dimension: 4, parameters: 3, seed: 3)
      return try run(method(-3, 3), objective, from: [1, 1, 1], steps: 10).state
    }
    #expect(states[0].theta == states[1].theta)
    #expect(states[0].cost == states[1].cost)
  }

  @Test("Points without a lower level are avoided, at the start and later")
  func avoidsInfeasiblePoints() throws {
    let objective = ResidualObjective.rosenbrock
    objective.ceiling = 1.05
    let solution = try run(method(-3, 3), objective, from: [1, 0.9])
    #expect(solution.outcome == .converged)
    #expect(objective.exactLoss(solution.state.theta.values) < 1e-6)
    objective.ceiling = -5
    #expect(try run(method(-3, 3), objective, from: [1, 0.9]).outcome == .nonFinite)
  }

  @Test("Bounds that do not fit are misuse, and the message names the block")
  func misuseOfBounds() throws {
    let objective = ResidualObjective.rosenbrock
    func message(_ method: DFOLS, from start: [Double] = [0, 0]) -> String {
      do {
        _ = try run(method, objective, from: start)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(message(DFOLS()).contains("'theta' needs bounds"))
    #expect(message(method(2, 1)).contains("'lower' must be below 'upper'"))
    #expect(message(method(-1, 1), from: [2, 0]).contains("outside of its bounds"))
    var named = method(-1, 1)
    named.blocks = ["theda"]
    #expect(message(named).contains("no 'theda'"))
    named = method(-1, 1)
    named.upper = .blocks(["thetas": 1])
    #expect(message(named).contains("no 'thetas'"))
  }

  @Test("Samples whose solves fail are left out, or end the run, as the policy says")
  func failurePolicies() throws {
    let objective = QuadraticObjective(samples: 5, dimension: 4, parameters: 2, seed: 9)
    objective.maximumIterations = 30
    var strict = method(-2, 2)
    strict.onFailure = .error
    #expect(throws: SolveFailure.self) { try run(strict, objective, from: [1, 1]) }
    var lenient = strict
    lenient.onFailure = .skip
    let skipped = try run(lenient, objective, from: [1, 1], tolerance: 1e-3).state
    #expect(skipped.points.contains { !$0.isActive })
    lenient.onFailure = .tighten
    let kept = try run(lenient, objective, from: [1, 1], tolerance: 1e-3)
    #expect(kept.state.points.allSatisfy { $0.isActive })
    #expect(kept.outcome == .converged)
  }
}

/// Residuals over blocks of the given layout.
private final class BlockObjective: UpperLevelObjective {
  let layout: ParameterLayout
  private let inner: ResidualObjective

  init(_ layout: ParameterLayout, _ residuals: @escaping ([Double]) -> [Double]) {
    self.layout = layout
    inner = ResidualObjective(parameters: layout.count, residuals)
  }

  var lossSmoothness: Double { inner.lossSmoothness }
  func startingPoints() -> [SamplePoint] { inner.startingPoints() }
  func loss(at theta: Parameters, accuracy: Double, from points: [SamplePoint]) -> LossEstimate {
    inner.loss(at: theta, accuracy: accuracy, from: points)
  }
  func gradient(at theta: Parameters, accuracy: Accuracy, from points: [SamplePoint])
    -> GradientEstimate
  {
    inner.gradient(at: theta, accuracy: accuracy, from: points)
  }
}
