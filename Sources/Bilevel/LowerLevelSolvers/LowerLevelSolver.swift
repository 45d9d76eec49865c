import Tensors

/// What a lower-level solve returns: a point and a certificate of its distance from the minimiser.
public struct LowerLevelSolution {
  /// x̃.
  public var x: Tensor
  /// ∇g(x̃), as evaluated.
  public var gradient: Tensor
  /// g(x̃).
  public var value: Double
  /// ‖∇g(x̃)‖.
  public var gradientNorm: Double
  /// ε with ‖x̃ − x̂‖ ≤ ε, whatever the outcome: (‖∇g(x̃)‖ + rounding) / μ.
  public var errorBound: Double
  /// Iterations of the method; a start that is good enough needs none.
  public var iterations: Int
  /// How it ended.
  public var outcome: Outcome
  /// Work done.
  public var cost: Cost
}

/// A first-order method for min_x g(x), one sample.
///
/// Law: ‖x̃ − x̂‖ ≤ `errorBound` for every outcome but `.nonFinite`; `errorBound` ≤ accuracy exactly if
/// the outcome is `.converged`.
public protocol LowerLevelSolver: Sendable {
  /// x̃ with ‖x̃ − x̂‖ ≤ accuracy, from the start x₀, if the limits allow.
  ///
  /// - Parameter budget: most iterations besides the solver's own limit.
  func solve(
    _ energy: any Energy, from x0: Tensor, accuracy: Double, budget: Int, workspace: Workspace
  ) -> LowerLevelSolution
}

/// One sample's lower level and the memory to solve it in: the problem of the solvers' iteration.
public struct LowerLevelProblem {
  /// g.
  public let energy: any Energy
  /// Where the state takes its tensors from.
  public let workspace: Workspace
}

/// What every lower-level solver's state holds.
public protocol LowerLevelState: IterationState {
  /// The evaluated point, its certificate and the step size.
  var descent: Descent { get }
  /// Gives all tensors but those of the evaluated point back.
  func recycle(into workspace: Workspace)
}

extension LowerLevelState {
  /// What is compared with the tolerance.
  public var error: Double { descent.error }
  /// Why the iteration cannot go on, if so.
  public var failure: Outcome? { descent.failure }
  /// Work done so far.
  public var cost: Cost { descent.cost }
}

/// A lower-level solver that the one loop runs.
public protocol IterativeLowerLevelSolver: LowerLevelSolver, IterativeMethod
where
  Problem == LowerLevelProblem, Start == Tensor, State: LowerLevelState, Failure == Never
{
  /// Most iterations of one solve.
  var maximumIterations: Int { get }
}

extension IterativeLowerLevelSolver {
  /// The minimiser to the given accuracy.
  public func solve(
    _ energy: any Energy, from x0: Tensor, accuracy: Double, budget: Int, workspace: Workspace
  ) -> LowerLevelSolution {
    let problem = LowerLevelProblem(energy: energy, workspace: workspace)
    let stopping = Stopping(
      tolerance: accuracy, maximumIterations: maximumIterations, budget: budget)
    return LowerLevelSolution(iterate(self, on: problem, from: x0, until: stopping), problem)
  }

  /// When the solvers stop, for their help.
  static var stoppingHelp: String {
    """
    Stops, sample by sample, at |grad g| / mu <= eps, which bounds the distance to the minimiser; \
    checks before it iterates.
    """
  }
}

extension LowerLevelSolution {
  /// What an iteration has reached; its scratch goes back to the workspace.
  init<State: LowerLevelState>(_ solution: Solution<State>, _ problem: LowerLevelProblem) {
    let point = solution.state.descent.point
    solution.state.recycle(into: problem.workspace)
    self.init(
      x: point.x, gradient: point.gradient, value: point.value, gradientNorm: point.gradientNorm,
      errorBound: point.gradientNorm.isFinite ? point.errorBound(problem.energy) : .infinity,
      iterations: solution.iterations, outcome: solution.outcome, cost: solution.state.cost)
  }
}
