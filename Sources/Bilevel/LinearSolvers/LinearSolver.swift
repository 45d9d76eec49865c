import Tensors

/// H q = b with a symmetric H.
public struct LinearSystem {
  /// H.
  public let matrix: any SymmetricOperator
  /// L: a bound of ‖H‖, which scales the rounding error of a product.
  public let norm: Double
  /// μ ≥ 0 with H ≥ μI; 0 where nothing is known.
  public let strongConvexity: Double
  /// b.
  public let rightSide: Tensor
  /// What the last solve of a similar system left, for solvers that recycle it.
  public var recycled: RecycledSubspace?

  /// The system H q = b.
  public init(
    _ matrix: any SymmetricOperator, norm: Double, strongConvexity: Double = 0, rightSide: Tensor
  ) {
    self.matrix = matrix
    self.norm = norm
    self.strongConvexity = strongConvexity
    self.rightSide = rightSide
  }
}

/// What a linear solve returns.
public struct LinearSolution {
  /// q.
  public var q: Tensor
  /// b − H q, recomputed from q.
  public var residual: Tensor
  /// δ with ‖b − H q‖ ≤ δ, whatever the outcome, rounding included.
  public var residualBound: Double
  /// ⟨p, Hp⟩/‖p‖² ≤ 0 of a direction p that was met, which shows that H is not positive definite; nil
  /// where none was met.
  public var negativeCurvature: Double?
  /// What the next, similar system may begin with; nil from solvers that do not recycle.
  public var recycled: RecycledSubspace?
  /// Iterations of the method.
  public var iterations: Int
  /// How it ended.
  public var outcome: Outcome
  /// Work done.
  public var cost: Cost
}

/// An iterative method for H q = b.
///
/// Laws: ‖b − H q‖ ≤ `residualBound` for every outcome but `.nonFinite`; `residualBound` ≤ accuracy
/// exactly if the outcome is `.converged`; the outcome is `.indefinite` only with a
/// `negativeCurvature`.
public protocol LinearSolver: Sendable {
  /// q with ‖b − H q‖ ≤ accuracy (absolute), from q₀ or from zero, if the limits allow.
  ///
  /// A q₀ whose residual is no smaller than that of zero is refused.
  ///
  /// - Parameter budget: most iterations besides the solver's own limit.
  func solve(
    _ system: LinearSystem, from q0: Tensor?, accuracy: Double, budget: Int, workspace: Workspace
  ) -> LinearSolution
}

/// The system and the memory to solve it in: the problem of the solvers' iteration.
public struct LinearProblem {
  /// H q = b.
  public let system: LinearSystem
  /// Where the state takes its tensors from.
  public let workspace: Workspace
}

/// What every linear solver's state holds.
public protocol LinearState: IterationState {
  /// q with its residual.
  var iterate: LinearIterate { get set }
  /// Begins anew from q, whose residual has been recomputed.
  mutating func restart()
  /// What the next, similar system may begin with.
  func recycled() -> RecycledSubspace?
  /// Gives all tensors but q and its residual back.
  func recycle(into workspace: Workspace)
}

extension LinearState {
  /// What is compared with the tolerance.
  public var error: Double { iterate.error }
  /// Why the iteration cannot go on, if so.
  public var failure: Outcome? { iterate.failure }
  /// Work done so far.
  public var cost: Cost { iterate.cost }
  /// Most solvers recycle nothing.
  public func recycled() -> RecycledSubspace? { nil }
}

/// A linear solver that the one loop runs.
public protocol IterativeLinearSolver: LinearSolver, IterativeMethod
where Problem == LinearProblem, Start == Tensor?, State: LinearState, Failure == Never {
  /// Most iterations of one solve.
  var maximumIterations: Int { get }
}

/// A restart from the recomputed residual must reduce it by this factor to be followed by another.
private let worthwhileReduction = 0.5

extension IterativeLinearSolver {
  /// Iterates until the accuracy, a limit or the precision's floor is reached.
  ///
  /// The residual of a recursion drifts from the true one, so it is recomputed at the end, and the
  /// iteration restarted from there as long as that helps.
  public func solve(
    _ system: LinearSystem, from q0: Tensor?, accuracy: Double, budget: Int, workspace: Workspace
  ) -> LinearSolution {
    let problem = LinearProblem(system: system, workspace: workspace)
    let stopping = Stopping(
      tolerance: accuracy, maximumIterations: maximumIterations, budget: budget)
    var solution = iterate(self, on: problem, from: q0, until: stopping)
    var best = Double.infinity
    var steps = 0
    while solution.iterations > steps, solution.outcome != .nonFinite {
      solution.state.iterate.recomputeResidual(system)
      if solution.state.error <= accuracy {
        solution.outcome = .converged
        break
      }
      if solution.outcome != .converged { break }
      solution.outcome = .stalled
      if solution.state.error > worthwhileReduction * best { break }
      best = solution.state.error
      steps = solution.iterations
      solution.state.restart()
      solution = Iteration(
        self, on: problem, resuming: solution.state, count: steps, until: stopping
      ).finished()
    }
    let recycled = solution.state.recycled()
    solution.state.recycle(into: workspace)
    return LinearSolution(solution, recycled: recycled)
  }

  /// When the solvers stop, for their help.
  static var stoppingHelp: String {
    "Stops at the absolute residual |b - H q| <= delta, recomputed at the end."
  }
}

extension LinearSolution {
  /// What an iteration has reached.
  init<State: LinearState>(_ solution: Solution<State>, recycled: RecycledSubspace?) {
    let iterate = solution.state.iterate
    self.init(
      q: iterate.q, residual: iterate.residual,
      residualBound: iterate.error.isFinite ? iterate.error : .infinity,
      negativeCurvature: iterate.negativeCurvature, recycled: recycled,
      iterations: solution.iterations,
      outcome: solution.outcome, cost: iterate.cost)
  }
}
