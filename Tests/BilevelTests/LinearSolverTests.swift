import Bilevel
import Tensors
import TestSupport
import Testing

private let solvers = SolverCatalogue.linear

/// The laws of every linear solver in the catalogue.
@Suite struct LinearSolverTests {
  private func energy(
    _ seed: UInt64, count: Int = 30, condition: Double = 100, _ type: ElementType = .float64
  ) -> QuadraticEnergy {
    var random = RandomSource(seed: seed)
    let spectrum = (0..<count).map { 1 + (condition - 1) * Double($0) / Double(count - 1) }
    return QuadraticEnergy(spectrum: spectrum, theta: [1], elementType: type, &random)
  }

  private func system(_ energy: QuadraticEnergy, _ b: Tensor) -> LinearSystem {
    LinearSystem(
      energy.curvature(at: b), norm: energy.smoothness, strongConvexity: energy.strongConvexity,
      rightSide: b)
  }

  private func normal(_ count: Int, _ seed: UInt64, _ type: ElementType = .float64) -> Tensor {
    var random = RandomSource(seed: seed)
    return Tensor((0..<count).map { _ in random.normal() }, shape: [count], type)
  }

  private func trueResidual(_ energy: QuadraticEnergy, _ b: Tensor, _ q: Tensor) -> Double {
    distance(energy.hessian * q.elements, b.elements)
  }

  @Test(arguments: solvers.indices)
  func residualIsAtMostDelta(index: Int) {
    for seed in 0..<50 {
      let energy = energy(UInt64(seed))
      let b = normal(30, UInt64(seed) + 1000)
      let exact = Tensor(energy.hessian.solve(b.elements), shape: [30])
      for delta in [1.0, 1e-3, 1e-9] {
        let solution = solvers[index].solve(
          system(energy, b), from: nil, accuracy: delta, budget: .max, workspace: Workspace())
        #expect(solution.outcome == .converged)
        #expect(solution.residualBound <= delta)
        #expect(trueResidual(energy, b, solution.q) <= solution.residualBound)
        #expect(abs(solution.residual.norm - trueResidual(energy, b, solution.q)) <= 1e-12)
        let distance = solution.q.squaredDistance(to: exact).squareRoot()
        #expect(distance <= solution.residualBound / energy.strongConvexity + 1e-12)
        #expect(solution.negativeCurvature == nil)
      }
    }
  }

  @Test(arguments: solvers.indices)
  func theLedgerIsHonest(index: Int) {
    let counted = CountingEnergy(energy(1))
    let b = normal(30, 2)
    for start in [nil, normal(30, 3)] {
      let before = counted.cost.hessianProducts
      let solution = solvers[index].solve(
        LinearSystem(counted.curvature(at: b), norm: 100, strongConvexity: 1, rightSide: b),
        from: start, accuracy: 1e-6, budget: .max, workspace: Workspace())
      #expect(solution.cost.hessianProducts == counted.cost.hessianProducts - before)
      #expect(solution.cost.linearIterations == solution.iterations)
      #expect(solution.cost.lowerIterations == 0)
    }
  }

  @Test(arguments: solvers.indices)
  func zeroRightSideGivesZero(index: Int) {
    let energy = energy(1)
    for start in [nil, normal(30, 2)] {
      let solution = solvers[index].solve(
        system(energy, Tensor(zeros: [30])), from: start, accuracy: 0, budget: .max,
        workspace: Workspace())
      #expect(solution.outcome == .converged)
      #expect(solution.q.elements.allSatisfy { $0 == 0 })
      #expect(solution.residualBound == 0)
      #expect(solution.cost.hessianProducts == (start == nil ? 0 : 1))
    }
  }

  @Test(arguments: solvers.indices)
  func deltaAboveTheRightSideGivesZero(index: Int) {
    let energy = energy(2)
    let b = normal(30, 3)
    let solution = solvers[index].solve(
      system(energy, b), from: nil, accuracy: 2 * b.norm, budget: .max, workspace: Workspace())
    #expect(solution.outcome == .converged)
    #expect(solution.iterations == 0)
    #expect(solution.q.elements.allSatisfy { $0 == 0 })
    #expect(solution.residualBound == b.norm)
  }

  @Test(arguments: solvers.indices)
  func goodWarmStartCostsOneProduct(index: Int) {
    let energy = energy(4)
    let b = normal(30, 5)
    let workspace = Workspace()
    let first = solvers[index].solve(
      system(energy, b), from: nil, accuracy: 1e-6, budget: .max, workspace: workspace)
    let second = solvers[index].solve(
      system(energy, b), from: first.q, accuracy: 1e-6, budget: .max, workspace: workspace)
    #expect(second.outcome == .converged)
    #expect(second.iterations == 0)
    #expect(second.cost.hessianProducts == 1)
    #expect(second.q.elements == first.q.elements)
  }

  @Test(arguments: solvers.indices)
  func badWarmStartIsRefused(index: Int) {
    let energy = energy(6)
    let b = normal(30, 7)
    var far = b
    far.scale(by: 1e6)
    let cold = solvers[index].solve(
      system(energy, b), from: nil, accuracy: 1e-6, budget: .max, workspace: Workspace())
    let warm = solvers[index].solve(
      system(energy, b), from: far, accuracy: 1e-6, budget: .max, workspace: Workspace())
    #expect(warm.q.elements == cold.q.elements)
  }

  @Test(arguments: solvers.indices)
  func theBudgetWidensDelta(index: Int) {
    let energy = energy(8)
    let b = normal(30, 9)
    for budget in 0..<6 {
      let solution = solvers[index].solve(
        system(energy, b), from: nil, accuracy: 1e-9, budget: budget, workspace: Workspace())
      #expect(solution.outcome == .budget)
      #expect(solution.iterations == budget)
      #expect(solution.residualBound > 1e-9)
      #expect(trueResidual(energy, b, solution.q) <= solution.residualBound)
    }
  }

  @Test func theIterationLimitWidensDelta() {
    let energy = energy(8)
    let b = normal(30, 9)
    let solvers: [any LinearSolver] = [
      ConjugateGradient(maximumIterations: 4), MINRES(maximumIterations: 4),
      LinearHeavyBall(maximumIterations: 4), LinearGradientDescent(maximumIterations: 4),
    ]
    for solver in solvers {
      let solution = solver.solve(
        system(energy, b), from: nil, accuracy: 1e-9, budget: .max, workspace: Workspace())
      #expect(solution.outcome == .iterationLimit)
      #expect(solution.iterations == 4)
      #expect(solution.residualBound > 1e-9)
      #expect(trueResidual(energy, b, solution.q) <= solution.residualBound)
    }
  }

  /// Negative curvature ends the solve, or is told where the method can do without convexity.
  @Test(arguments: solvers.indices)
  func negativeCurvatureIsTold(index: Int) throws {
    for seed in 0..<20 {
      var random = RandomSource(seed: UInt64(seed))
      let energy = QuadraticEnergy(spectrum: [-1, 1, 2, 3], theta: [1], &random)
      let b = normal(4, UInt64(seed) + 50)
      let solution = solvers[index].solve(
        LinearSystem(energy.curvature(at: b), norm: 3, rightSide: b), from: nil, accuracy: 1e-9,
        budget: .max, workspace: Workspace())
      #expect(trueResidual(energy, b, solution.q) <= solution.residualBound)
      let isMinres = solvers[index] is MINRES
      #expect(solution.outcome == (isMinres ? .converged : .indefinite), "seed \(seed)")
      let curvature = try #require(solution.negativeCurvature)
      #expect(-1 - 1e-12 <= curvature && curvature <= 0)
    }
  }

  @Test(arguments: solvers.indices)
  func notFiniteIsAnOutcome(index: Int) {
    let solution = solvers[index].solve(
      system(energy(12), Tensor((0..<30).map { _ in .nan }, shape: [30])), from: nil,
      accuracy: 1e-3, budget: .max, workspace: Workspace())
    #expect(solution.outcome == .nonFinite)
    #expect(solution.residualBound == .infinity)
  }

  @Test(arguments: solvers.indices)
  func float32StallsWithAValidBound(index: Int) {
    for seed in 0..<20 {
      let energy = energy(UInt64(seed), condition: 1000, .float32)
      let b = normal(30, UInt64(seed) + 50, .float32)
      let solution = solvers[index].solve(
        system(energy, b), from: nil, accuracy: 1e-12, budget: .max, workspace: Workspace())
      #expect(solution.outcome == .stalled)
      #expect(solution.iterations < 10_000)
      #expect(solution.residualBound < 1e-2)
      #expect(trueResidual(energy, b, solution.q) <= solution.residualBound)
    }
  }

  // MARK: Theorems

  /// Exact arithmetic ends after as many steps as there are eigenvalues.
  @Test func fewEigenvaluesNeedFewSteps() {
    var random = RandomSource(seed: 13)
    let energy = QuadraticEnergy(
      spectrum: (0..<30).map { [1, 10, 100][$0 % 3] }, theta: [1], &random)
    let b = normal(30, 14)
    let solvers: [any LinearSolver] = [ConjugateGradient(), MINRES()]
    for solver in solvers {
      let solution = solver.solve(
        system(energy, b), from: nil, accuracy: 1e-10, budget: .max, workspace: Workspace())
      #expect(solution.outcome == .converged)
      #expect(solution.iterations <= 4)
    }
  }

  /// The residual of MINRES never grows and is at most that of conjugate gradients.
  @Test(arguments: 0..<5)
  func minresHasTheSmallestResidual(seed: Int) {
    let energy = energy(UInt64(seed))
    let b = normal(30, UInt64(seed) + 9)
    var last = b.norm
    for k in 1...25 {
      func residual(_ solver: any LinearSolver) -> Double {
        let solution = solver.solve(
          system(energy, b), from: nil, accuracy: 0, budget: .max, workspace: Workspace())
        return trueResidual(energy, b, solution.q)
      }
      let minres = residual(MINRES(maximumIterations: k))
      #expect(minres <= last * (1 + 1e-12))
      #expect(minres <= residual(ConjugateGradient(maximumIterations: k)) + 1e-12)
      last = minres
    }
  }

  /// What the recursion tells is ⟨r, Hr⟩/‖r‖² of the residuals met.
  @Test(arguments: 0..<5)
  func minresTellsTheResidualsCurvature(seed: Int) {
    var random = RandomSource(seed: UInt64(seed))
    let energy = QuadraticEnergy(
      spectrum: (0..<12).map { 5 - 0.6 * Double($0) }, theta: [1], &random)
    let b = normal(12, UInt64(seed) + 70)
    let problem = LinearSystem(energy.curvature(at: b), norm: 5, rightSide: b)
    var expected: Double?
    for k in 1...8 {
      let before = MINRES(maximumIterations: k - 1).solve(
        problem, from: nil, accuracy: 0, budget: .max, workspace: Workspace()
      ).residual
      let product = energy.hessian * before.elements
      let curvature =
        before.dot(Tensor(product, shape: [12])) / before.squaredNorm
      if curvature <= 0 { expected = min(expected ?? .infinity, curvature) }
      let told = MINRES(maximumIterations: k).solve(
        problem, from: nil, accuracy: 0, budget: .max, workspace: Workspace()
      ).negativeCurvature
      #expect((told == nil) == (expected == nil))
      if let told, let expected { #expect(abs(told - expected) <= 1e-9) }
    }
  }

  /// ‖r_k‖ ≤ ((L − μ)/(L + μ))^k ‖r₀‖ and ‖r_k‖ ≤ (1 + k (1 + r)) r^k ‖r₀‖.
  @Test func stationaryIterationsHaveTheirRates() {
    let energy = energy(15)
    let b = normal(30, 16)
    let root = 10.0
    let rate = (root - 1) / (root + 1)
    for k in [1, 2, 3, 5, 10, 30, 100] {
      func residual(_ solver: any LinearSolver) -> Double {
        trueResidual(
          energy, b,
          solver.solve(
            system(energy, b), from: nil, accuracy: 0, budget: .max, workspace: Workspace()
          ).q)
      }
      var (slow, fast) = (b.norm, (1 + Double(k) * (1 + rate)) * b.norm)
      for _ in 0..<k {
        slow *= 99.0 / 101
        fast *= rate
      }
      let descent = residual(LinearGradientDescent(maximumIterations: k))
      let ball = residual(LinearHeavyBall(maximumIterations: k))
      #expect(descent <= slow * (1 + 1e-9) && descent > 0)
      #expect(ball <= fast * (1 + 1e-9) && ball > 0)
    }
  }

  /// From zero: q⁺ = q − a (Hq − b) + m (q − q₋).
  @Test(arguments: [0.0, 0.6])
  func stationaryIterationsAreThePlainOnes(momentum: Double) {
    let energy = energy(17)
    let b = normal(30, 18)
    let step = 0.013
    var (q, last) = ([Double](repeating: 0, count: 30), [Double](repeating: 0, count: 30))
    for k in 1...60 {
      let product = energy.hessian * q
      let next = (0..<30).map {
        q[$0] - step * (product[$0] - b[flat: $0]) + momentum * (q[$0] - last[$0])
      }
      (last, q) = (q, next)
      var solvers: [any LinearSolver] = [
        LinearHeavyBall(maximumIterations: k, step: step, momentum: momentum)
      ]
      if momentum == 0 { solvers.append(LinearGradientDescent(maximumIterations: k, step: step)) }
      for solver in solvers {
        let solution = solver.solve(
          system(energy, b), from: nil, accuracy: 0, budget: .max, workspace: Workspace())
        #expect(solution.iterations == k)
        #expect(distance(solution.q.elements, q) <= 1e-12 * norm(q))
      }
    }
  }

  @Test func aStepThatIsTooLongIsNotFinite() {
    let energy = energy(19)
    let solution = LinearGradientDescent(step: 1).solve(
      system(energy, normal(30, 20)), from: nil, accuracy: 1e-6, budget: .max,
      workspace: Workspace())
    #expect(solution.outcome == .nonFinite)
    #expect(solution.residualBound == .infinity)
  }
}
