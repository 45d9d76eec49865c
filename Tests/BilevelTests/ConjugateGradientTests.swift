import Bilevel
import Tensors
import TestSupport
import Testing

@Suite struct ConjugateGradientTests {
  private func energy(
    _ seed: UInt64, count: Int = 30, condition: Double = 100, _ type: ElementType = .float64
  ) -> QuadraticEnergy {
    var random = RandomSource(seed: seed)
    let spectrum = (0..<count).map { 1 + (condition - 1) * Double($0) / Double(count - 1) }
    return QuadraticEnergy(spectrum: spectrum, theta: [1], elementType: type, &random)
  }

  private func system(_ energy: QuadraticEnergy, _ b: Tensor) -> LinearSystem {
    LinearSystem(energy.curvature(at: b), norm: energy.smoothness, rightSide: b)
  }

  private func normal(_ count: Int, _ seed: UInt64, _ type: ElementType = .float64) -> Tensor {
    var random = RandomSource(seed: seed)
    return Tensor((0..<count).map { _ in random.normal() }, shape: [count], type)
  }

  private func trueResidual(_ energy: QuadraticEnergy, _ b: Tensor, _ q: Tensor) -> Double {
    distance(energy.hessian * q.elements, b.elements)
  }

  @Test(arguments: 0..<50)
  func residualIsAtMostDelta(seed: Int) {
    let energy = energy(UInt64(seed))
    let b = normal(30, UInt64(seed) + 1000)
    for delta in [1.0, 1e-3, 1e-9] {
      let solution = ConjugateGradient().solve(
        system(energy, b), from: nil, accuracy: delta, budget: .max, workspace: Workspace())
      #expect(solution.outcome == .converged)
      #expect(solution.residualBound <= delta)
      #expect(trueResidual(energy, b, solution.q) <= solution.residualBound)
      #expect(abs(solution.residual.norm - trueResidual(energy, b, solution.q)) <= 1e-12)
    }
  }

  @Test func zeroRightSideGivesZero() {
    let energy = energy(1)
    let solution = ConjugateGradient().solve(
      system(energy, Tensor(zeros: [30])), from: nil, accuracy: 0, budget: .max,
      workspace: Workspace())
    #expect(solution.outcome == .converged)
    #expect(solution.q.elements.allSatisfy { $0 == 0 })
    #expect(solution.residualBound == 0)
    #expect(solution.cost.hessianProducts == 0)
  }

  @Test func deltaAboveTheRightSideGivesZero() {
    let energy = energy(2)
    let b = normal(30, 3)
    let solution = ConjugateGradient().solve(
      system(energy, b), from: nil, accuracy: 2 * b.norm, budget: .max, workspace: Workspace())
    #expect(solution.outcome == .converged)
    #expect(solution.iterations == 0)
    #expect(solution.q.elements.allSatisfy { $0 == 0 })
    #expect(solution.residualBound == b.norm)
  }

  @Test func goodWarmStartCostsOneProduct() {
    let energy = energy(4)
    let b = normal(30, 5)
    let workspace = Workspace()
    let first = ConjugateGradient().solve(
      system(energy, b), from: nil, accuracy: 1e-6, budget: .max, workspace: workspace)
    let second = ConjugateGradient().solve(
      system(energy, b), from: first.q, accuracy: 1e-6, budget: .max, workspace: workspace)
    #expect(second.outcome == .converged)
    #expect(second.iterations == 0)
    #expect(second.cost.hessianProducts == 1)
    #expect(second.q.elements == first.q.elements)
  }

  @Test func badWarmStartIsRefused() {
    let energy = energy(6)
    let b = normal(30, 7)
    var far = b
    far.scale(by: 1e6)
    let cold = ConjugateGradient().solve(
      system(energy, b), from: nil, accuracy: 1e-6, budget: .max, workspace: Workspace())
    let warm = ConjugateGradient().solve(
      system(energy, b), from: far, accuracy: 1e-6, budget: .max, workspace: Workspace())
    #expect(warm.q.elements == cold.q.elements)
  }

  @Test func capWidensDelta() {
    let energy = energy(8)
    let b = normal(30, 9)
    for (solver, budget, outcome) in [
      (ConjugateGradient(maximumIterations: 4), Int.max, Outcome.iterationLimit),
      (ConjugateGradient(), 4, .budget),
    ] {
      let solution = solver.solve(
        system(energy, b), from: nil, accuracy: 1e-9, budget: budget, workspace: Workspace())
      #expect(solution.outcome == outcome)
      #expect(solution.iterations == 4)
      #expect(solution.residualBound > 1e-9)
      #expect(trueResidual(energy, b, solution.q) <= solution.residualBound)
    }
  }

  @Test func indefiniteIsAnOutcome() {
    var random = RandomSource(seed: 10)
    let energy = QuadraticEnergy(spectrum: [-1, 1, 2, 3], theta: [1], &random)
    let b = normal(4, 11)
    let solution = ConjugateGradient().solve(
      LinearSystem(energy.curvature(at: b), norm: 3, rightSide: b), from: nil, accuracy: 1e-9,
      budget: .max, workspace: Workspace())
    #expect(solution.outcome == .indefinite)
    #expect(trueResidual(energy, b, solution.q) <= solution.residualBound)
  }

  @Test func notFiniteIsAnOutcome() {
    let solution = ConjugateGradient().solve(
      system(energy(12), Tensor((0..<30).map { _ in .nan }, shape: [30])), from: nil,
      accuracy: 1e-3, budget: .max, workspace: Workspace())
    #expect(solution.outcome == .nonFinite)
    #expect(solution.residualBound == .infinity)
  }

  /// Exact arithmetic ends after as many steps as there are eigenvalues.
  @Test func fewEigenvaluesNeedFewSteps() {
    var random = RandomSource(seed: 13)
    let energy = QuadraticEnergy(
      spectrum: (0..<30).map { [1, 10, 100][$0 % 3] }, theta: [1], &random)
    let b = normal(30, 14)
    let solution = ConjugateGradient().solve(
      system(energy, b), from: nil, accuracy: 1e-10, budget: .max, workspace: Workspace())
    #expect(solution.outcome == .converged)
    #expect(solution.iterations <= 4)
  }

  @Test(arguments: 0..<20)
  func float32StallsWithAValidBound(seed: Int) {
    let energy = energy(UInt64(seed), condition: 1000, .float32)
    let b = normal(30, UInt64(seed) + 50, .float32)
    let solution = ConjugateGradient().solve(
      system(energy, b), from: nil, accuracy: 1e-12, budget: .max, workspace: Workspace())
    #expect(solution.outcome == .stalled)
    #expect(solution.iterations < 1000)
    #expect(solution.residualBound < 1e-2)
    #expect(trueResidual(energy, b, solution.q) <= solution.residualBound)
  }
}
