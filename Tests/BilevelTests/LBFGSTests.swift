import Bilevel
import Tensors
import TestSupport
import Testing

@Suite struct LBFGSTests {
  /// g(x⁺) ≤ g(x) + c₁⟨∇g(x), s⟩ and ⟨∇g(x⁺), s⟩ ≥ c₂⟨∇g(x), s⟩ with s = x⁺ − x, at every iteration.
  @Test(arguments: [0.9, 0.3])
  func stepsMeetTheWolfeConditions(curvature: Double) {
    for seed in 0..<20 {
      var random = RandomSource(seed: UInt64(seed))
      let energy = SmoothedRidgeEnergy.random(stiffness: 300, &random)
      let start = Tensor((0..<12).map { _ in 3 * random.normal() }, shape: [12])
      func iterate(_ k: Int) -> LowerLevelSolution {
        LBFGS(maximumIterations: k, curvature: curvature).solve(
          energy, from: start, accuracy: 1e-6, budget: .max, workspace: Workspace())
      }
      var last = iterate(0)
      while last.outcome != .converged {
        let next = iterate(last.iterations + 1)
        var step = next.x
        step.add(last.x, times: -1)
        let slope = last.gradient.dot(step)
        #expect(slope < 0)
        #expect(next.value <= last.value + 1e-4 * slope + 1e-14 * abs(last.value))
        #expect(next.gradient.dot(step) >= curvature * slope * (1 + 1e-6))
        last = next
      }
    }
  }

  /// It needs fewer gradients than accelerated gradient descent on stiff energies.
  @Test func curvaturePays() {
    var (limited, accelerated) = (0, 0)
    for seed in 0..<30 {
      var random = RandomSource(seed: UInt64(seed))
      let energy = SmoothedRidgeEnergy.random(stiffness: 300, &random)
      func gradients(_ solver: any LowerLevelSolver) -> Int {
        solver.solve(
          energy, from: Tensor(zeros: [12]), accuracy: 1e-6, budget: .max, workspace: Workspace()
        ).cost.gradients
      }
      limited += gradients(LBFGS())
      accelerated += gradients(FISTA())
    }
    #expect(limited < accelerated)
  }

  @Test func memoryPays() {
    var iterations: [Int: Int] = [:]
    for seed in 0..<10 {
      var random = RandomSource(seed: UInt64(seed))
      let energy = QuadraticEnergy(
        spectrum: (0..<20).map { 1 + 2 * Double($0 * $0) }, theta: [1], &random)
      for memory in [0, 5, 20] {
        let solution = LBFGS(memory: memory).solve(
          energy, from: Tensor(zeros: [20]), accuracy: 1e-8, budget: .max, workspace: Workspace())
        #expect(solution.outcome == .converged)
        iterations[memory, default: 0] += solution.iterations
      }
    }
    #expect(2 * iterations[5, default: 0] < iterations[0, default: 0])
    #expect(iterations[20, default: 0] < iterations[5, default: 0])
  }
}
