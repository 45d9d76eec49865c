import Bilevel
import Imaging
import Script
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct L1PenaltyTests {
  private static let layout = ParameterLayout([
    ParameterBlock("filters", [3]), ParameterBlock("log_weights", [2], .exponential),
  ])
  private static let theta = Parameters([0, 0.5, -2, 1e-3, -0.7], layout: layout)

  @Test(arguments: [nil, ["filters"], ["log_weights"]])
  func gradientIsTheDerivative(_ blocks: [String]?) throws {
    let penalty = L1Penalty(weight: 0.3, smoothing: 0.01, blocks: blocks)
    var gradient = [Double](repeating: 1, count: 5)
    try penalty.addGradient(at: Self.theta, to: &gradient)
    for i in 0..<5 {
      let slope = try centralDifference(1e-6) { step in
        var moved = Self.theta
        moved.values[i] += step
        return [try penalty.value(at: moved)]
      }
      #expect(abs(gradient[i] - 1 - slope[0]) < 1e-8)
    }
  }

  @Test func itLiesBelowTheNormByTheSmoothingAtMost() throws {
    let sum = 0.5 + 2 + 1e-3 + 0.7
    for smoothing in [1e-1, 1e-4, 1e-9] {
      let value = try L1Penalty(weight: 2, smoothing: smoothing).value(at: Self.theta)
      #expect(value <= 2 * sum && value >= 2 * (sum - 5 * smoothing))
    }
  }

  @Test func unknownBlocksAreNamed() {
    do {
      _ = try L1Penalty(blocks: ["filter"]).value(at: Self.theta)
      Issue.record("no error")
    } catch { #expect("\(error)".contains("no block 'filter'")) }
  }
}

@Suite struct CurvaturePenaltyTests {
  private static func options(threshold: Double) -> CurvaturePenalty.Options {
    var options = CurvaturePenalty.Options()
    options.weight = 0.1
    options.threshold = threshold
    options.images = 2
    options.iterations = 5_000
    options.tolerance = 1e-15
    return options
  }

  private static func problem(_ regularizer: any Regularizer) throws -> BilevelProblem {
    let samples = (0..<3).map { index in
      var random = RandomSource(seed: UInt64(index))
      let truth = Tensor(
        (0..<42).map { ($0 % 7 < 3 ? 0.2 : 0.8) + 0.02 * random.normal() }, shape: [1, 6, 7])
      return Sample(truth: truth, observed: truth)
    }
    return try BilevelProblem(BilevelProblem.Model(regularizer: regularizer), samples: samples)
  }

  private static let members: [any Regularizer] = [
    TotalVariation(initialLogSmoothing: -2),
    FieldsOfExperts(
      filters: 3, size: 3, boundary: .zero, initialLogSmoothing: -1.5, initialFilterNorm: 1),
  ]

  /// λ_max(∂²R/∂x²)² by many products with a dense matrix.
  private func squaredNorm(
    _ problem: BilevelProblem, _ regularizer: any Regularizer, _ theta: Parameters, _ index: Int
  ) throws -> Double {
    let truth = try #require(problem.lower.truth(index))
    let evaluator = try regularizer.prepared(for: theta, elementType: .float64)
      .evaluator(for: truth.shape, workers: 1)
    evaluator.prepareCurvature(at: truth)
    var v = [Double](repeating: 0, count: truth.count)
    var random = RandomSource(seed: 77)
    for i in v.indices { v[i] = random.normal() }
    var square = 0.0
    for _ in 0..<5_000 {
      let size = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
      var product = Tensor(zeros: truth.shape)
      evaluator.addHessianProduct(
        Tensor(v.map { $0 / size }, shape: truth.shape), to: &product)
      square = product.squaredNorm
      v = product.elements
    }
    return square
  }

  @Test(arguments: members.indices)
  func valueIsTheMeanSquaredNorm(_ index: Int) throws {
    let regularizer = Self.members[index]
    let problem = try Self.problem(regularizer)
    let theta = problem.initialParameters(seed: 4)
    let squares = try (0..<2).map { try squaredNorm(problem, regularizer, theta, $0) }
    let penalty = CurvaturePenalty(Self.options(threshold: 0)).resolved(for: problem.lower)
    let mean = (squares[0] + squares[1]) / 2
    let value = try penalty.value(at: theta)
    #expect(relativeError(value, 0.1 * mean) < 1e-8)
    // A threshold between the two images' norms counts for the smaller one.
    let (low, high) = (min(squares[0], squares[1]), max(squares[0], squares[1]))
    let between = CurvaturePenalty(Self.options(threshold: 0.5 * (low + high)))
      .resolved(for: problem.lower)
    let expected = 0.1 * (0.5 * (low + high) + high) / 2
    let cut = try between.value(at: theta)
    #expect(relativeError(cut, expected) < 1e-8)
  }

  @Test(arguments: members.indices)
  func gradientIsTheDerivative(_ index: Int) throws {
    let problem = try Self.problem(Self.members[index])
    let theta = problem.initialParameters(seed: 4)
    let penalty = CurvaturePenalty(Self.options(threshold: 0)).resolved(for: problem.lower)
    var gradient = [Double](repeating: 0, count: theta.values.count)
    try penalty.addGradient(at: theta, to: &gradient)
    let size = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for i in gradient.indices {
      let slope = try centralDifference(1e-4) { step in
        var moved = theta
        moved.values[i] += step
        return [try penalty.value(at: moved)]
      }
      #expect(abs(gradient[i] - slope[0]) < 1e-5 * size, "\(i)")
    }
  }

  @Test func belowTheThresholdNothingHappens() throws {
    let problem = try Self.problem(Self.members[0])
    let theta = problem.initialParameters()
    let penalty = CurvaturePenalty(Self.options(threshold: 1e9)).resolved(for: problem.lower)
    let value = try penalty.value(at: theta)
    #expect(value == 0.1 * 1e9)
    var gradient = [0.0, 0.0]
    try penalty.addGradient(at: theta, to: &gradient)
    #expect(gradient == [0, 0])
  }

  @Test func onlyProblemsOverImagesHaveIt() {
    let theta = Parameters([1], layout: ParameterLayout([ParameterBlock("x", [1])]))
    do {
      _ = try CurvaturePenalty().value(at: theta)
      Issue.record("no error")
    } catch { #expect("\(error)".contains("over images")) }
  }
}
