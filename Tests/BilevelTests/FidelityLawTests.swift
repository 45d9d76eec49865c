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

/// The laws of `Fidelity`, for every member.
@Suite struct FidelityLawTests {
  static let shape: Shape = [2, 7, 6]

  /// Observations from 0 to 1.5, a tenth of them 0.
  static let observed = Tensor(
    (0..<shape.count).map { $0 % 10 == 3 ? 0 : 0.75 + 0.75 * sin(1.7 * Double($0)) }, shape: shape)

  static func member(_ name: String) throws -> any Fidelity {
    switch name {
    case "squared_l2": return SquaredL2(weight: 1.7)
    case "weighted": return try WeightedSquaredL2(weights(varying: true))
    case "equal weights": return try WeightedSquaredL2(weights(varying: false))
    case "huber": return HuberFidelity(width: 0.3, weight: 2.5)
    default: return PoissonFidelity(background: 0.2, largest: 1.5, weight: 3)
    }
  }

  static let names = ["squared_l2", "weighted", "equal weights", "huber", "poisson"]

  static func weights(varying: Bool) -> WeightedSquaredL2.Options {
    var options = WeightedSquaredL2.Options()
    options.weights = Tensor(
      (0..<shape.count).map { varying ? Double($0 % 7) / 2 : 0.4 }, shape: shape)
    return options
  }

  /// Predictions from −0.5 to 2, none of them at a kink of Huber's.
  static func prediction(_ seed: UInt64) -> Tensor {
    var random = RandomSource(seed: seed)
    return Tensor((0..<shape.count).map { _ in 0.75 + 0.5 * random.normal() }, shape: shape)
  }

  private func gradient(_ fidelity: any Fidelity, _ z: Tensor) -> Tensor {
    var gradient = z
    let value = fidelity.gradient(at: z, observed: Self.observed, into: &gradient)
    let alone = fidelity.value(at: z, observed: Self.observed)
    #expect(relativeError(value, alone) < 1e-13)
    return gradient
  }

  private func product(_ fidelity: any Fidelity, _ z: Tensor, _ v: Tensor) -> Tensor {
    var product = z
    fidelity.hessianProduct(at: z, observed: Self.observed, v, into: &product)
    return product
  }

  @Test(arguments: names)
  func derivativesAgreeWithDifferences(_ name: String) throws {
    let fidelity = try Self.member(name)
    let (z, v, q) = (Self.prediction(1), Self.prediction(2), Self.prediction(3))
    let slope = centralDifference(1e-6) {
      [fidelity.value(at: z.moved($0, along: v), observed: Self.observed)]
    }
    #expect(relativeError(gradient(fidelity, z).dot(v), slope[0]) < 1e-7)
    let step = name == "huber" ? 1e-7 : 1e-5
    let bend = centralDifference(step) { gradient(fidelity, z.moved($0, along: v)) }
    #expect(relativeError(product(fidelity, z, v), bend) < 1e-6)
    var third = z
    fidelity.thirdProduct(at: z, observed: Self.observed, q, v, into: &third)
    let twist = centralDifference(step) { product(fidelity, z.moved($0, along: v), q) }
    if fidelity.hessianLipschitz > 0 && fidelity.hessianLipschitz.isFinite {
      #expect(relativeError(third, twist) < 1e-6)
    } else {
      #expect(third.norm == 0 && twist.norm < 1e-6)
    }
  }

  @Test(arguments: names)
  func constantsHoldAndAreAttained(_ name: String) throws {
    let fidelity = try Self.member(name)
    var (smallest, largest) = (Double.infinity, 0.0)
    for index in 0..<Self.shape.count {
      for level in [-3, -0.1, 0, 0.1, 0.7, 4] {
        var z = Tensor(repeating: level, shape: Self.shape)
        z[flat: index] = level
        var v = Tensor(zeros: Self.shape)
        v[flat: index] = 1
        let curvature = product(fidelity, z, v)[flat: index]
        (smallest, largest) = (min(smallest, curvature), max(largest, curvature))
        var moved = z
        moved[flat: index] += 0.01
        let change = abs(product(fidelity, moved, v)[flat: index] - curvature)
        #expect(change <= 0.01 * fidelity.hessianLipschitz * (1 + 1e-12) + 1e-12)
      }
    }
    #expect(smallest >= fidelity.strongConvexity && largest <= fidelity.smoothness * (1 + 1e-12))
    #expect(largest > 0.98 * fidelity.smoothness)
    #expect(smallest < fidelity.strongConvexity + 0.02 * fidelity.smoothness)
    if let constant = fidelity.constantCurvature { #expect(constant == fidelity.smoothness) }
  }

  @Test(arguments: names, [1e-6, 1e-3, 0.1, 2])
  func hessianVariationIsBounded(_ name: String, _ radius: Double) throws {
    let fidelity = try Self.member(name)
    let (z, v) = (Self.prediction(1), Self.prediction(2))
    let bound = fidelity.hessianVariationBound(
      at: z, observed: Self.observed, v, radius: radius)
    var largest = 0.0
    for index in 0..<2 * Self.shape.count {
      var d = Self.prediction(UInt64(100 + index))
      if index >= Self.shape.count {
        d.fill(with: 0)
        d[flat: index - Self.shape.count] = index % 2 == 0 ? 1 : -1
      }
      d.scale(by: radius / d.norm)
      let change = product(fidelity, z.moved(1, along: d), v)
        .squaredDistance(to: product(fidelity, z, v)).squareRoot()
      #expect(change <= bound * (1 + 1e-9) + 1e-15)
      largest = max(largest, change)
    }
    #expect(bound <= fidelity.hessianLipschitz * radius * v.norm * (1 + 1e-12) + 1e-300)
    // Sharp where the radius is small: no kink is near, and one pixel can take all of it.
    if radius < 1e-2 { #expect(bound <= 1.1 * largest + 1e-15) }
  }

  @Test(arguments: names)
  func floatAgrees(_ name: String) throws {
    let fidelity = try Self.member(name)
    let z = Self.prediction(1)
    let (single, y) = (z.converted(to: .float32), Self.observed.converted(to: .float32))
    let value = fidelity.value(at: z, observed: Self.observed)
    #expect(relativeError(fidelity.value(at: single, observed: y), value) < 1e-5)
    var slope = single
    _ = fidelity.gradient(at: single, observed: y, into: &slope)
    #expect(relativeError(slope.converted(to: .float64), gradient(fidelity, z)) < 1e-5)
    var product = single
    fidelity.hessianProduct(at: single, observed: y, single, into: &product)
    #expect(relativeError(product.converted(to: .float64), self.product(fidelity, z, z)) < 1e-4)
  }

  /// min z + b − y + y log(y/(z + b)) + m/2 z² has z ≥ 0 with m z² + (1 + m b) z + b − y = 0 where
  /// y ≥ b, and below b the parabola's 1 − y/b + (y/b² + m) z = 0.
  @Test func poissonDenoisingEqualsItsClosedForm() throws {
    let (b, m) = (0.2, 0.5)
    var model = BilevelProblem.Model(regularizer: Tikhonov())
    model.fidelity = PoissonFidelity(background: b, largest: 2)
    let observed = Tensor([0, 0.1, 0.19, 0.2, 0.4, 1, 1.9, 0.7], shape: [1, 2, 4])
    let problem = try BilevelProblem(
      model, samples: [Sample(truth: observed, observed: observed)])
    let theta = Parameters([log(m)], layout: problem.layout)
    let solution = try problem.solve(at: theta, sample: 0, accuracy: 1e-10)
    for (y, z) in zip(observed.elements, solution.x.elements) {
      let p = 1 + m * b
      let above = (-p + (p * p + 4 * m * (y - b)).squareRoot()) / (2 * m)
      let below = (y / b - 1) / (y / (b * b) + m)
      #expect(abs(z - (y >= b ? above : below)) < 1e-9)
    }
  }

  /// A weight of 0 leaves a pixel to the regularizer, one of 3 holds it three times as firmly.
  @Test func weightedDenoisingEqualsItsClosedForm() throws {
    let m = 0.5
    var options = WeightedSquaredL2.Options()
    options.weights = Tensor([0, 1, 3, 0.25], shape: [1, 2, 2])
    var model = BilevelProblem.Model(regularizer: Tikhonov())
    model.fidelity = try WeightedSquaredL2(options)
    let y = Tensor([1, 1, 1, -2], shape: [1, 2, 2])
    let problem = try BilevelProblem(model, samples: [Sample(truth: y, observed: y)])
    let theta = Parameters([log(m)], layout: problem.layout)
    let x = try problem.solve(at: theta, sample: 0, accuracy: 1e-12).x
    for (i, w) in [0, 1, 3, 0.25].enumerated() {
      #expect(abs(x[flat: i] - w * y[flat: i] / (w + m)) < 1e-11)
    }
  }

  /// One outlier moves the mean of its neighbours by at most the width's worth.
  @Test func huberDenoisingEqualsItsClosedForm() throws {
    let (m, h) = (0.5, 0.3)
    var model = BilevelProblem.Model(regularizer: Tikhonov())
    model.fidelity = HuberFidelity(width: h)
    let y = Tensor([0.1, 0.6, 5, -7], shape: [1, 2, 2])
    let problem = try BilevelProblem(model, samples: [Sample(truth: y, observed: y)])
    let theta = Parameters([log(m)], layout: problem.layout)
    let x = try problem.solve(at: theta, sample: 0, accuracy: 1e-11).x
    for (y, x) in zip(y.elements, x.elements) {
      let inner = y / (1 + m)
      let expected = abs(y - inner) <= h ? inner : (y > 0 ? h : -h) / m
      #expect(abs(x - expected) < 1e-10)
    }
  }

  @Test func misuseIsNamed() throws {
    func message(_ body: () throws -> Any) -> String {
      do { _ = try body() } catch { return "\(error)" }
      return "no error"
    }
    var options = WeightedSquaredL2.Options()
    #expect(message { try WeightedSquaredL2(options) }.contains("'weights'"))
    options.weights = Tensor([1, -1], shape: [2])
    #expect(message { try WeightedSquaredL2(options) }.contains("got -1"))
    options.weights = Tensor(zeros: [2])
    #expect(message { try WeightedSquaredL2(options) }.contains("all be 0"))
    options.weights = Tensor([.nan], shape: [1])
    #expect(message { try WeightedSquaredL2(options) }.contains("finite"))

    let image = Tensor([0.5, 2.5, 0.1, 0.2], shape: [1, 2, 2])
    func problem(_ fidelity: any Fidelity, _ observed: Tensor) -> String {
      var model = BilevelProblem.Model(regularizer: Tikhonov())
      model.fidelity = fidelity
      return message {
        try BilevelProblem(model, samples: [Sample(truth: image, observed: observed)])
      }
    }
    #expect(problem(PoissonFidelity(), image).contains("'largest' = 2.0, got 2.5"))
    var negative = image
    negative[flat: 1] = -0.5
    #expect(problem(PoissonFidelity(), negative).contains("got -0.5"))
    #expect(problem(PoissonFidelity(largest: 3), image) == "no error")
    options.weights = Tensor(repeating: 1, shape: [4])
    let wrong = try WeightedSquaredL2(options)
    #expect(problem(wrong, image).contains("{4}"))
  }
}

/// Certificates of hypergradients where the data term is not quadratic.
@Suite struct FidelityCertificateTests {
  @Test(arguments: ["weighted", "huber", "poisson"])
  func boundsHoldTheError(_ name: String) throws {
    var model = BilevelProblem.Model(regularizer: TotalVariation())
    model.fidelity = try FidelityLawTests.member(name)
    model.strongConvexity = 0.2
    model.executor = ThreadExecutor(threads: 1)
    let truth = FidelityLawTests.prediction(9)
    let problem = try BilevelProblem(
      model, samples: [Sample(truth: truth, observed: FidelityLawTests.observed)])
    let theta = Parameters([-2, -2], layout: problem.layout)
    func estimate(_ bound: ErrorBound, _ accuracy: Double) throws -> GradientEstimate {
      let objective = BilevelObjective(problem, estimator: Implicit(bound: bound))
      return try objective.gradient(
        at: theta, accuracy: Accuracy(lowerLevel: accuracy, linearSystem: accuracy),
        from: objective.startingPoints())
    }
    let exact = try estimate(.none, 1e-11)
    for accuracy in [1, 0.1, 1e-2, 1e-4] {
      let certified = try estimate(.certified, accuracy)
      let error = zip(certified.value, exact.value).reduce(0) { sum, pair in
        sum + (pair.0 - pair.1) * (pair.0 - pair.1)
      }.squareRoot()
      let bound = try #require(certified.errorBound)
      #expect(error <= bound + 1e-10, "\(accuracy)")
      #expect(exact.loss.value <= certified.loss.upperBound + 1e-12)
      #expect(exact.loss.value >= certified.loss.lowerBound - 1e-12)
    }
    // Certificates are of use: they shrink with the accuracy, at kinks too.
    let size = exact.value.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let fine = try #require(try estimate(.certified, 1e-7).errorBound)
    #expect(fine < 1e-3 * size, "\(fine / size)")
  }
}
