import Script
import Tensors

/// Reverse mode through the last T steps only.
///
/// The lower level is solved to ε; from x⁰ = x̃, held constant, T steps of gradient descent,
/// a = 2/(L + μ), are run and differentiated exactly. They contract, so x^T is within ε as well: the
/// loss and its bounds are those of x^T. It costs less than 2T gradients, T Hessian products and T
/// mixed products, and memory for some 3√T images.
///
/// The error is O(ε + λ^T), λ = (L − μ)/(L + μ): what the steps before contribute is left out. It is
/// judged as that of `Unrolled`, if asked for; by default it is not, for an estimate costs up to 20
/// Hessian products. δ is compared with, not worked for.
///
/// Shaban, Cheng, Hatch & Boots, Truncated back-propagation for bilevel optimization, 2019.
public struct Truncated: HypergradientEstimator {
  /// T.
  public var terms: Int
  /// Who solves the lower level to ε.
  public var lowerLevelSolver: any LowerLevelSolver
  /// How the error is judged.
  public var bound: ErrorBound

  /// The derivative through the given number of steps.
  public init(
    terms: Int = 10, lowerLevelSolver: any LowerLevelSolver = FISTA(), bound: ErrorBound = .none
  ) {
    precondition(terms >= 1, "At least one step is differentiated.")
    self.terms = terms
    self.lowerLevelSolver = lowerLevelSolver
    self.bound = bound
  }

  /// z through the last steps, after a solve to the accuracy.
  public func hypergradient(
    _ sample: SampleProblem, accuracy: Accuracy, from warmStart: WarmStart?, budget: Int,
    workspace: Workspace
  ) -> SampleHypergradient {
    let recursion = MomentumRecursion(.gradientDescent, of: sample.energy, count: terms)
    return Unrolling(recursion: recursion, lowerLevelSolver: lowerLevelSolver, bound: bound)
      .hypergradientOfLastSteps(
        sample, accuracy: accuracy, from: warmStart, budget: budget, workspace: workspace)
  }
}

extension Truncated: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    Truncated.self, "truncated", "Reverse mode through the last steps only.",
    details: """
      x to accuracy eps, then the given number of gradient steps, differentiated exactly. The error is \
      of order eps + rate^terms.
      """,
    example: "bl.hypergradient.truncated { terms = 20 }",
    source: "Shaban, Cheng, Hatch & Boots 2019"
  ) {
    Constructor(Truncated()) {
      Field(
        "terms", \.terms, .integer(atLeast: 1, atMost: 100_000), "steps that are differentiated")
      HypergradientFields.solver(\.lowerLevelSolver)
      HypergradientFields.bound(\.bound)
    }
  }
}
