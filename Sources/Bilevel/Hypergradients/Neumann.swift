import Script
import Tensors

/// The hypergradient with K terms of the Neumann series in the place of the inverse Hessian.
///
///     q = a Σ_{j<K} (I − aH)^j ∇ℓ(x̃),   a = 1/L,   z = −Jᵀ q,   ‖x̃ − x̂‖ ≤ ε.
///
/// ‖q − H⁻¹∇ℓ‖ ≤ (1 − aμ)^K ‖∇ℓ‖/μ. What is reported is the residual ‖∇ℓ − Hq‖ ≤ (1 − aμ)^K ‖∇ℓ‖ itself,
/// and the error is judged as that of `Implicit` with δ this residual, if asked for; by default it is
/// not, for an estimate costs up to 20 Hessian products more. It costs K + 1 Hessian products and one
/// mixed product. δ is compared with, not worked for: the outcome is an iteration limit where the
/// residual is larger.
///
/// Lorraine, Vicol & Duvenaud, Optimizing millions of hyperparameters by implicit differentiation,
/// 2020.
public struct Neumann: HypergradientEstimator {
  /// K.
  public var terms: Int
  /// Who solves the lower level to ε.
  public var lowerLevelSolver: any LowerLevelSolver
  /// How the error is judged.
  public var bound: ErrorBound

  /// The given number of terms.
  public init(
    terms: Int = 10, lowerLevelSolver: any LowerLevelSolver = FISTA(), bound: ErrorBound = .none
  ) {
    precondition(terms >= 1, "At least one term is needed.")
    self.terms = terms
    self.lowerLevelSolver = lowerLevelSolver
    self.bound = bound
  }

  /// The hypergradient at a point within the accuracy of the minimiser.
  public func hypergradient(
    _ sample: SampleProblem, accuracy: Accuracy, from warmStart: WarmStart?, budget: Int,
    workspace: Workspace
  ) -> SampleHypergradient {
    let recursion = MomentumRecursion(step: 1 / sample.energy.smoothness, count: terms)
    return Implicit(
      solver: lowerLevelSolver, linear: FixedCurvatureSweep(recursion: recursion), bound: bound
    ).hypergradient(
      sample, accuracy: accuracy, from: warmStart, budget: budget, workspace: workspace)
  }
}

extension Neumann: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    Neumann.self, "neumann", "The inverse Hessian replaced by terms of its Neumann series.",
    details: """
      x to accuracy eps, q = a sum of (I - a H)^j grad loss over the given number of terms, a = 1/L, \
      z = -J^T q. The residual falls at least like (1 - mu/L)^terms.
      """,
    example: "bl.hypergradient.neumann { terms = 20 }",
    source: "Lorraine, Vicol & Duvenaud 2020"
  ) {
    Constructor(Neumann()) {
      Field("terms", \.terms, .integer(atLeast: 1, atMost: 100_000), "terms of the series")
      HypergradientFields.solver(\.lowerLevelSolver)
      HypergradientFields.bound(\.bound)
    }
  }
}
