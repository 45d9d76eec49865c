import Script
import Tensors

/// The recursions of `Unrolled` with all second derivatives at the last iterate: nothing is stored.
///
/// With x̃ within ε of x̂, H and J at x̃, for gradient descent: w = ∇ℓ(x̃); K times:
/// z ← z − a Jᵀ w, w ← w − a H w. So z = −Jᵀ q^K, where q^K is what K steps of the same method make of
/// H q = ∇ℓ from q = 0 (for FISTA, of its momenta in reverse order): `Implicit` with that method as the
/// linear solver. It costs K + 1 Hessian products and one mixed product.
///
/// The error is O(ε + λ^K), λ being the rate of the iteration; the residual ‖∇ℓ − H q^K‖ is computed,
/// and the error judged as that of `Implicit` with δ this residual. ε is what the lower level is solved
/// to, in place of the K forward iterations of the paper, since the theorem asks nothing of how x̃ was
/// found; δ is compared with, not worked for: the outcome is an iteration limit where the residual is
/// larger.
///
/// Ehrhardt & Roberts, Analyzing inexact hypergradients for bilevel learning, 2024.
public struct InexactUnrolled: HypergradientEstimator {
  /// K.
  public var iterations: Int
  /// Whose recursion.
  public var iteration: UnrolledIteration
  /// Who solves the lower level to ε.
  public var lowerLevelSolver: any LowerLevelSolver
  /// How the error is judged.
  public var bound: ErrorBound

  /// The given number of adjoint iterations.
  public init(
    iterations: Int = 100, iteration: UnrolledIteration = .heavyBall,
    lowerLevelSolver: any LowerLevelSolver = FISTA(), bound: ErrorBound = .estimated
  ) {
    precondition(iterations >= 1, "At least one iteration is made.")
    self.iterations = iterations
    self.iteration = iteration
    self.lowerLevelSolver = lowerLevelSolver
    self.bound = bound
  }

  /// The hypergradient at a point within the accuracy of the minimiser.
  public func hypergradient(
    _ sample: SampleProblem, accuracy: Accuracy, from warmStart: WarmStart?, budget: Int,
    workspace: Workspace
  ) -> SampleHypergradient {
    let recursion = MomentumRecursion(iteration, of: sample.energy, count: iterations)
    return Implicit(
      solver: lowerLevelSolver, linear: FixedCurvatureSweep(recursion: recursion), bound: bound
    ).hypergradient(
      sample, accuracy: accuracy, from: warmStart, budget: budget, workspace: workspace)
  }
}

extension InexactUnrolled: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    InexactUnrolled.self, "inexact_unrolled",
    "Reverse mode through a fixed number of iterations, as if all were at the solution.",
    details: """
      x to accuracy eps by lower_solver, then K iterations of the adjoint recursion with the second \
      derivatives at x: the same as K steps of the method on H q = grad loss from zero. The \
      residual is computed; a residual above delta shows as an iteration limit.
      """,
    example: "bl.hypergradient.inexact_unrolled { iterations = 50 }",
    source: "Ehrhardt & Roberts 2024"
  ) {
    Constructor(InexactUnrolled()) {
      Field("iterations", \.iterations, .integer(atLeast: 1, atMost: 100_000), "adjoint iterations")
      Field("solver", \.iteration, .choice, "whose recursion")
      HypergradientFields.lowerSolver(\.lowerLevelSolver)
      HypergradientFields.bound(\.bound)
    }
  }
}
