import Script
import Tensors

/// Gradient descent for a μ-strongly convex, L-smooth g: x⁺ = x − τ ∇g(x).
///
/// The certified step is τ = 2/(L + μ), with which ‖x_k − x̂‖ ≤ ((L − μ)/(L + μ))^k ‖x₀ − x̂‖; the adaptive
/// one is 1/L with an estimated L. The error is ‖∇g(x)‖/μ, a bound of ‖x − x̂‖. One step costs one
/// gradient and one vector update.
///
/// Nesterov, Introductory Lectures on Convex Optimization, 2004, Theorem 2.1.15.
public struct GradientDescent: IterativeLowerLevelSolver {
  /// Most iterations of one solve.
  public var maximumIterations: Int
  /// How the step size is found.
  public var step: StepRule

  /// Gradient descent with at most the given number of iterations.
  public init(maximumIterations: Int = 10_000, step: StepRule = .adaptive) {
    self.maximumIterations = maximumIterations
    self.step = step
  }

  /// The iterate.
  public struct State: LowerLevelState {
    /// x_k.
    public fileprivate(set) var descent: Descent

    /// The scratch point goes back.
    public func recycle(into workspace: Workspace) { descent.next.recycle(into: workspace) }
  }

  /// The gradient at x₀: one gradient.
  public func start(_ problem: LowerLevelProblem, at x0: Tensor) -> State {
    let stagnation = Stagnation(
      gradientDescent: problem.energy.strongConvexity / problem.energy.smoothness)
    return State(
      descent: Descent(at: x0, problem, rule: step, stagnation: stagnation))
  }

  /// One step: one gradient.
  public func step(_ problem: LowerLevelProblem, _ state: inout State) {
    let energy = problem.energy
    let smoothness = state.descent.smoothness
    let rate =
      step == .certified ? 2 / (smoothness + energy.strongConvexity) : 1 / smoothness
    state.descent.next.descend(from: state.descent.point, step: rate)
    state.descent.advance(energy)
  }
}

extension GradientDescent: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    GradientDescent.self, "gradient_descent", "Gradient descent.",
    details: stoppingHelp,
    example: "bl.solver.gradient_descent { max_iterations = 2000 }",
    source: "Nesterov 2004, Theorem 2.1.15"
  ) {
    Constructor(GradientDescent()) {
      Field(
        "max_iterations", \.maximumIterations, .integer(atLeast: 1), "most iterations of one solve")
      Field("step", \.step, .choice, "how the step size is found")
    }
  }
}
