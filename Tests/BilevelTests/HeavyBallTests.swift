import Bilevel
import Tensors
import TestSupport
import Testing

@Suite struct HeavyBallTests {
  /// ‖x_k − x̂‖ ≤ (1 + k (1 + r)) r^k ‖x₀ − x̂‖ on quadratics, with equality at the ends of the spectrum.
  @Test(arguments: 0..<5)
  func hasItsRateOnQuadratics(seed: Int) {
    var random = RandomSource(seed: UInt64(seed))
    let energy = QuadraticEnergy(spectrum: (0..<30).map { 1 + 8 * Double($0) }, theta: [1], &random)
    let minimizer = Tensor(energy.minimizer, shape: [30])
    let start = Tensor((0..<30).map { _ in random.normal() }, shape: [30])
    let first = start.squaredDistance(to: minimizer).squareRoot()
    let root = energy.smoothness.squareRoot()
    let rate = (root - 1) / (root + 1)
    var power = 1.0
    for k in 1...150 {
      power *= rate
      let solution = HeavyBall(maximumIterations: k, step: .certified).solve(
        energy, from: start, accuracy: 0, budget: .max, workspace: Workspace())
      let distance = solution.x.squaredDistance(to: minimizer).squareRoot()
      #expect(distance <= (1 + Double(k) * (1 + rate)) * power * first * (1 + 1e-9) + 1e-12)
    }
  }

  /// The plain iteration, as long as the guard sleeps.
  @Test func isThePlainIteration() {
    var random = RandomSource(seed: 3)
    let energy = QuadraticEnergy(spectrum: [1, 3, 20, 49], theta: [1], &random)
    let start = Tensor([1, -2, 3, 4], shape: [4])
    var (x, last, gradient) = (start, start, start)
    for k in 1...30 {
      _ = energy.gradient(at: x, into: &gradient)
      var next = x
      next.add(gradient, times: -4.0 / 64)
      next.add(x, times: 9.0 / 16)
      next.add(last, times: -9.0 / 16)
      (last, x) = (x, next)
      let solution = HeavyBall(maximumIterations: k, step: .certified).solve(
        energy, from: start, accuracy: 0, budget: .max, workspace: Workspace())
      #expect(solution.x.squaredDistance(to: x).squareRoot() <= 1e-12)
    }
  }

  /// The strongly convex energy on which the plain iteration ends in a cycle of three points.
  @Test(arguments: StepRule.allCases)
  func theGuardEndsACycle(step: StepRule) {
    let energy = KinkedEnergy()
    let (a, b) = (4.0 / 36, 4.0 / 9)
    var (x, last) = (3.3, 3.3)
    for _ in 0..<1000 { (last, x) = (x, x - a * energy.slope(x) + b * (x - last)) }
    #expect(abs(x) > 0.1)  // the cycle

    let solution = HeavyBall(step: step).solve(
      energy, from: Tensor([3.3], shape: [1]), accuracy: 1e-9, budget: .max, workspace: Workspace())
    #expect(solution.outcome == .converged)
    #expect(solution.iterations < 200)
    #expect(abs(solution.x[flat: 0]) <= 1e-9)
  }

  @Test func isFasterThanFISTAOnQuadratics() {
    var random = RandomSource(seed: 4)
    let energy = QuadraticEnergy(
      spectrum: (0..<40).map { 1 + 10 * Double($0) }, theta: [1], &random)
    func iterations(_ solver: any LowerLevelSolver) -> Int {
      solver.solve(
        energy, from: Tensor(zeros: [40]), accuracy: 1e-8, budget: .max, workspace: Workspace()
      ).iterations
    }
    #expect(iterations(HeavyBall(step: .certified)) < iterations(FISTA(step: .certified)))
  }
}

/// g′ = 25x below 1, x + 24 up to 2, 25x − 24 above: μ = 1, L = 25, minimiser 0 (Lessard, Recht & Packard
/// 2016, section 4.6).
private final class KinkedEnergy: Energy {
  let shape: Shape = [1]
  let elementType = ElementType.float64
  let parameterCount = 0
  let strongConvexity = 1.0
  let smoothness = 25.0
  let hessianLipschitz = Double.infinity
  let mixedLipschitz = 0.0

  func slope(_ x: Double) -> Double {
    x < 1 ? 25 * x : x < 2 ? x + 24 : 25 * x - 24
  }

  func value(at x: Tensor) -> Double {
    let x = x[flat: 0]
    return x < 1
      ? 12.5 * x * x : x < 2 ? x * x / 2 + 24 * x - 12 : 12.5 * x * x - 24 * x + 36
  }

  func gradient(at x: Tensor, into gradient: inout Tensor) -> Double {
    gradient[flat: 0] = slope(x[flat: 0])
    return value(at: x)
  }

  func curvature(at x: Tensor) -> any SymmetricOperator { fatalError("first order only") }
  func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double]) {}
  func mixedDirection(at x: Tensor, _ direction: [Double], into image: inout Tensor) {}
  func thirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor) {}
  func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double]
  ) {}
  func mixedNormBound(at x: Tensor, radius: Double) -> Double { 0 }
}
