import Bilevel
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct UnrolledTests {
  /// K iterations written down anew, on arrays, with the constants of `energy` whatever g is at hand.
  private static func iterate(
    _ iteration: UnrolledIteration, _ count: Int, on energy: any Energy,
    constantsOf fixed: any Energy, from start: Tensor
  ) -> Tensor {
    let (mu, l) = (fixed.strongConvexity, fixed.smoothness)
    var gradient = start
    var (x, last) = (start.elements, start.elements)
    func gradientStep(_ y: [Double], _ a: Double) -> [Double] {
      energy.gradient(at: Tensor(y, shape: start.shape), into: &gradient)
      return zip(y, gradient.elements).map { $0 - a * $1 }
    }
    var (t, iterate) = (1.0, x)
    for _ in 0..<count {
      switch iteration {
      case .gradientDescent:
        x = gradientStep(x, 2 / (l + mu))
      case .heavyBall:
        let sum = l.squareRoot() + mu.squareRoot()
        let b = pow((l.squareRoot() - mu.squareRoot()) / sum, 2)
        let moved = gradientStep(x, 4 / (sum * sum))
        (x, last) = (zip(moved, zip(x, last)).map { $0 + b * ($1.0 - $1.1) }, x)
      case .fista:
        let q = mu / l
        let a = 1 - q * t * t
        let next = (a + (a * a + 4 * t * t).squareRoot()) / 2
        let beta = (t - 1) * (1 - q * next) / (next * (1 - q))
        let moved = gradientStep(x, 1 / l)
        (x, iterate) = (zip(moved, iterate).map { $0 + beta * ($0 - $1) }, moved)
        t = next
      }
    }
    return Tensor(x, shape: start.shape)
  }

  private static func at(
    _ instance: RidgeSample, _ direction: [Double], times t: Double
  ) -> SmoothedRidgeEnergy {
    instance.energy.at(zip(instance.energy.theta, direction).map { $0 + t * $1 })
  }

  /// Differences of fourth order of t ↦ f(θ + t direction).
  private static func difference(_ f: (Double) -> Double, step h: Double = 1e-3) -> Double {
    (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)
  }

  @Test(arguments: UnrolledIteration.allCases)
  func isTheDerivativeOfTheIterationAsRun(iteration: UnrolledIteration) {
    for (seed, count) in [1, 2, 3, 7, 16, 23, 50].enumerated() {
      var random = RandomSource(seed: UInt64(100 + seed))
      let instance = RidgeSample(seed: seed, stiffness: 3)
      let start = Tensor((0..<12).map { _ in random.normal() }, shape: [12])
      let estimator = Unrolled(iterations: count, iteration: iteration, start: .warm, bound: .none)
      let result = instance.hypergradient(estimator, .infinity, from: WarmStart(x: start))
      for _ in 0..<3 {
        let direction = instance.energy.theta.map { _ in random.normal() }
        let unit = direction.map { $0 / norm(direction) }
        let slope = zip(result.z, unit).reduce(0) { $0 + $1.0 * $1.1 }
        let expected = Self.difference { t in
          let x = Self.iterate(
            iteration, count, on: Self.at(instance, unit, times: t), constantsOf: instance.energy,
            from: start)
          return x.squaredDistance(to: instance.sample.truth)
        }
        #expect(
          abs(slope - expected) <= 1e-7 * max(abs(expected), norm(result.z) / 10),
          "\(count) iterations: \(slope), differences \(expected)")
      }
    }
  }

  @Test(arguments: UnrolledIteration.allCases)
  func iteratesAsTheSolversDo(iteration: UnrolledIteration) {
    for count in [1, 4, 20] {
      let instance = RidgeSample(seed: count)
      let estimator = Unrolled(iterations: count, iteration: iteration, bound: .none)
      let result = instance.hypergradient(estimator, .infinity)
      let expected = Self.iterate(
        iteration, count, on: instance.energy, constantsOf: instance.energy,
        from: instance.sample.initial)
      #expect(distance(result.warmStart.x.elements, expected.elements) <= 1e-12)
      let solver: (any LowerLevelSolver)? =
        switch iteration {
        case .gradientDescent: GradientDescent(maximumIterations: count, step: .certified)
        case .fista: FISTA(maximumIterations: count, step: .certified)
        case .heavyBall: nil
        }
      let solution = solver?.solve(
        instance.energy, from: instance.sample.initial, accuracy: 0, budget: .max,
        workspace: Workspace())
      if let solution {
        #expect(solution.iterations == count)
        #expect(distance(solution.x.elements, expected.elements) <= 1e-12)
      }
    }
  }

  /// ‖z − ∇f‖ = O(K λ^K), and it really falls.
  @Test(arguments: UnrolledIteration.allCases)
  func tendsToTheImplicitOneAtTheLinearRate(iteration: UnrolledIteration) {
    for seed in 0..<5 {
      let instance = RidgeSample(seed: seed, stiffness: 2)
      let root = (instance.energy.strongConvexity / instance.energy.smoothness).squareRoot()
      let rate =
        switch iteration {
        case .gradientDescent: (1 - root * root) / (1 + root * root)
        case .heavyBall: (1 - root) / (1 + root)
        case .fista: (1 - root).squareRoot()
        }
      let size = norm(instance.reference.hypergradient)
      for count in [10, 20, 40, 80, 160, 320] {
        let result = instance.hypergradient(
          Unrolled(iterations: count, iteration: iteration, bound: .none), 1)
        let error = distance(result.z, instance.reference.hypergradient)
        let law = Double(count) * pow(rate, Double(count))
        #expect(error <= 20 * size * law + 1e-12 * size, "seed \(seed), \(count) iterations")
      }
    }
  }

  @Test func warmStartsAreCloserToTheImplicitOne() {
    for seed in 0..<20 {
      let instance = RidgeSample(seed: seed)
      let truth = instance.reference.hypergradient
      let cold = Unrolled(iterations: 30, bound: .none)
      let warm = Unrolled(iterations: 30, start: .warm, bound: .none)
      let point = WarmStart(x: instance.reference.minimizer)
      let first = instance.hypergradient(cold, 1e-6, from: point)
      let second = instance.hypergradient(warm, 1e-6, from: point)
      #expect(first.z == instance.hypergradient(cold, 1e-6).z)
      #expect(distance(second.z, truth) < distance(first.z, truth))
    }
  }

  /// However few iterations are differentiated, the loss is that of a certified point.
  @Test func lossesAreCertified() {
    for seed in 0..<50 {
      let instance = RidgeSample(seed: seed)
      for count in [1, 5, 100] {
        for accuracy in [1, 1e-3, 1e-6] {
          let result = instance.hypergradient(Unrolled(iterations: count), accuracy)
          let loss = result.loss
          #expect(loss.errorBound <= accuracy && loss.outcome == .converged)
          #expect(
            distance(result.warmStart.x.elements, instance.reference.minimizer.elements)
              <= loss.errorBound + 1e-12)
          #expect(instance.reference.loss <= loss.value + loss.upperSlack + 1e-12)
          #expect(instance.reference.loss >= loss.value - loss.lowerSlack - 1e-12)
          #expect(
            result.linearOutcome
              == (result.residualBound <= accuracy ? .converged : .iterationLimit))
        }
      }
    }
  }

  @Test func costsAreCounted() {
    let instance = RidgeSample(seed: 1)
    for count in [1, 10, 100] {
      let cost = instance.hypergradient(Unrolled(iterations: count, bound: .none), .infinity).cost
      #expect(cost.lowerIterations == count && cost.linearIterations == count)
      #expect(cost.mixedProducts == count && cost.hessianProducts == count + 1)
      #expect(cost.gradients <= 2 * count + 1)
    }
  }

  @Test func budgetEndsTheIteration() {
    let instance = RidgeSample(seed: 1)
    let result = Unrolled(iterations: 50, bound: .none).hypergradient(
      instance.sample, accuracy: Accuracy(lowerLevel: 1e-9, linearSystem: 1e-9), from: nil,
      budget: 10, workspace: Workspace())
    #expect(result.linearOutcome == .budget)
    #expect(result.loss.cost.lowerIterations == 10)
    let short = instance.hypergradient(Unrolled(iterations: 10, bound: .none), .infinity)
    #expect(distance(result.z, short.z) <= 1e-14 * norm(short.z))
  }
}
