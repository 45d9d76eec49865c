import Script
import Tensors

/// Gradient descent for H q = b with μI ≤ H ≤ LI (Richardson's iteration), without a safeguard.
///
///     q⁺ = q − a (Hq − b),   a = 2/(L + μ).
///
/// With this a, ‖r_k‖ ≤ ((L − μ)/(L + μ))^k ‖r₀‖. Where no μ is known a = 1/L; it may be given. From zero,
/// k steps sum the first k terms of a Neumann series, and are those of inexact reverse differentiation
/// of k gradient steps. One step costs one product with H, two dot products and two vector updates. A
/// residual of non-positive curvature ends the solve.
///
/// Ehrhardt & Roberts, Analyzing inexact hypergradients for bilevel learning, 2024, section 3.
public struct LinearGradientDescent: IterativeLinearSolver {
  /// Most iterations of one solve.
  public var maximumIterations: Int
  /// a; the optimal one where nil.
  public var step: Double?

  /// The method with the given step, or the optimal one.
  public init(maximumIterations: Int = 10_000, step: Double? = nil) {
    self.maximumIterations = maximumIterations
    self.step = step
  }

  /// The iterate.
  public struct State: LinearState {
    /// q_k and r_k.
    public var iterate: LinearIterate

    /// Nothing else is remembered.
    public mutating func restart() {}

    /// The product goes back.
    public func recycle(into workspace: Workspace) { workspace.recycle(iterate.product) }
  }

  /// The state before the first iteration.
  public func start(_ problem: LinearProblem, at q0: Tensor?) -> State {
    State(iterate: LinearIterate(problem, at: q0))
  }

  /// One iteration.
  public func step(_ problem: LinearProblem, _ state: inout State) {
    let system = problem.system
    let (largest, smallest) = (system.norm, system.strongConvexity)
    let step = self.step ?? (smallest == 0 ? 1 / largest : 2 / (largest + smallest))
    state.iterate.descend(by: step, system)
  }
}

extension LinearGradientDescent: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    LinearGradientDescent.self, "gradient_descent", "Gradient descent on the quadratic.",
    details: stoppingHelp,
    example: "bl.linear.gradient_descent { step = 0.1 }",
    source: "Ehrhardt & Roberts 2024"
  ) {
    Constructor(LinearGradientDescent()) {
      Field(
        "max_iterations", \.maximumIterations, .integer(atLeast: 1), "most iterations of one solve")
      Field("step", \.step, .optional(.positive), "step size; 2 / (L + mu) when absent")
    }
  }
}
