import Bilevel
import Tensors
import TestSupport
import Testing

private let solvers = SolverCatalogue.lowerLevel

/// The laws of every solver in the catalogue.
@Suite struct LowerLevelSolverTests {
  @Test(arguments: solvers.indices)
  func certificateHoldsOnRandomProblems(index: Int) {
    let solver = solvers[index]
    let workspace = Workspace()
    for seed in 0..<200 {
      var random = RandomSource(seed: UInt64(seed))
      let stiffness = random.uniform(1, 30)
      let energy = SmoothedRidgeEnergy.random(stiffness: stiffness, &random)
      let minimizer = Reference(energy, loss: SquaredL2Loss(), truth: Tensor(zeros: [12])).minimizer
      let accuracy = 1 / exponentOfTen(random.uniform(0, 6))
      let start = Tensor((0..<12).map { _ in 3 * random.normal() }, shape: [12])
      let before = start.elements
      let solution = solver.solve(
        energy, from: start, accuracy: accuracy, budget: .max, workspace: workspace)
      let distance = solution.x.squaredDistance(to: minimizer).squareRoot()
      #expect(solution.outcome == .converged, "seed \(seed)")
      #expect(solution.errorBound <= accuracy, "seed \(seed)")
      #expect(distance <= solution.errorBound, "seed \(seed)")
      #expect(start.elements == before)
      var gradient = solution.x
      #expect(energy.gradient(at: solution.x, into: &gradient) == solution.value)
      #expect(gradient.elements == solution.gradient.elements)
    }
  }

  @Test(arguments: solvers.indices)
  func certificateHoldsAtTheFloorOfFloat32(index: Int) {
    for seed in 0..<40 {
      let exact = energy(seed, .float64)
      let minimizer = Reference(exact, loss: SquaredL2Loss(), truth: Tensor(zeros: [12])).minimizer
      let solution = solvers[index].solve(
        energy(seed, .float32), from: Tensor(zeros: [12], .float32), accuracy: 1e-12, budget: .max,
        workspace: Workspace())
      let distance = solution.x.converted(to: .float64).squaredDistance(to: minimizer).squareRoot()
      #expect(solution.outcome == .stalled, "seed \(seed)")
      #expect(solution.iterations < 5000, "seed \(seed): \(solution.iterations)")
      #expect(solution.errorBound < 1e-4, "seed \(seed)")
      #expect(distance <= solution.errorBound, "seed \(seed)")
    }
    func energy(_ seed: Int, _ type: ElementType) -> SmoothedRidgeEnergy {
      var random = RandomSource(seed: UInt64(seed))
      return .random(stiffness: 10, elementType: type, &random)
    }
  }

  @Test func goodStartCostsNoIteration() {
    var random = RandomSource(seed: 5)
    let energy = SmoothedRidgeEnergy.random(&random)
    for solver in solvers {
      let workspace = Workspace()
      let first = solver.solve(
        energy, from: Tensor(zeros: [12]), accuracy: 1e-6, budget: .max, workspace: workspace)
      let second = solver.solve(
        energy, from: first.x, accuracy: 1e-6, budget: .max, workspace: workspace)
      #expect(second.iterations == 0)
      #expect(second.outcome == .converged)
      #expect(second.cost.gradients == 1)
      #expect(second.x.elements == first.x.elements)
    }
  }

  @Test(arguments: solvers.indices)
  func theLedgerIsHonest(index: Int) {
    for seed in 0..<10 {
      var random = RandomSource(seed: UInt64(seed))
      let energy = CountingEnergy(SmoothedRidgeEnergy.random(stiffness: 100, &random))
      let solution = solvers[index].solve(
        energy, from: Tensor(zeros: [12]), accuracy: 1e-6, budget: .max, workspace: Workspace())
      #expect(solution.cost.gradients == energy.cost.gradients)
      #expect(solution.cost.energies == energy.cost.energies)
      #expect(solution.cost.hessianProducts == energy.cost.hessianProducts)
      #expect(solution.cost.lowerIterations == solution.iterations)
      #expect(solution.cost.gradients > solution.iterations)
    }
  }

  @Test func anIterationWithoutLineSearchCostsOneGradient() {
    var random = RandomSource(seed: 6)
    let energy = SmoothedRidgeEnergy.random(&random)
    let solvers: [any LowerLevelSolver] = [GradientDescent(), HeavyBall(), FISTA()]
    for solver in solvers {
      let solution = solver.solve(
        energy, from: Tensor(zeros: [12]), accuracy: 1e-6, budget: .max, workspace: Workspace())
      #expect(solution.cost.gradients == solution.iterations + 1)
      #expect(solution.cost.energies == 0)
    }
  }

  @Test(arguments: solvers.indices)
  func theBudgetGivesAValidWiderBound(index: Int) {
    var random = RandomSource(seed: 7)
    let energy = QuadraticEnergy(
      spectrum: (0..<20).map { 1 + 50 * Double($0) }, theta: [1, 2], &random)
    let minimizer = Tensor(energy.minimizer, shape: [20])
    for budget in 0..<8 {
      let solution = solvers[index].solve(
        energy, from: Tensor(zeros: [20]), accuracy: 1e-9, budget: budget, workspace: Workspace())
      #expect(solution.outcome == .budget)
      #expect(solution.iterations == budget)
      #expect(solution.errorBound > 1e-9)
      #expect(solution.x.squaredDistance(to: minimizer).squareRoot() <= solution.errorBound)
    }
  }

  @Test func theIterationLimitGivesAValidWiderBound() {
    var random = RandomSource(seed: 7)
    let energy = QuadraticEnergy(
      spectrum: (0..<20).map { 1 + 50 * Double($0) }, theta: [1, 2], &random)
    let minimizer = Tensor(energy.minimizer, shape: [20])
    let solvers: [any LowerLevelSolver] = [
      GradientDescent(maximumIterations: 7), HeavyBall(maximumIterations: 7),
      FISTA(maximumIterations: 7), NMAPG(maximumIterations: 7),
      LBFGS(maximumIterations: 7),
    ]
    for solver in solvers {
      let solution = solver.solve(
        energy, from: Tensor(zeros: [20]), accuracy: 1e-9, budget: .max, workspace: Workspace())
      #expect(solution.outcome == .iterationLimit)
      #expect(solution.iterations == 7)
      #expect(solution.x.squaredDistance(to: minimizer).squareRoot() <= solution.errorBound)
    }
  }

  @Test func notFiniteIsAnOutcome() {
    var random = RandomSource(seed: 8)
    let energy = QuadraticEnergy(spectrum: [1, 2], theta: [1], &random)
    for solver in solvers {
      let solution = solver.solve(
        energy, from: Tensor([.nan, 0], shape: [2]), accuracy: 1e-3, budget: .max,
        workspace: Workspace())
      #expect(solution.outcome == .nonFinite)
      #expect(solution.errorBound == .infinity)
    }
  }

  /// ‖x_k − x̂‖ ≤ ((L − μ)/(L + μ))^k ‖x₀ − x̂‖.
  @Test func gradientDescentHasItsRate() {
    var random = RandomSource(seed: 9)
    let energy = QuadraticEnergy(
      spectrum: (0..<30).map { 1 + Double($0) }, theta: [1], &random)
    let minimizer = Tensor(energy.minimizer, shape: [30])
    let start = Tensor((0..<30).map { _ in random.normal() }, shape: [30])
    let first = start.squaredDistance(to: minimizer).squareRoot()
    for iterations in [1, 5, 20, 100] {
      let solution = GradientDescent(maximumIterations: iterations, step: .certified).solve(
        energy, from: start, accuracy: 0, budget: .max, workspace: Workspace())
      var bound = first
      for _ in 0..<iterations { bound *= 29.0 / 31 }
      let distance = solution.x.squaredDistance(to: minimizer).squareRoot()
      #expect(distance <= bound * (1 + 1e-12))
    }
  }

  /// ‖x_k − x̂‖² ≤ (1 − √q)^k (L/μ)(1 + √q) ‖x₀ − x̂‖² for x_k, the gradient step from the last y.
  @Test(arguments: 0..<10)
  func fistaHasItsRate(seed: Int) {
    var random = RandomSource(seed: UInt64(seed))
    let energy = SmoothedRidgeEnergy.random(stiffness: 20, &random)
    let minimizer = Reference(energy, loss: SquaredL2Loss(), truth: Tensor(zeros: [12])).minimizer
    let start = Tensor((0..<12).map { _ in random.normal() }, shape: [12])
    let q = energy.strongConvexity / energy.smoothness
    let scale = (1 + q.squareRoot()) / q * start.squaredDistance(to: minimizer)
    for iterations in [1, 2, 3, 5, 10, 30, 60] {
      let solution = FISTA(maximumIterations: iterations - 1, step: .certified).solve(
        energy, from: start, accuracy: 0, budget: .max, workspace: Workspace())
      var x = solution.x
      x.add(solution.gradient, times: -1 / energy.smoothness)
      var bound = scale
      for _ in 0..<iterations { bound *= 1 - q.squareRoot() }
      #expect(x.squaredDistance(to: minimizer) <= bound + 1e-20)
    }
  }

  @Test func perfectConditionNeedsFewSteps() {
    var random = RandomSource(seed: 10)
    let energy = QuadraticEnergy(spectrum: [2, 2, 2], theta: [1], &random)
    for solver in solvers {
      let solution = solver.solve(
        energy, from: Tensor([5, 6, 7], shape: [3]), accuracy: 1e-12, budget: .max,
        workspace: Workspace())
      #expect(solution.outcome == .converged)
      #expect(solution.iterations <= 3)
    }
  }

  @Test func accelerationPays() {
    var random = RandomSource(seed: 12)
    let energy = QuadraticEnergy(
      spectrum: (0..<40).map { 1 + 10 * Double($0) }, theta: [1], &random)
    func iterations(_ solver: any LowerLevelSolver) -> Int {
      solver.solve(
        energy, from: Tensor(zeros: [40]), accuracy: 1e-8, budget: .max, workspace: Workspace()
      ).iterations
    }
    #expect(
      3 * iterations(FISTA(step: .certified)) < iterations(GradientDescent(step: .certified)))
  }

  /// The adaptive step never needs many more iterations than the certified one, and often far fewer.
  @Test func adaptationPays() {
    var (adaptive, certified) = (0, 0)
    for seed in 0..<60 {
      var random = RandomSource(seed: UInt64(seed))
      let energy = SmoothedRidgeEnergy.random(stiffness: [10, 100, 1000][seed % 3], &random)
      func iterations(_ step: StepRule) -> Int {
        let solution = FISTA(step: step).solve(
          energy, from: Tensor(zeros: [12]), accuracy: 1e-6, budget: .max, workspace: Workspace())
        #expect(solution.outcome == .converged, "seed \(seed)")
        return solution.iterations
      }
      let (a, c) = (iterations(.adaptive), iterations(.certified))
      #expect(a <= c + c / 2 + 10, "seed \(seed): \(a) against \(c)")
      adaptive += a
      certified += c
    }
    #expect(2 * adaptive < certified)
  }

  private func exponentOfTen(_ power: Double) -> Double {
    (0..<Int(power)).reduce(1) { product, _ in 10 * product }
  }
}
