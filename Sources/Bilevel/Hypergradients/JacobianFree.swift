import Script
import Tensors

/// The derivative of one step at the solution: z = −a J(x̃)ᵀ ∇ℓ(x⁺), x⁺ = x̃ − a ∇g(x̃), a = c/L.
///
/// The inverse of the Hessian is replaced by a multiple of the identity: `Truncated` with one term. x̃ is
/// within ε of x̂, and so is x⁺ at a cost of one gradient, since the step contracts for c < 2: the loss
/// and its bounds are those of x⁺. Besides that it costs one mixed product, and one Hessian product
/// for its residual.
///
/// The relative error is of the order of 1 − cμ/L and does not vanish: −z need not be a direction of
/// descent where L/μ is large. It is judged as that of `Unrolled`, if asked for; by default it is not.
/// δ is compared with, not worked for.
///
/// Fung et al., JFB: Jacobian-free backpropagation for implicit networks, 2022; Bolte, Pauwels &
/// Vaiter, One-step differentiation of iterative algorithms, 2023.
public struct JacobianFree: HypergradientEstimator {
  /// c in (0, 2): the step in units of 1/L.
  public var stepFactor: Double
  /// Who solves the lower level to ε.
  public var lowerLevelSolver: any LowerLevelSolver
  /// How the error is judged.
  public var bound: ErrorBound

  /// The derivative of one step.
  public init(
    stepFactor: Double = 1, lowerLevelSolver: any LowerLevelSolver = FISTA(),
    bound: ErrorBound = .none
  ) {
    precondition(stepFactor > 0 && stepFactor < 2, "The step is a contraction.")
    self.stepFactor = stepFactor
    self.lowerLevelSolver = lowerLevelSolver
    self.bound = bound
  }

  /// z through one step, after a solve to the accuracy.
  public func hypergradient(
    _ sample: SampleProblem, accuracy: Accuracy, from warmStart: WarmStart?, budget: Int,
    workspace: Workspace
  ) -> SampleHypergradient {
    let recursion = MomentumRecursion(step: stepFactor / sample.energy.smoothness, count: 1)
    return Unrolling(recursion: recursion, lowerLevelSolver: lowerLevelSolver, bound: bound)
      .hypergradientOfLastSteps(
        sample, accuracy: accuracy, from: warmStart, budget: budget, workspace: workspace)
  }
}

extension JacobianFree: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    JacobianFree.self, "jacobian_free", "The derivative of one gradient step at the solution.",
    details: """
      x to accuracy eps, then z = -a J^T grad loss after one step a = step_factor / L: no linear \
      system. Cheap and biased; it need not descend where the energy is badly conditioned.
      """,
    example: "bl.hypergradient.jacobian_free()",
    source: "Fung et al. 2022; Bolte, Pauwels & Vaiter 2023"
  ) {
    Constructor(JacobianFree()) {
      Field(
        "step_factor", \.stepFactor, .number(above: 0, below: 2), "the step in units of 1/L")
      HypergradientFields.solver(\.lowerLevelSolver)
      HypergradientFields.bound(\.bound)
    }
  }
}
