import Script
import Tensors

/// Conjugate gradients for a symmetric positive definite H: q_k minimises ½⟨q, Hq⟩ − ⟨b, q⟩ over the
/// Krylov space, so ‖q_k − q̂‖_H ≤ 2 ((√κ − 1)/(√κ + 1))^k ‖q₀ − q̂‖_H, κ = L/μ.
///
/// The error is the absolute residual ‖b − Hq‖ and the rounding error of evaluating it. One step costs
/// one product with H, three dot products and four vector updates. The residual of the recursion drifts
/// from the true one, so it is recomputed at the end, and the iteration restarted from there as long as
/// that helps. A warm start is refused when zero has the smaller residual.
///
/// Hestenes & Stiefel, Methods of conjugate gradients for solving linear systems, 1952.
public struct ConjugateGradient: LinearSolver, IterativeMethod {
  /// Nothing is thrown.
  public typealias Failure = Never

  /// Most iterations of one solve.
  public var maximumIterations: Int

  /// A restart from the recomputed residual must reduce it by this factor to be followed by another.
  private static let worthwhileReduction = 0.5

  /// Conjugate gradients with at most the given number of iterations.
  public init(maximumIterations: Int = 2000) {
    self.maximumIterations = maximumIterations
  }

  /// The system and the memory to solve it in.
  public struct Problem {
    let system: LinearSystem
    let workspace: Workspace
  }

  /// The recursion of Hestenes and Stiefel.
  public struct State: IterationState {
    fileprivate var q: Tensor  // q_k
    fileprivate var residual: Tensor  // r_k
    fileprivate var direction: Tensor  // p_k
    fileprivate var product: Tensor  // H p_k
    fileprivate var squaredResidual = 0.0  // ‖r_k‖²
    fileprivate var rounding = 0.0  // of evaluating b − H q_k
    /// Why the iteration cannot go on, if so.
    public fileprivate(set) var failure: Outcome?
    /// Work done so far.
    public fileprivate(set) var cost = Cost()

    /// What is compared with the tolerance.
    public var error: Double { squaredResidual.squareRoot() + rounding }

    /// q ← 0, r ← b, p ← b.
    fileprivate mutating func startFromZero(_ system: LinearSystem) {
      q.fill(with: 0)
      residual.copyElements(from: system.rightSide)
      direction.copyElements(from: residual)
      measure(system)
    }

    /// r ← b − H q, p ← r.
    fileprivate mutating func recomputeResidual(_ system: LinearSystem) {
      system.matrix.apply(q, into: &product)
      cost.hessianProducts += 1
      residual.setCombination(1, system.rightSide, -1, product)
      direction.copyElements(from: residual)
      measure(system)
    }

    fileprivate mutating func measure(_ system: LinearSystem) {
      squaredResidual = residual.squaredNorm
      rounding = q.elementType.roundingError(norm: system.norm, at: q.norm)
    }

    fileprivate consuming func recycle(into workspace: Workspace) {
      workspace.recycle(direction)
      workspace.recycle(product)
    }
  }

  /// The state before the first iteration.
  public func start(_ problem: Problem, at q0: Tensor?) -> State {
    let b = problem.system.rightSide
    func tensor() -> Tensor { problem.workspace.tensor(b.shape, b.elementType) }
    var state = State(q: tensor(), residual: tensor(), direction: tensor(), product: tensor())
    if let q0 {
      state.q.copyElements(from: q0)
      state.recomputeResidual(problem.system)
      if state.error < b.norm { return state }
    }
    state.startFromZero(problem.system)
    return state
  }

  /// One iteration.
  public func step(_ problem: Problem, _ state: inout State) {
    problem.system.matrix.apply(state.direction, into: &state.product)
    state.cost.hessianProducts += 1
    state.cost.linearIterations += 1
    let curvature = state.direction.dot(state.product)
    if curvature <= 0 {
      state.failure = .indefinite
      return
    }
    let before = state.squaredResidual
    state.q.add(state.direction, times: before / curvature)
    state.residual.add(state.product, times: -before / curvature)
    state.measure(problem.system)
    state.direction.scale(by: state.squaredResidual / before)
    state.direction.add(state.residual)
    if state.squaredResidual.squareRoot() <= state.rounding { state.failure = .stalled }
  }

  /// Iterates until the accuracy, a limit or the precision's floor is reached.
  public func solve(
    _ system: LinearSystem, from q0: Tensor?, accuracy: Double, budget: Int, workspace: Workspace
  ) -> LinearSolution {
    let problem = Problem(system: system, workspace: workspace)
    let stopping = Stopping(
      tolerance: accuracy, maximumIterations: maximumIterations, budget: budget)
    var solution = iterate(self, on: problem, from: q0, until: stopping)
    var best = Double.infinity
    var steps = 0
    while solution.iterations > steps, solution.outcome != .nonFinite {
      solution.state.recomputeResidual(system)
      if solution.state.error <= accuracy {
        solution.outcome = .converged
        break
      }
      if solution.outcome != .converged { break }
      solution.outcome = .stalled
      if solution.state.error > Self.worthwhileReduction * best { break }
      best = solution.state.error
      steps = solution.iterations
      solution = Iteration(
        self, on: problem, resuming: solution.state, count: steps, until: stopping
      ).finished()
    }
    let state = solution.state
    state.recycle(into: workspace)
    return LinearSolution(
      q: state.q, residual: state.residual,
      residualBound: state.error.isFinite ? state.error : .infinity,
      iterations: solution.iterations, outcome: solution.outcome, cost: state.cost)
  }

  /// q with ‖b − Hq‖ about `reduction` · ‖b‖, from zero, by at most `iterations` steps and unverified:
  /// for estimates.
  func approximate(
    _ system: LinearSystem, reduction: Double, iterations: Int, workspace: Workspace,
    cost: inout Cost
  ) -> Tensor {
    let stopping = Stopping(
      tolerance: reduction * system.rightSide.norm, maximumIterations: iterations)
    let problem = Problem(system: system, workspace: workspace)
    let state = iterate(self, on: problem, from: nil, until: stopping).state
    cost += state.cost
    workspace.recycle(state.residual)
    state.recycle(into: workspace)
    return state.q
  }
}

extension ConjugateGradient: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    ConjugateGradient.self, "conjugate_gradient",
    "Conjugate gradients for symmetric positive definite systems.",
    details: "Stops at the absolute residual |b - H q| <= delta, recomputed at the end.",
    example: "bl.linear.conjugate_gradient { max_iterations = 500 }",
    source: "Hestenes & Stiefel 1952"
  ) {
    Constructor(ConjugateGradient()) {
      Field(
        "max_iterations", \.maximumIterations, .integer(atLeast: 1), "most iterations of one solve")
    }
  }
}
