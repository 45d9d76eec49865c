import Bilevel
import Imaging
import Script
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Noisy steps of several shapes.
private func samples(_ count: Int = 3, _ elementType: ElementType = .float64)
  -> [Sample]
{
  (0..<count).map { index in
    let (height, width) = (8 + index, 11 - index)
    var random = RandomSource(seed: 11).substream(index)
    let truth = (0..<height * width).map { $0 % width < width / 2 ? 0.2 : 0.8 }
    let noisy = truth.map { $0 + 0.1 * random.normal() }
    return Sample(
      truth: Tensor(truth, shape: [1, height, width], elementType),
      observed: Tensor(noisy, shape: [1, height, width], elementType))
  }
}

private func problem(threads: Int = 1, penalty: (any Penalty)? = nil) throws -> BilevelProblem {
  var model = BilevelProblem.Model(regularizer: TotalVariation())
  model.executor = ThreadExecutor(threads: threads)
  model.penalty = penalty
  return try BilevelProblem(model, samples: samples())
}

private func start(_ problem: BilevelProblem) -> Parameters {
  Parameters([-2.5, -3], layout: problem.layout)
}

/// f(θ) from solves far more accurate than any difference taken of it.
private func exactLoss(_ objective: BilevelObjective, _ theta: Parameters) throws -> Double {
  try objective.loss(at: theta, accuracy: 1e-11, from: objective.startingPoints()).value
}

@Test("The hypergradient, penalty included, agrees with differences of accurate losses")
func hypergradientAgreesWithDifferences() throws {
  let objective = BilevelObjective(try problem(penalty: SquaredL2Penalty(weight: 0.3)))
  let theta = start(objective.problem)
  let z = try objective.gradient(
    at: theta, accuracy: Accuracy(lowerLevel: 1e-10, linearSystem: 1e-10),
    from: objective.startingPoints())
  let step = 1e-5
  for i in theta.values.indices {
    var (left, right) = (theta, theta)
    left.values[i] -= step
    right.values[i] += step
    let difference = (try exactLoss(objective, right) - exactLoss(objective, left)) / (2 * step)
    #expect(abs(difference - z.value[i]) < 1e-6 * abs(difference))
  }
}

@Test("The condition number's penalty: its value, its gradient, and what it cannot do")
func conditionNumberPenalty() throws {
  var model = BilevelProblem.Model(regularizer: Sum([TotalVariation(), Tikhonov()]))
  model.penalty = ConditionNumberPenalty(weight: 0.01)
  let rows = samples()
  func line(_ tensor: Tensor) -> Tensor { Tensor(reshaping: tensor, to: [1, 1, tensor.count]) }
  let lines = rows.map { Sample(truth: line($0.truth), observed: line($0.observed)) }
  // ‖D‖² is 8 for images, 4 for lines, 8 where there is one image among lines.
  for (norm, data) in [(8.0, rows), (4, lines), (8, lines + rows)] {
    let problem = try BilevelProblem(model, samples: data)
    let penalty = try #require(problem.penalty)
    let theta = Parameters([-1.5, -2, -0.7], layout: problem.layout)
    let xi = exp(-0.7)
    let condition = (1 + norm * exp(0.5) + xi) / (1 + xi)
    let expected = 0.01 * condition * condition
    #expect(abs(try penalty.value(at: theta) - expected) < 1e-13 * expected)
    var gradient = [1.0, 2, 3]
    try penalty.addGradient(at: theta, to: &gradient)
    for i in 0..<3 {
      let slope = try centralDifference(1e-5) { t in
        var moved = theta
        moved.values[i] += t
        return [try penalty.value(at: moved)]
      }[0]
      #expect(abs(gradient[i] - Double(i + 1) - slope) < 1e-8 * expected)
    }
  }
  #expect(throws: ScriptError.self) {
    try ConditionNumberPenalty().value(at: Parameters(zeros: model.regularizer.layout))
  }
  model.regularizer = FieldsOfExperts(filters: 2, size: 3)
  let problem = try BilevelProblem(model, samples: rows)
  let theta = problem.initialParameters()
  var gradient = theta.values
  #expect(try #require(problem.penalty).value(at: theta) > 0.01)
  #expect(throws: ScriptError.self) {
    try problem.penalty?.addGradient(at: theta, to: &gradient)
  }
}

@Test("One MAID run, the same bits with 1, 2 and 3 threads")
func threadsAgree() throws {
  let runs = try [1, 2, 3].map { threads in
    let objective = BilevelObjective(try problem(threads: threads))
    return try iterate(
      MAID(), on: UpperLevelTask(objective), from: start(objective.problem),
      until: Stopping(tolerance: 0, maximumIterations: 4)
    ).state
  }
  for run in runs.dropFirst() {
    #expect(run.theta == runs[0].theta)
    #expect(run.gradient?.value == runs[0].gradient?.value)
    #expect(run.cost == runs[0].cost)
  }
}

@Test("MAID learns the weight and smoothing of total variation, each step a true decrease")
func learnsTotalVariation() throws {
  let objective = BilevelObjective(try problem())
  var last = try exactLoss(objective, start(objective.problem))
  let first = last
  let solution = try iterate(
    MAID(), on: UpperLevelTask(objective, tolerance: 1e-2), from: start(objective.problem),
    until: Stopping(tolerance: 1e-2, maximumIterations: 40)
  ) { _, state in
    let now = try exactLoss(objective, state.theta)
    #expect(now <= last)
    last = now
  }
  #expect(solution.outcome == .converged || solution.outcome == .iterationLimit)
  #expect(last < 0.8 * first)
}

@Test("A lower level that is not strongly convex is refused, and the remedy is named")
func strongConvexityIsDemanded() throws {
  var model = BilevelProblem.Model(regularizer: TotalVariation())
  model.forward = Blind()
  let error = #expect(throws: ScriptError.self) {
    try BilevelProblem(model, samples: samples(1))
  }
  #expect(error?.description.contains("strong_convexity") == true)
  model.strongConvexity = 1e-2
  _ = try BilevelProblem(model, samples: samples(1))
}

@Test("NaN in parameters and data, foreign parameters and shapes that do not fit are misuse")
func misuse() throws {
  let objective = BilevelObjective(try problem())
  let points = objective.startingPoints()
  var theta = start(objective.problem)
  theta.values[0] = .nan
  #expect(throws: ScriptError.self) { try objective.loss(at: theta, accuracy: 1, from: points) }
  let other = ParameterLayout([ParameterBlock("other", [2])])
  #expect(throws: ScriptError.self) {
    try objective.loss(at: Parameters(zeros: other), accuracy: 1, from: points)
  }
  let model = BilevelProblem.Model(regularizer: TotalVariation())
  #expect(throws: ScriptError.self) { try BilevelProblem(model, samples: []) }
  var unequal = samples(2)
  unequal[1] = .init(truth: unequal[1].truth, observed: unequal[0].observed)
  #expect(throws: ScriptError.self) { try BilevelProblem(model, samples: unequal) }
  var spoilt = samples(1)
  var observed = spoilt[0].observed
  observed[flat: 3] = .nan
  spoilt[0] = .init(truth: spoilt[0].truth, observed: observed)
  #expect(throws: ScriptError.self) { try BilevelProblem(model, samples: spoilt) }
}

@Test("A trial step into overflow is rejected, not an error")
func overflowIsRejected() throws {
  let objective = BilevelObjective(try problem())
  var method = MAID()
  method.stepSize = 1e5
  method.maxTrials = 60
  let solution = try iterate(
    method, on: UpperLevelTask(objective), from: start(objective.problem),
    until: Stopping(tolerance: 0, maximumIterations: 1))
  #expect(solution.state.isAccepted)
}

/// An operator that sees nothing of the second half of an image: a mask.
private struct Blind: ForwardOperator {
  func prepared(for domain: Shape, _ elementType: ElementType) -> any PreparedOperator {
    Prepared(domain: domain, elementType: elementType)
  }

  func domain(ofMeasurements codomain: Shape) -> Shape { codomain }

  struct Prepared: PreparedOperator {
    let domain: Shape
    let elementType: ElementType
    var codomain: Shape { domain }
    var normBound: Double { 1 }
    var normalLowerBound: Double { 0 }
    func application(workers: Int) -> any OperatorApplication { Application() }
  }

  final class Application: OperatorApplication {
    func apply(_ image: Tensor, into measurement: inout Tensor) {
      measurement.copyElements(from: image)
      for i in image.count / 2..<image.count { measurement[flat: i] = 0 }
    }
    func applyAdjoint(_ measurement: Tensor, into image: inout Tensor) {
      apply(measurement, into: &image)
    }
    func applyNormal(_ image: Tensor, into product: inout Tensor) { apply(image, into: &product) }
  }
}
