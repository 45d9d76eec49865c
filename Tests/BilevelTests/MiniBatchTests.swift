import Bilevel
import Imaging
import Tensors
import TestSupport
import Testing

/// An objective that notes which samples each gradient was asked for; otherwise the one it is made of.
private final class Witness: UpperLevelObjective {
  let objective: any UpperLevelObjective
  private(set) var batches: [[Int]] = []

  init(_ objective: any UpperLevelObjective) { self.objective = objective }

  var layout: ParameterLayout { objective.layout }
  var lossSmoothness: Double { objective.lossSmoothness }
  var redrawsMeasurements: Bool { objective.redrawsMeasurements }
  func startingPoints() -> [SamplePoint] { objective.startingPoints() }
  func startingPoint(of sample: Int, epoch: Int) -> SamplePoint {
    objective.startingPoint(of: sample, epoch: epoch)
  }
  func project(_ theta: inout Parameters) { objective.project(&theta) }
  func loss(at theta: Parameters, accuracy: Double, from points: [SamplePoint]) throws
    -> LossEstimate
  { try objective.loss(at: theta, accuracy: accuracy, from: points) }
  func gradient(at theta: Parameters, accuracy: Accuracy, from points: [SamplePoint]) throws
    -> GradientEstimate
  {
    batches.append(points.indices.filter { points[$0].isActive })
    return try objective.gradient(at: theta, accuracy: accuracy, from: points)
  }
}

private func batches(
  samples: Int, size: any Schedule, seed: Int, steps: Int,
  change: (QuadraticObjective) -> Void = { _ in }, policy: FailurePolicy = .tighten
) throws -> [[Int]] {
  let objective = QuadraticObjective(samples: samples, dimension: 2, parameters: 1, seed: 1)
  change(objective)
  let witness = Witness(objective)
  var method = ISGD(stepSize: .constant(1e-3), eps: .constant(0.1))
  method.onFailure = policy
  let task = UpperLevelTask(witness, batches: MiniBatches(size: size, seed: seed))
  _ = try iterate(
    method, on: task, from: Parameters([1], layout: objective.layout),
    until: Stopping(tolerance: 0, maximumIterations: steps))
  return witness.batches
}

@Suite struct MiniBatchTests {
  @Test("Each epoch takes every sample once, in an order of its own, a function of the seed")
  func epochs() throws {
    let taken = try batches(samples: 10, size: .constant(4), seed: 3, steps: 8)
    #expect(taken.map(\.count) == [4, 4, 2, 4, 4, 2, 4, 4, 2])
    for epoch in 0..<3 {
      #expect(taken[3 * epoch..<3 * epoch + 3].joined().sorted() == Array(0..<10))
    }
    #expect(taken[0..<3] != taken[3..<6])
    #expect(try batches(samples: 10, size: .constant(4), seed: 3, steps: 8) == taken)
    #expect(try batches(samples: 10, size: .constant(4), seed: 4, steps: 8) != taken)
  }

  @Test("The size follows its schedule, between one sample and all")
  func sizes() throws {
    let growing = try batches(
      samples: 6, size: .geometric(initial: 0.2, ratio: 3), seed: 1, steps: 5)
    #expect(growing.map(\.count) == [1, 1, 2, 2, 6, 6])
  }

  @Test("A sample that is left out is in no later batch, and no place is lost by it")
  func leavesOut() throws {
    let taken = try batches(
      samples: 5, size: .constant(2), seed: 2, steps: 12,
      change: { $0.simulatedFailure = (3, .indefinite) }, policy: .skip)
    let first = try #require(taken.firstIndex { $0.contains(3) })
    #expect(!taken[(first + 1)...].joined().contains(3))
    // The others go on in turn: four of them in two batches.
    let last = taken.suffix(4)
    #expect(last.allSatisfy { $0.count == 2 })
    #expect(Set(last.joined()) == [0, 1, 2, 4])
  }

  @Test("Only the samples of the batch cost anything")
  func costs() throws {
    let problem = try BilevelProblem(.init(regularizer: TotalVariation()), data: scenes())
    let task = UpperLevelTask(
      BilevelObjective(problem, estimator: Implicit(bound: .none)),
      batches: MiniBatches(size: .constant(1), seed: 1))
    var state = try ISGD().start(task, at: problem.initialParameters())
    #expect(state.cost.mixedProducts == 1)
    #expect(state.outcomes[.converged] == 1)
    try ISGD().step(task, &state)
    #expect(state.cost.mixedProducts == 2)
    #expect(state.loss?.points.count { $0.isActive } == 1)
    #expect(state.points.count { $0.adjoint != nil } == 2)
  }

  @Test("A step tells the collector of the points of its batch, a state of all")
  func memory() throws {
    let problem = try BilevelProblem(.init(regularizer: TotalVariation()), data: scenes())
    var plan = RunPlan()
    plan.batches = MiniBatches(size: .constant(1), seed: 1)
    let run = UpperLevelRun(
      ISGD(), of: BilevelObjective(problem), from: problem.initialParameters(), plan: plan)
    let image = 8 * 12 * 12
    #expect(try run.next()?.externalByteCount == 2 * image)
    #expect(run.state?.externalByteCount == 5 * image)
    #expect(try run.next()?.externalByteCount == 2 * image)
    #expect(run.state?.externalByteCount == 6 * image)
  }

  @Test("Warm starts go on where the sample stood; without them nothing is kept")
  func warmStarts() throws {
    let problem = try BilevelProblem(.init(regularizer: TotalVariation()), data: scenes())
    func iterations(_ warm: Bool) throws -> (Int, Int) {
      var method = ISGD(stepSize: .constant(1e-6), eps: .constant(1e-4))
      method.warmStart = warm
      let task = UpperLevelTask(
        BilevelObjective(problem, estimator: method.hypergradient),
        batches: MiniBatches(size: .constant(1), seed: 1))
      var state = try method.start(task, at: problem.initialParameters())
      for _ in 1..<4 { try method.step(task, &state) }
      let first = state.cost.total
      for _ in 0..<4 { try method.step(task, &state) }
      #expect(state.points.contains { $0.adjoint != nil } == warm)
      return (first, state.cost.total - first)
    }
    let (first, second) = try iterations(true)
    #expect(second * 4 < first)
    let (cold, again) = try iterations(false)
    #expect(abs(cold - again) * 10 < cold)
    #expect(cold == first)
  }

  @Test("New noise each epoch: the gradient of an epoch is that of its data, from no warm start")
  func redrawnNoise() throws {
    let data = scenes(redraws: true)
    let model = BilevelProblem.Model(regularizer: TotalVariation())
    let problem = try BilevelProblem(model, data: data)
    let method = ISGD(stepSize: .constant(1e-3), eps: .constant(1e-2))
    let task = UpperLevelTask(BilevelObjective(problem, estimator: method.hypergradient))
    var state = try method.start(task, at: problem.initialParameters())
    for epoch in 0..<3 {
      let fixed = try BilevelProblem(model, samples: data.samples(epoch: epoch))
      let objective = BilevelObjective(fixed, estimator: method.hypergradient)
      let expected = try objective.gradient(
        at: state.theta, accuracy: try #require(state.accuracy), from: objective.startingPoints())
      #expect(state.gradient?.value == expected.value, "epoch \(epoch)")
      try method.step(task, &state)
    }
    // Under batches an epoch lasts until every sample was taken.
    let batched = UpperLevelTask(
      BilevelObjective(problem, estimator: method.hypergradient),
      batches: MiniBatches(size: .constant(3), seed: 1))
    state = try method.start(batched, at: problem.initialParameters())
    #expect(state.points.map(\.epoch) == [0, 0, 0, 0])
    for _ in 0..<3 { try method.step(batched, &state) }
    #expect(state.points.map(\.epoch) == [1, 1, 1, 1])
  }

  private func scenes(redraws: Bool = false) -> Observations {
    var options = DeadLeaves.Options()
    options.count = 4
    options.size = Extent(height: 12, width: 12)
    options.seed = 1
    return Observations(
      of: DeadLeaves(options), noise: GaussianNoise(sigma: 0.1, seed: 2),
      redraws: redraws)
  }
}
