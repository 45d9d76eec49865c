import Script
import Tensors

/// The heavy-ball method for H q = b with μI ≤ H ≤ LI, without a safeguard.
///
///     q⁺ = q − a (Hq − b) + m (q − q₋),   q₋₁ = q₀,
///     a = 4/(√L + √μ)²,   m = r²,   r = (√L − √μ)/(√L + √μ).
///
/// With these constants ‖r_k‖ ≤ (1 + k (1 + r)) r^k ‖r₀‖. Where no μ is known a = 1/L and m = 0; both may
/// be given. From zero, k steps are those of inexact reverse differentiation of k heavy-ball steps.
/// One step costs one product with H, two dot products and four vector updates. A direction of
/// non-positive curvature ends the solve.
///
/// Polyak, Some methods of speeding up the convergence of iteration methods, 1964; Ehrhardt & Roberts,
/// Analyzing inexact hypergradients for bilevel learning, 2024.
public struct LinearHeavyBall: IterativeLinearSolver {
  /// Most iterations of one solve.
  public var maximumIterations: Int
  /// a; the optimal one where nil.
  public var step: Double?
  /// m; the optimal one where nil.
  public var momentum: Double?

  /// The method with the given constants, or the optimal ones.
  public init(maximumIterations: Int = 10_000, step: Double? = nil, momentum: Double? = nil) {
    self.maximumIterations = maximumIterations
    self.step = step
    self.momentum = momentum
  }

  /// The iterate and its last change.
  public struct State: LinearState {
    /// q_k and r_k.
    public var iterate: LinearIterate
    fileprivate var change: Tensor  // q_k − q_{k−1}

    /// At rest.
    public mutating func restart() { change.fill(with: 0) }

    /// The change and the product go back.
    public func recycle(into workspace: Workspace) {
      workspace.recycle(change)
      workspace.recycle(iterate.product)
    }
  }

  /// The state before the first iteration.
  public func start(_ problem: LinearProblem, at q0: Tensor?) -> State {
    let iterate = LinearIterate(problem, at: q0)
    let change = problem.workspace.tensor(iterate.q.shape, iterate.q.elementType)
    var state = State(iterate: iterate, change: change)
    state.restart()
    return state
  }

  /// One iteration.
  public func step(_ problem: LinearProblem, _ state: inout State) {
    let system = problem.system
    let (step, momentum) = constants(for: system)
    state.change.scale(by: momentum)
    state.change.add(state.iterate.residual, times: step)
    guard state.iterate.curvature(along: state.change, system) != nil else { return }
    state.iterate.move(along: state.change, by: 1, system)
  }

  private func constants(for system: LinearSystem) -> (step: Double, momentum: Double) {
    let (largest, smallest) = (system.norm.squareRoot(), system.strongConvexity.squareRoot())
    if smallest == 0 { return (step ?? 1 / system.norm, momentum ?? 0) }
    let rate = (largest - smallest) / (largest + smallest)
    return (
      step ?? 4 / ((largest + smallest) * (largest + smallest)), momentum ?? rate * rate
    )
  }
}

extension LinearHeavyBall: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    LinearHeavyBall.self, "heavy_ball", "Gradient descent with Polyak's momentum.",
    details: stoppingHelp,
    example: "bl.linear.heavy_ball { max_iterations = 500 }",
    source: "Polyak 1964"
  ) {
    Constructor(LinearHeavyBall()) {
      Field(
        "max_iterations", \.maximumIterations, .integer(atLeast: 1), "most iterations of one solve")
      Field(
        "step", \.step, .optional(.positive),
        "step size; 4 / (sqrt(L) + sqrt(mu))^2 when absent")
      Field(
        "momentum", \.momentum, .optional(.number(atLeast: 0, below: 1)),
        "momentum; ((sqrt(L) - sqrt(mu)) / (sqrt(L) + sqrt(mu)))^2 when absent")
    }
  }
}
