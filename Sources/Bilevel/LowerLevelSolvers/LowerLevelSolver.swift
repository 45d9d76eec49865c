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
