import Script
import Tensors

/// Conjugate gradients for a symmetric positive definite H: q_k minimises ½⟨q, Hq⟩ − ⟨b, q⟩ over the
/// Krylov space, so ‖q_k − q̂‖_H ≤ 2 ((√κ − 1)/(√κ + 1))^k ‖q₀ − q̂‖_H, κ = L/μ.
///
/// The error is the absolute residual ‖b − Hq‖ and the rounding error of evaluating it. One step costs
/// one product with H, three dot products and three vector updates. A direction p with ⟨p, Hp⟩ ≤ 0 ends
/// the solve.
///
/// With `recycle` = s > 0 each sample carries s Ritz vectors from one upper-level step to the next, as a
/// preconditioner (see `RitzPreconditioner`). That costs no product with H, but 4s vector operations an
/// iteration, about 6s² at the end and 2s images of memory a sample. Measured on Fields of Experts, 25
/// images 96×96, 30 filters 7×7, ten upper-level steps with warm starts, products with H, all told:
///
/// | δ | s = 0 | s = 5 | s = 10 | s = 5, deflated |
/// |---|---|---|---|---|
/// | 1e-2 | 2168 | 1460 | 1360 | 2731 |
/// | 1e-3 | 3436 | 2702 | 2293 | 4003 |
/// | 1e-5 | 6338 | 5757 | 5625 | 6984 |
///
/// Total variation: 2003, 1552, 1399 at δ = 1e-2. So it pays beyond the plain warm start at loose
/// accuracies, where products are expensive, and little at tight ones. Deflation, or a recycled MINRES,
/// halves the iterations at δ = 1e-2 too, but the s products that it spends on HS first cost more.
///
/// Hestenes & Stiefel, Methods of conjugate gradients for solving linear systems, 1952; recycling across
/// upper-level steps: Ehrhardt, Gazzola & Scott, Efficient gradient-based methods for bilevel learning
/// via recycling Krylov subspaces, 2024.
public struct ConjugateGradient: IterativeLinearSolver {
  /// Most iterations of one solve.
  public var maximumIterations: Int
  /// s: Ritz vectors that are carried from one solve of a sample to the next; 0 for none.
  public var recycle: Int

  /// Conjugate gradients with at most the given number of iterations.
  public init(maximumIterations: Int = 2000, recycle: Int = 0) {
    self.maximumIterations = maximumIterations
    self.recycle = recycle
  }

  /// The recursion of Hestenes and Stiefel.
  public struct State: LinearState {
    /// q_k and r_k.
    public var iterate: LinearIterate
    fileprivate var direction: Tensor  // p_k
    fileprivate var product = 0.0  // ⟨r_k, M r_k⟩
    fileprivate var preconditioner: RitzPreconditioner?  // M, the identity where nil

    /// p ← M r.
    public mutating func restart() {
      direction.fill(with: 0)
      turn(isFirst: true)
    }

    /// p ← M r + ⟨r, M r⟩/⟨r₋, M r₋⟩ p.
    fileprivate mutating func turn(isFirst: Bool = false) {
      let before = product
      let norm = iterate.residualNorm
      product = preconditioner?.apply(to: iterate.residual) ?? norm * norm
      if !isFirst { direction.scale(by: product / before) }
      if let preconditioner {
        preconditioner.addResult(to: &direction)
      } else {
        direction.add(iterate.residual)
      }
    }

    /// What the next, similar system may begin with.
    public func recycled() -> RecycledSubspace? { preconditioner?.collected() }

    /// All scratch goes back.
    public func recycle(into workspace: Workspace) {
      workspace.recycle(direction)
      workspace.recycle(iterate.product)
      preconditioner?.recycle(into: workspace)
    }
  }

  /// The state before the first iteration.
  public func start(_ problem: LinearProblem, at q0: Tensor?) -> State {
    let iterate = LinearIterate(problem, at: q0)
    let direction = problem.workspace.tensor(iterate.q.shape, iterate.q.elementType)
    let preconditioner = recycle == 0 ? nil : RitzPreconditioner(size: recycle, problem)
    var state = State(iterate: iterate, direction: direction, preconditioner: preconditioner)
    state.restart()
    return state
  }

  /// One iteration.
  public func step(_ problem: LinearProblem, _ state: inout State) {
    let system = problem.system
    guard let curvature = state.iterate.curvature(along: state.direction, system) else { return }
    state.preconditioner?.collect(state.direction, state.iterate.product, curvature: curvature)
    state.iterate.move(along: state.direction, by: state.product / curvature, system)
    state.turn()
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
      Field(
        "recycle", \.recycle, .integer(atLeast: 0, atMost: 1000),
        "Ritz vectors carried from one solve of a sample to the next")
    }
  }
}
