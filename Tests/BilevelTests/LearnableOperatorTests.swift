import Bilevel
import CAllocationCounter
import Imaging
import Kernels
import Tensors
import TestSupport
import Testing

/// Operators with parameters in bilevel problems; the laws of their energies are in `EnergyLawTests`.
@Suite struct LearnableOperatorTests {
  private static func problems() throws -> [(String, BilevelProblem)] {
    let variation = TotalVariation()
    return try [
      (
        "lines",
        LearnableOperatorCatalogue.sampling(.lines, [1, 7, 6], regularizer: variation)
      ),
      (
        "entries",
        LearnableOperatorCatalogue.sampling(.entries, [1, 6, 6], regularizer: variation)
      ),
      (
        "blur",
        LearnableOperatorCatalogue.blur(.reflect, [1, 7, 8], [3, 3], regularizer: variation)
      ),
    ].map { ($0, try BilevelProblem(lower: $1, loss: SquaredL2Loss())) }
  }

  @Test func blocksOfTheOperatorComeFirst() throws {
    for (name, problem) in try Self.problems() {
      let names = problem.layout.blocks.map(\.name)
      #expect(names == [name == "blur" ? "kernel" : "sampling", "log_weight", "log_smoothing"])
      #expect(problem.initialParameters().values.count == problem.layout.count)
    }
  }

  /// What `problem:check` tries of derivatives, laws, certificates and the hypergradient.
  @Test func checksPass() throws {
    for (name, problem) in try Self.problems() {
      let report = try problem.check(at: problem.initialParameters(), seed: 3)
      #expect(report.holds, "\(name): \(report)")
    }
  }

  /// −Ĵᵀ Ĥ⁻¹ ∇ℓ with respect to all coordinates, against differences of exact losses.
  @Test func hypergradientsAreDerivatives() throws {
    for (name, problem) in try Self.problems() {
      let theta = problem.initialParameters()
      func reference(_ values: [Double]) throws -> Reference {
        let moved = Parameters(values, layout: problem.layout)
        let energy = try problem.lower.prepared(for: moved)
          .energy(0, in: Workspace(), workers: 1)
        let truth = try #require(problem.lower.truth(0))
        return Reference(energy, loss: problem.loss, truth: truth)
      }
      let exact = try reference(theta.values).hypergradient
      for i in stride(from: 0, to: theta.values.count, by: 4) {
        let difference = try centralDifference(1e-4) { t in
          var values = theta.values
          values[i] += t
          return [try reference(values).loss]
        }
        #expect(
          abs(difference[0] - exact[i]) < 1e-5 * (abs(exact[i]) + norm(exact) / 30),
          "\(name), coordinate \(i): \(difference[0]), \(exact[i])")
      }
      let estimate = try BilevelObjective(problem).gradient(
        at: theta, accuracy: Accuracy(lowerLevel: 1e-9, linearSystem: 1e-9),
        from: BilevelObjective(problem).startingPoints())
      #expect(relativeError(estimate.value, exact) < 1e-6, "\(name)")
    }
  }

  @Test func singlePrecisionAgrees() throws {
    for weights in SamplingOperator.Weights.allCases {
      let wide = EnergyCase("", try LearnableOperatorCatalogue.sampling(weights, [1, 8, 6]))
      let narrow = EnergyCase(
        "",
        try LearnableOperatorCatalogue.sampling(
          weights, [1, 8, 6], regularizer: Sum([Tikhonov(), Tikhonov(initialLogWeight: -2)]),
          .float32))
      let (x, q) = (wide.x, wide.noise(seed: 3))
      let (a, b) = (try wide.energy(), try narrow.energy())
      let single = b.mixedProduct(at: x.converted(to: .float32), q.converted(to: .float32))
      #expect(relativeError(single, a.mixedProduct(at: x, q)) < 1e-5)
    }
  }

  @Test func weightsAreProjected() throws {
    let forward = SamplingOperator(height: 4, width: 3)
    var theta = Parameters([-0.3, 0.2, 1.7, 1], layout: forward.layout)
    forward.project(&theta)
    #expect(theta.values == [0, 0.2, 1, 1])
  }

  /// The nearest kernel of the simplex: no other one is nearer, and kernels stay as they are.
  @Test func kernelsAreProjected() throws {
    var random = RandomSource(seed: 6)
    let kernel = Tensor(normal: [3, 4], from: &random)
    let forward = try BlurOperator(kernel: kernel).learnable()
    var theta = forward.initialParameters(random)
    forward.project(&theta)
    let nearest = theta.values
    #expect(abs(nearest.reduce(0, +) - 1) < 1e-14)
    #expect(nearest.allSatisfy { $0 >= 0 })
    let best = distance(nearest, kernel.elements)
    for _ in 0..<200 {
      let raw = (0..<12).map { _ in max(random.normal(), 0) }
      let sum = max(raw.reduce(0, +), 1e-9)
      let other = raw.map { $0 / sum }
      for share in [0.01, 0.3, 1] {
        let mixed = zip(nearest, other).map { (1 - share) * $0 + share * $1 }
        #expect(distance(mixed, kernel.elements) >= best - 1e-14)
      }
    }
    forward.project(&theta)
    #expect(distance(theta.values, nearest) < 1e-15)
  }

  /// Optimisation with projection finds a kernel that was blurred with.
  @Test func kernelsAreFound() throws {
    var random = RandomSource(seed: 8)
    let truth = Tensor([0.05, 0.1, 0.05, 0.1, 0.5, 0.1, 0, 0.1, 0], shape: [3, 3])
    let blur = try BlurOperator(kernel: truth)
    let start = try BlurOperator(kernel: Tensor(repeating: 1.0 / 9, shape: [3, 3])).learnable()
    let samples = try (0..<3).map { _ in
      let image = Tensor(uniform: [1, 12, 12], from: &random)
      return Sample(
        truth: image, observed: try blur.prepared(for: image.shape, .float64).apply(image))
    }
    let lower = try VariationalLowerLevel(
      forward: start, fidelity: SquaredL2(), regularizer: Tikhonov(initialLogWeight: -6),
      strongConvexity: 0, samples: samples)
    let problem = try BilevelProblem(lower: lower, loss: SquaredL2Loss())
    let objective = BilevelObjective(problem)
    var theta = problem.initialParameters()
    func loss(_ theta: Parameters) throws -> Double {
      try objective.loss(at: theta, accuracy: 1e-5, from: objective.startingPoints()).value
    }
    let before = try loss(theta)
    var step = 1e-3
    for _ in 0..<60 {
      let gradient = try objective.gradient(
        at: theta, accuracy: Accuracy(lowerLevel: 1e-5, linearSystem: 1e-5),
        from: objective.startingPoints())
      var next = theta
      for i in 0..<9 { next.values[i] -= step * gradient.value[i] }
      lower.project(&next)
      if try loss(next) < loss(theta) { (theta, step) = (next, 1.5 * step) } else { step /= 2 }
    }
    let found = Array(theta.values[..<9])
    #expect(try loss(theta) < 0.2 * before)
    #expect(
      distance(found, truth.elements) < 0.4
        * distance(Array(repeating: 1 / 9, count: 9), truth.elements),
      "\(found)")
  }

  @Test func samplingPenaltyHasItsDerivative() throws {
    let layout = ParameterLayout([
      ParameterBlock("sampling", [5]), ParameterBlock("log_weight", [1]),
    ])
    let theta = Parameters([0.1, 0.4, 0.6, 0.9, 1, 3], layout: layout)
    let penalty = SamplingPenalty(linear: 0.3, concave: 0.7)
    var gradient = [Double](repeating: 1, count: 6)
    try penalty.addGradient(at: theta, to: &gradient)
    for i in 0..<6 {
      let difference = try centralDifference(1e-5) { t in
        var moved = theta
        moved.values[i] += t
        return [try penalty.value(at: moved)]
      }
      #expect(abs(gradient[i] - 1 - difference[0]) < 1e-9)
    }
    #expect(throws: (any Error).self) { try SamplingPenalty(block: "mask").value(at: theta) }
  }

  @Test(.enabled(if: allocation_count() >= 0, "needs an allocator that can be counted"))
  func derivativesAllocateNothing() throws {
    for (_, problem) in try Self.problems() {
      let energy = try problem.lower.prepared(for: problem.initialParameters())
        .energy(0, in: Workspace(), workers: 1)
      var random = RandomSource(seed: 9)
      let x = Tensor(normal: energy.shape, from: &random)
      let q = Tensor(normal: energy.shape, from: &random)
      var image = x
      var theta = [Double](repeating: 0, count: energy.parameterCount)
      let direction = theta.map { _ in 1.0 }
      func work() {
        energy.addMixedProduct(at: x, q, to: &theta)
        energy.mixedDirection(at: x, direction, into: &image)
        energy.addMixedVariation(at: x, q, along: x, to: &theta)
        energy.gradient(at: x, into: &image)
      }
      work()
      let before = allocation_count()
      work()
      #expect(allocation_count() == before)
    }
  }
}
