import Tensors

/// K adjoint iterations at one and the same H, as a solver of H q = b from q = 0.
///
/// For gradient descent and heavy ball, q after K of them is the K-th iterate of the same method on the
/// quadratic ½⟨q, Hq⟩ − ⟨b, q⟩ (Ehrhardt & Roberts 2024); for gradient descent, the K-th partial sum of
/// the Neumann series a Σ (I − aH)^j b. The number of iterations is all that ends it: δ is compared
/// with, not worked for.
struct FixedCurvatureSweep: LinearSolver, IterativeMethod {
  typealias Failure = Never

  let recursion: MomentumRecursion

  struct Problem {
    let system: LinearSystem
    let workspace: Workspace
  }

  struct State: IterationState {
    var sweep: AdjointSweep
    var cost = Cost()
    var error: Double { sweep.w.norm }
  }

  func start(_ problem: Problem, at start: Void) -> State {
    State(sweep: AdjointSweep(from: problem.system.rightSide, problem.workspace))
  }

  /// One Hessian product.
  func step(_ problem: Problem, _ state: inout State) {
    let k = recursion.count - 1 - state.cost.linearIterations
    state.sweep.beginStep(k, recursion)
    state.sweep.finishStep(k, recursion, problem.system.matrix)
    state.cost.linearIterations += 1
    state.cost.hessianProducts += 1
  }

  func solve(
    _ system: LinearSystem, from q0: Tensor?, accuracy: Double, budget: Int, workspace: Workspace
  ) -> LinearSolution {
    let solution = iterate(
      self, on: Problem(system: system, workspace: workspace), from: (),
      until: .after(recursion.count, budget: budget))
    let sweep = solution.state.sweep
    let result = system.solution(
      sweep.q, accuracy: accuracy, iterations: solution.iterations, outcome: solution.outcome,
      cost: solution.state.cost, workspace)
    sweep.recycle(into: workspace)
    return result
  }
}

extension Stopping {
  /// After the given number of iterations, however small the error is: what is differentiated is a
  /// fixed number of iterations.
  static func after(_ iterations: Int, budget: Int) -> Stopping {
    Stopping(tolerance: -.infinity, maximumIterations: iterations, budget: budget)
  }
}

extension LinearSystem {
  /// A q that was obtained by a fixed number of iterations, with its residual: one product.
  ///
  /// The outcome is `.converged` if the accuracy happens to be kept.
  func solution(
    _ q: Tensor, accuracy: Double, iterations: Int, outcome: Outcome, cost: Cost,
    _ workspace: Workspace
  ) -> LinearSolution {
    var residual = workspace.tensor(q.shape, q.elementType)
    matrix.apply(q, into: &residual)
    residual.scale(by: -1)
    residual.add(rightSide)
    let bound = residual.norm + q.elementType.roundingError(norm: norm, at: q.norm)
    var result = LinearSolution(
      q: q, residual: residual, residualBound: bound.isFinite ? bound : .infinity,
      iterations: iterations, outcome: outcome, cost: cost)
    result.cost.hessianProducts += 1
    if bound <= accuracy { result.outcome = .converged }
    if !bound.isFinite { result.outcome = .nonFinite }
    return result
  }
}
