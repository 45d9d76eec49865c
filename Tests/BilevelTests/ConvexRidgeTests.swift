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

@Suite struct ConvexRidgeTests {
  /// The published regularizers beside the package.
  private static func weights(_ name: String) throws -> PretrainedWeights {
    PretrainedWeights(try NumPyArchive.read(Fixture.sharedFolder + "weights/\(name).npz"))
  }

  /// Their oracle: the regularizer and the numbers of other code.
  private struct Oracle {
    let regularizer: ConvexRidge
    let numbers: Fixture
    let data: Fixture

    init() throws {
      regularizer = try ConvexRidge(
        ConvexRidge(), trainedAs: ConvexRidgeTests.weights("CRR_IFT"))
      numbers = try #require(Fixture(shared: "CRR_IFT__img00c96"))
      data = try #require(Fixture(shared: "data_img00c96"))
    }

    var theta: Parameters { regularizer.initialParameters(RandomSource(seed: 1)) }

    func evaluator(_ type: ElementType = .float64) throws -> any RegularizerEvaluator {
      try regularizer.prepared(for: theta, elementType: type).evaluator(
        for: [1, 96, 96], workers: 1)
    }

    func energy() throws -> VariationalEnergy {
      let energy = VariationalEnergy(
        fidelity: SquaredL2(), operator: IdentityOperator().prepared(for: [1, 96, 96], .float64),
        regularizer: try regularizer.prepared(for: theta, elementType: .float64))
      energy.observe(data.image("y"))
      return energy
    }

    /// Derivatives by θ, block after block.
    func derivatives(_ prefix: String) -> [[Double]] {
      [
        "regularizer.filters.0.parametrizations.weight.original", "regularizer.filters.1.weight",
        "regularizer.filters.2.weight", "regularizer.scaling", "regularizer.beta", "alpha",
        "scale",
      ].map { numbers["\(prefix)/\($0)"].elements }
    }

    func blocks(_ values: [Double]) -> [[Double]] {
      let theta = Parameters(values, layout: regularizer.layout)
      return regularizer.layout.blocks.map { theta.block($0.name)?.elements ?? [] }
    }
  }

  @Test(
    .enabled(if: Fixture.hasShared, "needs ../shared/data"),
    arguments: ["x", "y", "xhat"])
  func agreesWithTheOracle(_ point: String) throws {
    let oracle = try Oracle()
    let evaluator = try oracle.evaluator()
    let x = point == "xhat" ? oracle.numbers.image("xhat") : oracle.data.image(point)
    let tolerance = 1e-10
    let prefix = "at\(point)_"
    let value = oracle.numbers.number(prefix + "R")
    #expect(relativeError(evaluator.value(at: x), value) < tolerance)
    var image = Tensor(zeros: x.shape)
    #expect(relativeError(evaluator.addGradient(at: x, to: &image), value) < tolerance)
    #expect(relativeError(image, oracle.numbers.image(prefix + "gradR")) < tolerance)
    image.fill(with: 0)
    evaluator.prepareCurvature(at: x)
    evaluator.addHessianProduct(oracle.data.image("v"), to: &image)
    #expect(relativeError(image, oracle.numbers.image(prefix + "hvpR")) < tolerance)
    var mixed = [Double](repeating: 0, count: oracle.theta.count)
    evaluator.addMixedProduct(at: x, oracle.data.image("q"), to: &mixed, offset: 0)
    for (block, expected) in zip(oracle.blocks(mixed), oracle.derivatives(prefix + "mixed_q")) {
      #expect(relativeError(block, expected) < tolerance)
    }
  }

  /// In Float32 to its own rounding: responses are many widths of the potential.
  @Test(.enabled(if: Fixture.hasShared, "needs ../shared/data"))
  func singlePrecisionIsClose() throws {
    let oracle = try Oracle()
    let evaluator = try oracle.evaluator(.float32)
    let x = oracle.data.image("y").converted(to: .float32)
    var image = Tensor(zeros: x.shape, .float32)
    let value = evaluator.addGradient(at: x, to: &image)
    #expect(relativeError(value, oracle.numbers.number("aty_R")) < 1e-5)
    #expect(relativeError(image, oracle.numbers.image("aty_gradR")) < 3e-3)
    #expect(relativeError(evaluator.value(at: x), value) < 1e-6)
  }

  /// ‖x̃ − x̂‖ ≤ ‖∇g(x̃)‖/μ for the oracle's x̃, and the hypergradient there.
  @Test(.enabled(if: Fixture.hasShared, "needs ../shared/data"))
  func minimiserAndHypergradientAreTheOracles() throws {
    let oracle = try Oracle()
    let energy = try oracle.energy()
    let minimizer = oracle.numbers.image("xhat")
    var gradient = minimizer
    let value = energy.gradient(at: minimizer, into: &gradient)
    #expect(gradient.norm / energy.strongConvexity < 1e-8)
    #expect(relativeError(value, oracle.numbers.number("E_xhat")) < 1e-10)
    var residual = minimizer
    residual.add(oracle.data.image("x"), times: -1)
    let system = LinearSystem(
      energy.curvature(at: minimizer), norm: energy.smoothness,
      strongConvexity: energy.strongConvexity, rightSide: residual)
    let adjoint = ConjugateGradient().solve(
      system, from: nil, accuracy: 1e-11, budget: .max, workspace: Workspace())
    #expect(relativeError(adjoint.q, oracle.numbers.image("adjoint_w")) < 1e-8)
    var z = [Double](repeating: 0, count: energy.parameterCount)
    energy.addMixedProduct(at: minimizer, adjoint.q, to: &z)
    for (block, expected) in zip(oracle.blocks(z.map { -$0 }), oracle.derivatives("hypergrad")) {
      #expect(relativeError(block, expected) < 1e-8)
    }
  }

  /// The weakly convex model's derivatives against differences; its kinks are a set of measure zero.
  @Test(.enabled(if: Fixture.hasShared, "needs ../shared/data"))
  func thePublishedWeaklyConvexModelIsConsistent() throws {
    let weights = try Self.weights("WCRR_IFT")
    let regularizer = WeaklyConvexRidge(try ConvexRidge(ConvexRidge(), trainedAs: weights))
    let theta = regularizer.initialParameters(RandomSource(seed: 1))
    let evaluator = try regularizer.prepared(for: theta, elementType: .float64)
      .evaluator(for: [1, 24, 20], workers: 1)
    var random = RandomSource(seed: 4)
    let x = Tensor(normal: [1, 24, 20], deviation: 0.2, from: &random)
    let d = Tensor(normal: [1, 24, 20], from: &random)
    func moved(_ t: Double) -> Tensor {
      var moved = x
      moved.add(d, times: t)
      return moved
    }
    var gradient = Tensor(zeros: x.shape)
    _ = evaluator.addGradient(at: x, to: &gradient)
    let difference = centralDifference(1e-7) { [evaluator.value(at: moved($0))] }
    #expect(relativeError(gradient.dot(d), difference[0]) < 1e-5)
  }

  @Test func startsWithCentredFiltersAndThePublishedConstants() throws {
    let regularizer = ConvexRidge()
    let theta = regularizer.initialParameters(RandomSource(seed: 3))
    #expect(theta.count == 13767)
    #expect(theta == regularizer.initialParameters(RandomSource(seed: 3)))
    let filters = try #require(theta.block("filters_1")).elements
    for k in 0..<4 { #expect(abs(filters[k * 25..<(k + 1) * 25].reduce(0, +)) < 1e-12) }
    let scaling = try #require(theta.block("scaling")).elements
    #expect(scaling.allSatisfy { abs($0 - log(20)) < 1e-15 })
    #expect(theta.values.suffix(3) == [4, 0, 0])
    // Normalised: the curvature at 0 is that of the potential.
    let prepared = try regularizer.prepared(for: theta, elementType: .float64)
    let smoothness = prepared.smoothness(for: [1, 48, 40])
    #expect(smoothness < 1.3 * exp(4) && smoothness > 0.9 * exp(4))
  }

  /// A constant added to a filter of the first layer changes nothing; a factor of all neither.
  @Test(arguments: [ConvexRidge.Normalization.fourier, .power])
  func meansAndFactorsOfFiltersDoNotMatter(_ normalization: ConvexRidge.Normalization) throws {
    let regularizer = ConvexRidge(
      channels: [3, 6], sizes: [5, 3], normalization: normalization, normalizationSize: 12)
    let theta = regularizer.initialParameters(RandomSource(seed: 8))
    var other = theta
    for i in 0..<75 { other.values[i] = 3 * other.values[i] + Double(i / 25) }
    var random = RandomSource(seed: 4)
    let x = Tensor(normal: [1, 15, 11], from: &random)
    func value(_ theta: Parameters) throws -> Double {
      try regularizer.prepared(for: theta, elementType: .float64)
        .evaluator(for: x.shape, workers: 1).value(at: x)
    }
    #expect(relativeError(try value(other), try value(theta)) < 1e-9)
  }

  /// Several workers add up in the same order.
  @Test func workersDoNotChangeTheBits() throws {
    let regularizer = WeaklyConvexRidge(ConvexRidge(channels: [4, 8, 20], potential: .logCosh))
    let theta = regularizer.initialParameters(RandomSource(seed: 2))
    let prepared = try regularizer.prepared(for: theta, elementType: .float32)
    var random = RandomSource(seed: 5)
    let x = Tensor(normal: [1, 70, 45], .float32, from: &random)
    let results = [1, 3].map { workers in
      let evaluator = prepared.evaluator(for: x.shape, workers: workers)
      var gradient = Tensor(zeros: x.shape, .float32)
      let value = evaluator.addGradient(at: x, to: &gradient)
      var mixed = [Double](repeating: 0, count: theta.count)
      evaluator.addMixedProduct(at: x, gradient, to: &mixed, offset: 0)
      return gradient.elements + mixed + [value, evaluator.value(at: x)]
    }
    #expect(results[0] == results[1])
  }

  @Test func theProjectionKeepsDenoisingStronglyConvex() throws {
    let regularizer = WeaklyConvexRidge()
    var theta = regularizer.initialParameters(RandomSource(seed: 2))
    theta.values[theta.count - 2] = 2
    regularizer.project(&theta)
    #expect(theta.values[theta.count - 2] == log(0.9))
    let prepared = try regularizer.prepared(for: theta, elementType: .float64)
    #expect(1 + prepared.strongConvexity(for: [1, 48, 48]) > 0)
    #expect(prepared.strongConvexity <= prepared.strongConvexity(for: [1, 48, 48]))
  }

  @Test func saysWhatDoesNotFit() throws {
    let regularizer = ConvexRidge(boundary: .reflect)
    #expect(regularizer.misfit(of: [1, 3, 3]) == nil)
    #expect(regularizer.misfit(of: [1, 2, 9]) != nil)
    #expect(regularizer.misfit(of: [3, 9, 9]) != nil)
    var theta = regularizer.initialParameters(RandomSource(seed: 1))
    for (index, value) in [(0, Double.nan), (theta.count - 2, 1e4), (theta.count - 3, 1e4)] {
      var broken = theta
      broken.values[index] = value
      #expect(throws: ScriptError.self) {
        try regularizer.prepared(for: broken, elementType: .float64)
      }
    }
    for i in 0..<100 { theta.values[i] = 1 }
    #expect(throws: ScriptError.self) {
      try regularizer.prepared(for: theta, elementType: .float64)
    }
  }

  /// The published names and those of the blocks make the same regularizer; anything else is named.
  @Test func readsTrainedModelsAndNamesWhatIsWrong() throws {
    let regularizer = ConvexRidge(channels: [2, 3], sizes: [3, 5])
    let theta = regularizer.initialParameters(RandomSource(seed: 6))
    let published = [
      "filters_1": "regularizer.filters.0.parametrizations.weight.original",
      "filters_2": "regularizer.filters.1.weight", "scaling": "regularizer.scaling",
      "beta": "regularizer.beta", "alpha": "alpha", "scale": "scale",
    ]
    func tensors(_ names: [String: String]) throws -> [(String, Tensor)] {
      try regularizer.layout.blocks.map {
        (names[$0.name] ?? $0.name, try #require(theta.block($0.name)))
      }
    }
    func read(_ arrays: [(String, Tensor)]) throws -> ConvexRidge {
      var named = NamedTensors()
      for (name, tensor) in arrays { named.append(tensor, named: name) }
      return try ConvexRidge(ConvexRidge(), trainedAs: PretrainedWeights(named))
    }
    for names in [[:], published] {
      let trained = try read(try tensors(names))
      #expect(trained.channels == [2, 3] && trained.sizes == [3, 5])
      #expect(trained.initialParameters(RandomSource(seed: 1)) == theta)
    }
    let good = try tensors(published)
    var wrong = [
      good + [("regularizer.gamma", Tensor(zeros: [1]))], Array(good.dropFirst()),
      Array(good.dropLast()),
    ]
    for (index, shape) in [(0, [2, 1, 3, 5]), (1, [3, 4, 5, 5]), (1, [3, 2, 4, 4]), (2, [4])] {
      var arrays = good
      arrays[index].1 = Tensor(zeros: Shape(shape))
      wrong.append(arrays)
    }
    for arrays in wrong { #expect(throws: Mismatch.self) { try read(arrays) } }
  }
}
