import Bilevel
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `InexactUnrolled`, `Neumann`, `Truncated` and `JacobianFree` against what they are said to equal.
@Suite struct AdjointSeriesTests {
  /// H and ∇ℓ at x, dense.
  private static func system(_ sample: SampleProblem, at x: Tensor) -> (DenseMatrix, [Double]) {
    var gradient = x
    _ = sample.loss.gradient(at: x, truth: sample.truth, into: &gradient)
    let matrix = DenseMatrix(of: sample.energy.curvature(at: x), x.shape, x.elementType)
    return (matrix, gradient.elements)
  }

  /// K steps of gradient descent (b = 0) or heavy ball on ½⟨q, Hq⟩ − ⟨g, q⟩ from q = 0.
  private static func descend(
    _ h: DenseMatrix, _ g: [Double], step a: Double, momentum b: Double, count: Int
  ) -> [Double] {
    var q = g.map { _ in 0.0 }
    var last = q
    for _ in 0..<count {
      let product = h * q
      let next = q.indices.map { q[$0] - a * (product[$0] - g[$0]) + b * (q[$0] - last[$0]) }
      (q, last) = (next, q)
    }
    return q
  }

  @Test("K inexact steps are K steps of the same method on the linear system, to 1e-12")
  func equivalence() throws {
    for seed in 0..<20 {
      let instance = RidgeSample(seed: seed)
      let (mu, l) = (instance.energy.strongConvexity, instance.energy.smoothness)
      let sum = l.squareRoot() + mu.squareRoot()
      let rate = (l.squareRoot() - mu.squareRoot()) / sum
      let methods: [(UnrolledIteration, Double, Double, (Int) -> any LinearSolver)] = [
        (.gradientDescent, 2 / (l + mu), 0, { LinearGradientDescent(maximumIterations: $0) }),
        (.heavyBall, 4 / (sum * sum), rate * rate, { LinearHeavyBall(maximumIterations: $0) }),
      ]
      for (iteration, step, momentum, solver) in methods {
        for count in [1, 2, 5, 20, 100] {
          let result = instance.hypergradient(
            InexactUnrolled(iterations: count, iteration: iteration, bound: .none), 1e-2)
          let x = result.warmStart.x
          let (h, g) = Self.system(instance.sample, at: x)
          let q = Self.descend(h, g, step: step, momentum: momentum, count: count)
          #expect(distance(try #require(result.warmStart.q).elements, q) <= 1e-12 * norm(q))
          let solution = solver(count).solve(
            LinearSystem(
              instance.energy.curvature(at: x), norm: l, strongConvexity: mu,
              rightSide: Tensor(g, shape: x.shape)), from: nil, accuracy: 0, budget: .max,
            workspace: Workspace())
          #expect(distance(solution.q.elements, q) <= 1e-11 * norm(q))
          let z = instance.sample.implicitHypergradient(at: x, q)
          #expect(distance(result.z, z) <= 1e-12 * norm(z))
          let residual = distance(h * q, g)
          #expect(abs(result.residualBound - residual) <= 1e-12 * (norm(g) + l * norm(q)))
        }
      }
    }
  }

  @Test("Where second derivatives are constant, inexact and exact unrolling are the same")
  func quadraticsAreUnrolledExactly() {
    for seed in 0..<10 {
      var random = RandomSource(seed: UInt64(seed))
      let energy = QuadraticEnergy(
        spectrum: (1...10).map { Double($0) }, theta: [0.5, -1, 2], &random)
      let truth = Tensor((0..<10).map { _ in random.normal() }, shape: [10])
      let sample = SampleProblem(
        energy: energy, loss: SquaredL2Loss(), truth: truth, initial: Tensor(zeros: [10]))
      for iteration in UnrolledIteration.allCases {
        for count in [1, 3, 17] {
          let exact = sample.hypergradient(
            Unrolled(iterations: count, iteration: iteration), .infinity)
          let inexact = sample.hypergradient(
            InexactUnrolled(iterations: count, iteration: iteration), .infinity,
            from: exact.warmStart)
          #expect(distance(exact.z, inexact.z) <= 1e-12 * norm(exact.z))
        }
      }
    }
  }

  @Test func neumannIsThePartialSumWithItsBound() throws {
    for seed in 0..<20 {
      let instance = RidgeSample(seed: seed)
      let (mu, l) = (instance.energy.strongConvexity, instance.energy.smoothness)
      for terms in [1, 3, 10, 60] {
        let result = instance.hypergradient(Neumann(terms: terms), 1e-3)
        let (h, g) = Self.system(instance.sample, at: result.warmStart.x)
        var (term, sum) = (g, g.map { _ in 0.0 })
        for _ in 0..<terms {
          sum = zip(sum, term).map { $0 + $1 / l }
          term = zip(term, h * term).map { $0 - $1 / l }
        }
        let q = try #require(result.warmStart.q).elements
        #expect(distance(q, sum) <= 1e-12 * norm(sum))
        let promised = pow(1 - mu / l, Double(terms)) * norm(g)
        #expect(distance(q, h.solve(g)) <= promised / mu)
        #expect(result.residualBound <= promised * (1 + 1e-12))
      }
    }
  }

  @Test func jacobianFreeIsOneStep() {
    for seed in 0..<10 {
      let instance = RidgeSample(seed: seed)
      let start = instance.hypergradient(Implicit(bound: .none), 1e-2).warmStart
      for factor in [0.5, 1, 1.9] {
        let a = factor / instance.energy.smoothness
        let result = instance.hypergradient(JacobianFree(stepFactor: factor), 1e-2, from: start)
        var gradient = start.x
        _ = instance.energy.gradient(at: start.x, into: &gradient)
        var next = start.x
        next.add(gradient, times: -a)
        #expect(result.warmStart.x.elements == next.elements)
        let q = zip(next.elements, instance.sample.truth.elements).map { 2 * a * ($0 - $1) }
        let z = instance.sample.implicitHypergradient(at: start.x, q)
        #expect(distance(result.z, z) <= 1e-13 * norm(z))
      }
    }
  }

  @Test func truncatedIsUnrolledFromTheSolution() {
    for seed in 0..<10 {
      let instance = RidgeSample(seed: seed)
      let start = instance.hypergradient(Implicit(bound: .none), 1e-3).warmStart
      for terms in [1, 4, 30] {
        let truncated = instance.hypergradient(Truncated(terms: terms), 1e-3)
        let unrolled = instance.hypergradient(
          Unrolled(iterations: terms, iteration: .gradientDescent, start: .warm), 1e-3, from: start)
        #expect(truncated.z == unrolled.z)
        #expect(truncated.loss.errorBound <= 1e-3)
      }
    }
  }

  private static let estimators: [any HypergradientEstimator] =
    UnrolledIteration.allCases.flatMap { iteration -> [any HypergradientEstimator] in
      [
        Unrolled(iterations: 5, iteration: iteration),
        Unrolled(iterations: 60, iteration: iteration),
        Unrolled(iterations: 300, iteration: iteration),
        InexactUnrolled(iterations: 5, iteration: iteration),
        InexactUnrolled(iterations: 60, iteration: iteration),
        InexactUnrolled(iterations: 300, iteration: iteration),
      ]
    } + [
      Truncated(terms: 3), Truncated(terms: 200), JacobianFree(), Neumann(terms: 3),
      Neumann(terms: 200),
    ]

  @Test("Certified bounds are bounds, for every estimator", arguments: estimators.indices)
  func certifiedBoundsAreBounds(index: Int) throws {
    var estimator = Self.estimators[index]
    estimator.bound = .certified
    var useful = 0
    for seed in 0..<200 {
      let instance = RidgeSample(seed: seed)
      for accuracy in [1, 1e-2, 1e-4, 1e-6] {
        let result = instance.hypergradient(estimator, accuracy)
        let error = distance(result.z, instance.reference.hypergradient)
        let bound = try #require(result.errorBound)
        #expect(error <= bound, "seed \(seed), accuracy \(accuracy)")
        if bound < norm(result.z) { useful += 1 }
      }
    }
    let iterations = (estimator as? Unrolled)?.iterations ?? 0
    if iterations == 300 { #expect(useful > 20) }
  }

  @Test("Estimates are near the truth, however far z is from it", arguments: estimators.indices)
  func estimatesAreNear(index: Int) throws {
    var estimator = Self.estimators[index]
    estimator.bound = .estimated
    for seed in 0..<100 {
      let instance = RidgeSample(seed: seed)
      for accuracy in [1e-3, 1e-5] {
        let result = instance.hypergradient(estimator, accuracy)
        let error = distance(result.z, instance.reference.hypergradient)
        guard error > 1e-8 * norm(result.z) else { continue }
        let ratio = try #require(HypergradientMean([result]).errorEstimate) / error
        #expect(0.9 <= ratio && ratio <= 1.5, "seed \(seed), accuracy \(accuracy): \(ratio)")
      }
    }
  }
}
