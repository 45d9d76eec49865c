import Bilevel
import CAllocationCounter
import Imaging
import Tensors
import TestSupport
import Testing

/// A trained network against another implementation's numbers for it.
@Suite(.enabled(if: Fixture.hasShared, "needs ../shared/data"))
struct ICNNOracleTests {
  /// Names of the other implementation's arrays in the order of our blocks.
  private static let keys =
    [
      "wx.parametrizations.weight.original", "wx.bias", "wz.weight", "wz.bias", "scaling",
      "smoothing",
    ]
    .map { "regularizer.icnn." + $0 } + ["alpha", "scale"]

  private struct Case {
    let oracle: Fixture
    let data: Fixture
    let theta: Parameters
    let prepared: any PreparedRegularizer
  }

  private func load() throws -> Case {
    let oracle = try #require(Fixture(shared: "ICNN_IFT__img00c96"))
    let data = try #require(Fixture(shared: "data_img00c96"))
    let tensors = try NumPyArchive.read(Fixture.sharedFolder + "weights/ICNN_IFT.npz")
    let regularizer = try ICNN().adopting(PretrainedWeights(tensors))
    let theta = regularizer.initialParameters(RandomSource(seed: 1))
    return Case(
      oracle: oracle, data: data, theta: theta,
      prepared: try regularizer.prepared(for: theta, elementType: .float64))
  }

  private func error(_ ours: [Double], _ theirs: [Double]) -> Double {
    let distance = zip(ours, theirs).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (distance / theirs.reduce(0) { $0 + $1 * $1 }).squareRoot()
  }

  @Test func valuesAndProductsAreTheOracles() throws {
    let known = try load()
    let points = [
      ("atx", known.data.image("x")), ("aty", known.data.image("y")),
      ("atxhat", known.oracle.image("xhat")),
    ]
    for (name, x) in points {
      let evaluator = known.prepared.evaluator(for: x.shape, workers: 1)
      var gradient = Tensor(zeros: x.shape)
      let value = evaluator.addGradient(at: x, to: &gradient)
      let expected = known.oracle.number(name + "_R")
      #expect(abs(value - expected) <= 1e-10 * expected)
      #expect(abs(evaluator.value(at: x) - expected) <= 1e-10 * expected)
      #expect(error(gradient.elements, known.oracle[name + "_gradR"].elements) <= 1e-10)
      var product = Tensor(zeros: x.shape)
      evaluator.prepareCurvature(at: x)
      evaluator.addHessianProduct(known.data.image("v"), to: &product)
      #expect(error(product.elements, known.oracle[name + "_hvpR"].elements) <= 1e-10)
      var mixed = [Double](repeating: 0, count: known.theta.count)
      evaluator.addMixedProduct(at: x, known.data.image("q"), to: &mixed, offset: 0)
      check(mixed, known.oracle, name + "_mixed_q/", known.theta.layout, 1e-10)
    }
  }

  /// Block by block.
  private func check(
    _ ours: [Double], _ oracle: Fixture, _ prefix: String, _ layout: ParameterLayout,
    _ tolerance: Double
  ) {
    for (block, key) in zip(layout.blocks, Self.keys) {
      guard let range = layout.range(of: block.name) else { continue }
      let theirs = oracle[prefix + key].elements
      let part = Array(ours[range])
      if theirs.allSatisfy({ $0 == 0 }) {
        #expect(part.allSatisfy { abs($0) < 1e-12 }, "\(block.name)")
      } else {
        #expect(error(part, theirs) <= tolerance, "\(block.name): \(error(part, theirs))")
      }
    }
  }

  @Test func minimizerAndHypergradientAreTheOracles() throws {
    let known = try load()
    let observed = known.data.image("y")
    let energy = VariationalEnergy(
      fidelity: SquaredL2(), operator: IdentityOperator().prepared(for: observed.shape, .float64),
      regularizer: known.prepared)
    energy.observe(observed)
    let sample = SampleProblem(
      energy: energy, loss: SquaredL2Loss(), truth: known.data.image("x"), initial: observed)
    let result = Implicit(solver: LBFGS(), bound: .none).hypergradient(
      sample, accuracy: Accuracy(lowerLevel: 1e-10, linearSystem: 1e-10), from: nil,
      budget: .max, workspace: Workspace())
    let minimizer = known.oracle.image("xhat")
    let distance = result.warmStart.x.squaredDistance(to: minimizer).squareRoot()
    #expect(distance <= 1e-8 * minimizer.norm)
    // The oracle's loss is half of ours.
    check(result.z.map { $0 / 2 }, known.oracle, "hypergrad/", known.theta.layout, 1e-7)
  }
}

@Suite struct ICNNTests {
  @Test func isConvexOnceProjected() throws {
    let regularizer = ICNN(channels: 6, size: 3, initialScaling: -1, initialSmoothing: -2)
    var random = RandomSource(seed: 4)
    var theta = regularizer.initialParameters(random)
    let shift = Tensor(normal: [theta.count], deviation: 0.5, from: &random)
    for i in theta.values.indices { theta.values[i] += shift[flat: i] }
    let raw = try regularizer.prepared(for: theta, elementType: .float64)
    #expect(raw.strongConvexity < 0)
    regularizer.project(&theta)
    let convex = try regularizer.prepared(for: theta, elementType: .float64)
    #expect(convex.strongConvexity == 0)
    let evaluator = convex.evaluator(for: [1, 12, 15], workers: 1)
    for _ in 0..<50 {
      let x = Tensor(normal: [1, 12, 15], from: &random)
      let y = Tensor(normal: [1, 12, 15], from: &random)
      var middle = x
      middle.setCombination(0.5, x, 0.5, y)
      let chord = 0.5 * (evaluator.value(at: x) + evaluator.value(at: y))
      #expect(evaluator.value(at: middle) <= chord + 1e-12 * abs(chord))
    }
  }

  /// Where Wz passes maps on and biases make all activations as steep and as curved as they can be, the
  /// bound of the Hessian is its norm but for the margin between the points of a grid.
  @Test func smoothnessIsAttained() throws {
    let (features, size, tau) = (5, 3, 0.01)
    let regularizer = ICNN(channels: features, size: size)
    var theta = regularizer.initialParameters(RandomSource(seed: 2))
    var identity = Tensor(zeros: [features, features, size, size])
    for c in 0..<features { identity[flat: (c * features + c) * 9 + 4] = 1 }
    theta.setBlock("wz", to: identity)
    let level = 0.999 * tau
    let bias = { (value: Double) in Tensor(Array(repeating: value, count: features), shape: [5]) }
    theta.setBlock("wx_bias", to: bias(level))
    theta.setBlock("wz_bias", to: bias(level - level * level / (2 * tau)))
    let prepared = try regularizer.prepared(for: theta, elementType: .float64)
    let shape: Shape = [1, 24, 30]
    let evaluator = prepared.evaluator(for: shape, workers: 1)
    evaluator.prepareCurvature(at: Tensor(zeros: shape))
    var random = RandomSource(seed: 7)
    var v = Tensor(normal: shape, from: &random)
    var attained = 0.0
    for _ in 0..<300 {
      v.scale(by: 1 / v.norm)
      var product = Tensor(zeros: shape)
      evaluator.addHessianProduct(v, to: &product)
      attained = product.dot(v)
      v = product
    }
    #expect(attained <= prepared.smoothness)
    #expect(prepared.smoothness < 1.15 * attained, "\(prepared.smoothness / attained)")
  }

  /// The lower bound of a difference is the upper bound of what is subtracted.
  @Test func differenceIsWeaklyConvex() throws {
    let regularizer = IDCNN(ICNN(channels: 4, size: 3, initialScaling: 0, initialSmoothing: -2))
    var theta = regularizer.initialParameters(RandomSource(seed: 4))
    var random = RandomSource(seed: 5)
    let shift = Tensor(normal: [theta.count], deviation: 0.3, from: &random)
    for i in theta.values.indices { theta.values[i] += shift[flat: i] }
    regularizer.project(&theta)
    let single = ICNN(channels: 4, size: 3)
    let count = single.layout.count - 2
    let concave = Parameters(Array(theta.values[count...]), layout: single.layout)
    let subtracted = try single.prepared(for: concave, elementType: .float64)
    let difference = try regularizer.prepared(for: theta, elementType: .float64)
    #expect(
      abs(difference.strongConvexity + subtracted.smoothness) <= 1e-12 * subtracted.smoothness)
    // Some direction does bend down.
    let x = Tensor(normal: [1, 12, 15], from: &random)
    let evaluator = difference.evaluator(for: x.shape, workers: 1)
    evaluator.prepareCurvature(at: x)
    var least = 0.0
    for _ in 0..<20 {
      let v = Tensor(normal: x.shape, from: &random)
      var product = Tensor(zeros: x.shape)
      evaluator.addHessianProduct(v, to: &product)
      least = min(least, product.dot(v) / v.squaredNorm)
    }
    #expect(least < 0 && least >= difference.strongConvexity)
  }

  @Test func softplusHasConstantsAndTheSmoothedReLUHasNone() throws {
    for potential in [ICNN().potential, .softplus] {
      let regularizer = ICNN(channels: 3, size: 3, potential: potential)
      let theta = regularizer.initialParameters(RandomSource(seed: 1))
      let prepared = try regularizer.prepared(for: theta, elementType: .float64)
      #expect(prepared.hessianLipschitz.isFinite == (potential == .softplus))
      #expect(prepared.mixedLipschitz == .infinity)
    }
  }

  @Test func pretrainedWeightsThatDoNotFitAreNamed() throws {
    let regularizer = ICNN(channels: 3, size: 3)
    let theta = regularizer.initialParameters(RandomSource(seed: 1))
    var tensors = NamedTensors()
    let names =
      [
        "wx.parametrizations.weight.original", "wx.bias", "wz.weight", "wz.bias", "scaling",
        "smoothing",
      ]
      .map { "regularizer.icnn." + $0 } + ["alpha", "scale"]
    for (block, name) in zip(theta.layout.blocks, names) {
      tensors.append(try #require(theta.block(block.name)), named: name)
    }
    let adopted = try ICNN().adopting(PretrainedWeights(tensors))
    #expect(adopted.channels == 3 && adopted.size == 3)
    #expect(adopted.initialParameters(RandomSource(seed: 9)) == theta)
    var more = tensors
    more.append(Tensor(zeros: [1]), named: "regularizer.icnn.wy.bias")
    #expect(throws: (any Error).self) { try ICNN().adopting(PretrainedWeights(more)) }
    var fewer = NamedTensors()
    for (name, tensor) in tensors.entries where !name.hasSuffix("wz.bias") {
      fewer.append(tensor, named: name)
    }
    #expect(throws: (any Error).self) { try ICNN().adopting(PretrainedWeights(fewer)) }
  }
}

/// What a network's evaluator has once made, it uses again.
@Suite(.enabled(if: allocation_count() >= 0, "needs an allocator that can be counted"))
struct ICNNAllocationTests {
  @Test(arguments: ElementType.allCases)
  func passesAllocateNothing(_ elementType: ElementType) throws {
    let regularizer = IDCNN(ICNN(channels: 7, size: 3))
    let theta = regularizer.initialParameters(RandomSource(seed: 1))
    let prepared = try regularizer.prepared(for: theta, elementType: elementType)
    let shape: Shape = [1, 33, 21]
    let evaluator = prepared.evaluator(for: shape, workers: 1)
    var random = RandomSource(seed: 2)
    let x = Tensor(normal: shape, elementType, from: &random)
    let q = Tensor(normal: shape, elementType, from: &random)
    var image = Tensor(zeros: shape, elementType)
    var sums = [Double](repeating: 0, count: theta.count)
    let direction = theta.values
    func passes() {
      _ = evaluator.value(at: x)
      _ = evaluator.addGradient(at: x, to: &image)
      evaluator.prepareCurvature(at: x)
      evaluator.addHessianProduct(q, to: &image)
      evaluator.addMixedProduct(at: x, q, to: &sums, offset: 0)
      evaluator.addMixedDirection(at: x, direction, offset: 0, to: &image)
      evaluator.addThirdProduct(at: x, q, x, to: &image)
      evaluator.addMixedVariation(at: x, q, along: x, to: &sums, offset: 0)
    }
    passes()
    let before = allocation_count()
    passes()
    #expect(allocation_count() == before)
  }
}
