import Script
import Tensors

/// Gradient descent for a μ-strongly convex, L-smooth g: x⁺ = x − τ ∇g(x).
///
/// Step τ = 2/(L + μ), with which ‖x_k − x̂‖ ≤ ((L − μ)/(L + μ))^k ‖x₀ − x̂‖; τ = 1/L with backtracking.
/// The error is ‖∇g(x)‖/μ, a bound of ‖x − x̂‖. One step costs one gradient and one vector update.
///
/// Nesterov, Introductory Lectures on Convex Optimization, 2004, Theorem 2.1.15.
public struct GradientDescent: LowerLevelSolver, IterativeMethod {
  public typealias Failure = Never

  /// Most iterations of one solve.
  public var maximumIterations: Int
  /// How the step size is found.
  public var step: StepRule

  /// Gradient descent with at most the given number of iterations.
  public init(maximumIterations: Int = 10_000, step: StepRule = .certified) {
    self.maximumIterations = maximumIterations
    self.step = step
  }

  /// The iterate and, for backtracking, the point on trial.
  public struct State: LowerLevelState {
    public fileprivate(set) var descent: Descent  // x_k
    fileprivate var trial: CertifiedPoint?  // x_k − ∇g(x_k)/L

    public consuming func recycle(into workspace: Workspace) {
      trial?.recycle(into: workspace)
    }
  }

  public func start(_ problem: LowerLevelProblem, at x0: Tensor) -> State {
    let energy = problem.energy
    let stagnation = Stagnation(gradientDescent: energy.strongConvexity / energy.smoothness)
    let descent = Descent(
      CertifiedPoint(at: x0, problem.workspace), energy, step: step, stagnation: stagnation)
    let trial = step == .backtracking ? CertifiedPoint(at: x0, problem.workspace) : nil
    return State(descent: descent, trial: trial)
  }

  public func step(_ problem: LowerLevelProblem, _ state: inout State) {
    let energy = problem.energy
    state.descent.cost.lowerIterations += 1
    if var trial = state.trial.take() {
      backtrack(energy, &state.descent, &trial)
      state.trial = trial
    } else {
      let rate = 2 / (energy.smoothness + energy.strongConvexity)
      state.descent.point.x.add(state.descent.point.gradient, times: -rate)
      state.descent.evaluate(energy)
    }
  }

  /// Tries 1/L, L growing until the descent inequality holds; the accepted trial brings its gradient.
  private func backtrack(
    _ energy: any Energy, _ descent: inout Descent, _ trial: inout CertifiedPoint
  ) {
    while true {
      trial.x.setCombination(1, descent.point.x, -1 / descent.smoothness, descent.point.gradient)
      trial.evaluate(energy, &descent.cost)
      if !descent.isEstimating(energy)
        || descent.point.descends(to: trial.value, smoothness: descent.smoothness)
      {
        break
      }
      descent.raiseSmoothness(energy)
    }
    swap(&descent.point, &trial)
    descent.assess(energy)
  }

  public func solve(
    _ energy: any Energy, from x0: Tensor, accuracy: Double, budget: Int, workspace: Workspace
  ) -> LowerLevelSolution {
    let stopping = Stopping(
      tolerance: accuracy, maximumIterations: maximumIterations, budget: budget)
    return solve(energy, from: x0, stopping: stopping, workspace: workspace)
  }
}

extension GradientDescent: Scriptable {
  public static let declaration = Declaration(
    GradientDescent.self, "gradient_descent", "Gradient descent with step 2/(L + mu), or with backtracking.",
    details: """
      Stops, sample by sample, at |grad g| / mu <= eps, which bounds the distance to the minimiser; \
      checks before it iterates.
      """,
    example: "bl.solver.gradient_descent { max_iterations = 2000 }", source: "Nesterov 2004, Theorem 2.1.15"
  ) {
    Constructor(GradientDescent()) {
      Field(
        "max_iterations", \.maximumIterations, .integer(atLeast: 1), "most iterations of one solve")
      Field("step", \.step, .choice, "how the step size is found")
    }
  }
}
