import Tensors

/// H q = b with a symmetric H.
public struct LinearSystem {
  /// H.
  public let matrix: any SymmetricOperator
  /// A bound of ‖H‖, which scales the rounding error of a product.
  public let norm: Double
  /// b.
  public let rightSide: Tensor

  /// The system H q = b.
  public init(_ matrix: any SymmetricOperator, norm: Double, rightSide: Tensor) {
    self.matrix = matrix
    self.norm = norm
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
  /// Iterations of the method.
  public var iterations: Int
  /// How it ended.
  public var outcome: Outcome
  /// Work done.
  public var cost: Cost
}

/// An iterative method for H q = b.
///
/// Law: ‖b − H q‖ ≤ `residualBound` for every outcome but `.nonFinite`.
public protocol LinearSolver: Sendable {
  /// q with ‖b − H q‖ ≤ accuracy (absolute), from q₀ or from zero, if the limits allow.
  ///
  /// - Parameter budget: most iterations besides the solver's own limit.
  func solve(
    _ system: LinearSystem, from q0: Tensor?, accuracy: Double, budget: Int, workspace: Workspace
  ) -> LinearSolution
}
