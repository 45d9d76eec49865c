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

/// The laws of losses that compare with a truth.
@Suite struct LossLawTests {
  static let losses: [(name: String, loss: any UpperLoss)] = [
    ("squared_l2", SquaredL2Loss()), ("huber", HuberLoss(width: 0.15)),
    ("wide huber", HuberLoss(width: 100)), ("ssim", SSIMLoss()),
    ("gaussian ssim", SSIMLoss(SSIM(window: .gaussian, peak: 2), weight: 0.3)),
  ]

  static func picture(_ seed: UInt64, deviation: Double = 0.1) -> Tensor {
    var random = RandomSource(seed: seed)
    let shape: Shape = [2, 13, 15]
    return Tensor(
      (0..<shape.count).map { ($0 % 15 < 7 ? 0.2 : 0.7) + deviation * random.normal() },
      shape: shape)
  }

  private func gradient(_ loss: any UpperLoss, _ x: Tensor, _ truth: Tensor) -> Tensor {
    var gradient = x
    let value = loss.gradient(at: x, truth: truth, into: &gradient)
    #expect(relativeError(value, loss.value(at: x, truth: truth)) < 1e-12)
    return gradient
  }

  @Test(arguments: losses.indices)
  func gradientIsTheDerivative(_ index: Int) {
    let loss = Self.losses[index].loss
    let (x, truth) = (Self.picture(1), Self.picture(2))
    for seed in UInt64(3)..<8 {
      let d = Self.picture(seed, deviation: 0.5)
      let difference = centralDifference(1e-5) {
        [loss.value(at: x.moved($0, along: d), truth: truth)]
      }
      #expect(relativeError(gradient(loss, x, truth).dot(d), difference[0]) < 1e-6)
    }
  }

  /// Where images are dark and flat too, where the similarity is most curved.
  @Test(arguments: losses.indices)
  func gradientsChangeByNoMoreThanTheirConstant(_ index: Int) {
    let loss = Self.losses[index].loss
    var largest = 0.0
    for seed in UInt64(0)..<60 {
      let level = [1, 0.1, 0.01, 0.001][Int(seed % 4)]
      var (x, truth) = (Self.picture(seed), Self.picture(seed + 100))
      x.scale(by: level)
      truth.scale(by: seed % 8 < 4 ? level : 1)
      if seed % 5 == 0 { truth.fill(with: 0) }
      var d = Self.picture(seed + 200, deviation: 0.5)
      if seed % 3 == 0 { d.fill(with: 1) }
      d.scale(by: 0.01 * level / d.norm)
      let change = gradient(loss, x.moved(1, along: d), truth)
        .squaredDistance(to: gradient(loss, x, truth)).squareRoot()
      largest = max(largest, change / d.norm)
      if loss.isConvex {
        var difference = gradient(loss, x.moved(1, along: d), truth)
        difference.add(gradient(loss, x, truth), times: -1)
        #expect(difference.dot(d) >= 0)
      }
    }
    #expect(largest <= loss.smoothness * (1 + 1e-9))
    if loss.isConvex { #expect(largest > 0.9 * loss.smoothness) }
  }

  /// Uniformly dark windows come near the constant: it is not idle.
  @Test func theConstantOfTheSimilarityIsNearlyAttained() {
    let loss = SSIMLoss()
    let truth = Tensor(zeros: [1, 40, 40])
    let x = truth
    let d = Tensor(repeating: 1e-5, shape: x.shape)
    let change = gradient(loss, x.moved(1, along: d), truth)
      .squaredDistance(to: gradient(loss, x, truth)).squareRoot()
    #expect(change / d.norm > 0.3 * loss.smoothness, "\(change / d.norm / loss.smoothness)")
    #expect(change / d.norm < loss.smoothness)
    #expect(!loss.isConvex)
  }

  @Test(arguments: SSIM.Window.allCases)
  func similarityIsThatOfTheMetric(_ window: SSIM.Window) throws {
    let metric = SSIM(window: window)
    let (x, truth) = (Self.picture(1), Self.picture(2))
    let windows = window == .uniform ? 2 * 7 * 9 : 2 * 3 * 5
    #expect(metric.windowCount(of: x.shape) == windows)
    let expected = Double(windows) * (1 - (try metric.value(of: x, truth: truth)))
    #expect(relativeError(SSIMLoss(metric).value(at: x, truth: truth), expected) < 1e-12)
    #expect(abs(SSIMLoss(metric).value(at: x, truth: x)) < 1e-10)
    #expect(gradient(SSIMLoss(metric), x, x).norm < 1e-9)
  }

  @Test func huberIsQuadraticWithinAndLinearBeyond() {
    let x = Tensor([0, 0.1, -0.2, 3, -3], shape: [1, 1, 5])
    let truth = Tensor(zeros: [1, 1, 5])
    let expected = 0.01 + 0.04 + 2 * (2 * 0.25 * 3 - 0.0625)
    #expect(relativeError(HuberLoss(width: 0.25).value(at: x, truth: truth), expected) < 1e-14)
    let squared = SquaredL2Loss().value(at: x, truth: truth)
    #expect(relativeError(HuberLoss(width: 5).value(at: x, truth: truth), squared) < 1e-14)
  }

  @Test func smallImagesAreNamed() {
    var model = BilevelProblem.Model(regularizer: Tikhonov())
    model.loss = SSIMLoss()
    let image = Tensor(zeros: [1, 6, 9])
    do {
      _ = try BilevelProblem(model, samples: [Sample(truth: image, observed: image)])
      Issue.record("no error")
    } catch { #expect("\(error)".contains("size of a window, not {1, 6, 9}")) }
  }
}

/// Hypergradients, their bounds and their estimates where the loss is not quadratic.
@Suite struct OtherLossHypergradientTests {
  /// Over one of two images, or over both, whose errors may cancel.
  static func problem(_ loss: any UpperLoss, only index: Int? = nil) throws -> BilevelProblem {
    var model = BilevelProblem.Model(regularizer: TotalVariation())
    model.loss = loss
    model.executor = ThreadExecutor(threads: 1)
    var random = RandomSource(seed: 5)
    let samples = (0..<2).map { _ in
      let truth = (0..<130).map { $0 % 13 < 6 ? 0.2 : 0.8 }
      return Sample(
        truth: Tensor(truth, shape: [1, 10, 13]),
        observed: Tensor(truth.map { $0 + 0.1 * random.normal() }, shape: [1, 10, 13]))
    }
    return try BilevelProblem(model, samples: index.map { [samples[$0]] } ?? samples)
  }

  static let losses: [any UpperLoss] = [HuberLoss(width: 0.05), SSIMLoss(weight: 0.01)]

  private func estimate(
    _ problem: BilevelProblem, _ bound: ErrorBound, _ accuracy: Double
  ) throws -> GradientEstimate {
    let objective = BilevelObjective(problem, estimator: Implicit(bound: bound))
    return try objective.gradient(
      at: Parameters([-2.5, -3], layout: problem.layout),
      accuracy: Accuracy(lowerLevel: accuracy, linearSystem: accuracy),
      from: objective.startingPoints())
  }

  private func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }

  @Test(arguments: losses.indices)
  func hypergradientAgreesWithDifferences(_ index: Int) throws {
    let problem = try Self.problem(Self.losses[index])
    let objective = BilevelObjective(problem)
    let z = try estimate(problem, .none, 1e-10).value
    for i in z.indices {
      let slope = try centralDifference(1e-5) { step in
        var theta = Parameters([-2.5, -3], layout: problem.layout)
        theta.values[i] += step
        return [
          try objective.loss(at: theta, accuracy: 1e-11, from: objective.startingPoints()).value
        ]
      }
      #expect(relativeError(z[i], slope[0]) < 1e-5)
    }
  }

  @Test(arguments: losses.indices, [0, 1])
  func boundsAndEstimatesHoldTheError(_ index: Int, _ sample: Int) throws {
    let problem = try Self.problem(Self.losses[index], only: sample)
    let exact = try estimate(problem, .none, 1e-11)
    let size = distance(exact.value, exact.value.map { _ in 0 })
    var judged = 0
    for accuracy in [1, 0.3, 0.1, 3e-2, 1e-2, 1e-3, 1e-4, 1e-5] {
      let certified = try estimate(problem, .certified, accuracy)
      let error = distance(certified.value, exact.value)
      let bound = try #require(certified.errorBound)
      #expect(error <= bound + 1e-9 * size, "\(accuracy)")
      #expect(exact.loss.value <= certified.loss.upperBound + 1e-9)
      #expect(exact.loss.value >= certified.loss.lowerBound - 1e-9)
      let estimated = try estimate(problem, .estimated, accuracy)
      let truth = distance(estimated.value, exact.value)
      guard truth < 0.25 * size, truth > 1e-8 * size else { continue }
      judged += 1
      let ratio = try #require(estimated.errorBound) / truth
      #expect(0.85 <= ratio && ratio <= 1.6, "\(accuracy): \(ratio)")
    }
    #expect(judged >= 3)
  }

  /// MAID, whose bounds of a loss that is not convex are wider below, decreases the true loss.
  @Test(arguments: losses.indices)
  func learningDecreasesTheTrueLoss(_ index: Int) throws {
    let problem = try Self.problem(Self.losses[index])
    let objective = BilevelObjective(problem)
    func truth(_ theta: Parameters) throws -> Double {
      try objective.loss(at: theta, accuracy: 1e-10, from: objective.startingPoints()).value
    }
    let start = Parameters([-2.5, -3], layout: problem.layout)
    let first = try truth(start)
    let solution = try iterate(
      MAID(), on: UpperLevelTask(objective, tolerance: 1e-3), from: start,
      until: Stopping(tolerance: 1e-3, maximumIterations: 12, budget: 300_000)
    ) { _, _ in }
    let last = try truth(solution.state.theta)
    #expect(last < 0.9 * first)
  }
}
