import Script
import Tensors

/// Conjugate gradients for a symmetric positive definite H: q_k minimises ½⟨q, Hq⟩ − ⟨b, q⟩ over the
/// Krylov space, so ‖q_k − q̂‖_H ≤ 2 ((√κ − 1)/(√κ + 1))^k ‖q₀ − q̂‖_H, κ = L/μ.
///
/// The error is the absolute residual ‖b − Hq‖ and the rounding error of evaluating it. One step costs
/// one product with H, three dot products and three vector updates. A direction p with ⟨p, Hp⟩ ≤ 0 ends
/// the solve.
///
/// Hestenes & Stiefel, Methods of conjugate gradients for solving linear systems, 1952.
public struct ConjugateGradient: IterativeLinearSolver {
  /// Most iterations of one solve.
  public var maximumIterations: Int

  /// Conjugate gradients with at most the given number of iterations.
  public init(maximumIterations: Int = 2000) {
    self.maximumIterations = maximumIterations
  }

  /// The recursion of Hestenes and Stiefel.
  public struct State: LinearState {
    /// q_k and r_k.
    public var iterate: LinearIterate
    fileprivate var direction: Tensor  // p_k

    /// p ← r.
    public mutating func restart() { direction.copyElements(from: iterate.residual) }

    /// The direction and the product go back.
    public func recycle(into workspace: Workspace) {
      workspace.recycle(direction)
      workspace.recycle(iterate.product)
    }
  }

  /// The state before the first iteration.
  public func start(_ problem: LinearProblem, at q0: Tensor?) -> State {
    let iterate = LinearIterate(problem, at: q0)
    let direction = problem.workspace.tensor(iterate.q.shape, iterate.q.elementType)
    var state = State(iterate: iterate, direction: direction)
    state.restart()
    return state
  }

  /// One iteration.
  public func step(_ problem: LinearProblem, _ state: inout State) {
    let system = problem.system
    guard let curvature = state.iterate.curvature(along: state.direction, system) else { return }
    let before = state.iterate.residualNorm
    state.iterate.move(along: state.direction, by: before * before / curvature, system)
    let ratio = state.iterate.residualNorm / before
    state.direction.scale(by: ratio * ratio)
    state.direction.add(state.iterate.residual)
  }

  /// q with ‖b − Hq‖ about `reduction` · ‖b‖, from zero, by at most `iterations` steps and unverified:
  /// for estimates.
  func approximate(
    _ system: LinearSystem, reduction: Double, iterations: Int, workspace: Workspace,
    cost: inout Cost
  ) -> Tensor {
    let stopping = Stopping(
      tolerance: reduction * system.rightSide.norm, maximumIterations: iterations)
    let problem = LinearProblem(system: system, workspace: workspace)
    let state = Bilevel.iterate(self, on: problem, from: nil, until: stopping).state
    cost += state.cost
    workspace.recycle(state.iterate.residual)
    state.recycle(into: workspace)
    return state.iterate.q
  }
}

extension ConjugateGradient: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    ConjugateGradient.self, "conjugate_gradient",
    "Conjugate gradients for symmetric positive definite systems.",
    details: stoppingHelp,
    example: "bl.linear.conjugate_gradient { max_iterations = 500 }",
    source: "Hestenes & Stiefel 1952"
  ) {
    Constructor(ConjugateGradient()) {
      Field(
        "max_iterations", \.maximumIterations, .integer(atLeast: 1), "most iterations of one solve")
    }
  }
}
