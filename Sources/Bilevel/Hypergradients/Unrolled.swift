import Script
import Tensors

/// The derivative of ℓ(x^K(θ)), exact for K iterations as they are run, by reverse mode.
///
///     x^{k+1} = Φ_k(x^k, …; θ),   z = d/dθ ℓ(x^K(θ)),
///
/// the number of iterations fixed, steps and momenta from the energy's certified μ and L and constant
/// in θ, x⁰ constant in θ. For gradient descent: w = ∇ℓ(x^K); for k = K − 1, …, 0:
/// z ← z − a J(x^k)ᵀ w, w ← w − a H(x^k) w. It costs less than 2K gradients, K Hessian products, K
/// mixed products, and memory for some 3√K images.
///
/// As an approximation of ∇f, the gradient of ℓ(x̂(θ)), z has an error of O(K λ^K), λ being the rate of
/// the iteration; it does not vanish with ε. It is measured at a certified point x̃, which is x^K if
/// that is within ε of the minimiser, else where the lower-level solver arrives from the warm start or
/// from x^K; the loss and its bounds are those of x̃, so that line searches with them are safe. With
/// q = a Σ w:
///
/// - `estimated` and `certified`: the error of the implicit hypergradient −J(x̃)ᵀq with its residual
///   ∇ℓ(x̃) − H(x̃) q, as in `Implicit`, and the distance of z from that, which is computed.
/// - `none`.
///
/// δ is compared with, not worked for: the outcome is an iteration limit where ‖∇ℓ − Hq‖ > δ. More
/// accuracy takes more iterations.
///
/// Ehrhardt & Roberts, Analyzing inexact hypergradients for bilevel learning, 2024; Mehmood & Ochs,
/// Automatic differentiation of some first-order methods in parametric optimization, 2020.
public struct Unrolled: HypergradientEstimator {
  /// Where the iteration starts.
  public enum Start: String, Sendable, CaseIterable {
    /// From the observation, A*y/‖A‖²: z is the gradient of a fixed function of θ.
    case initial
    /// From the last point of the same sample, held constant: closer to x̂, so closer to ∇f.
    case warm
  }

  /// K.
  public var iterations: Int
  /// Φ.
  public var iteration: UnrolledIteration
  /// x⁰.
  public var start: Start
  /// Who solves the lower level to ε, for losses and for judging z.
  public var lowerLevelSolver: any LowerLevelSolver
  /// How the error is judged.
  public var bound: ErrorBound

  /// The derivative through the given number of iterations.
  public init(
    iterations: Int = 100, iteration: UnrolledIteration = .fista, start: Start = .initial,
    lowerLevelSolver: any LowerLevelSolver = FISTA(), bound: ErrorBound = .estimated
  ) {
    precondition(iterations >= 1, "At least one iteration is differentiated.")
    self.iterations = iterations
    self.iteration = iteration
    self.start = start
    self.lowerLevelSolver = lowerLevelSolver
    self.bound = bound
  }

  /// z through K iterations, judged at a point within the accuracy of the minimiser.
  public func hypergradient(
    _ sample: SampleProblem, accuracy: Accuracy, from warmStart: WarmStart?, budget: Int,
    workspace: Workspace
  ) -> SampleHypergradient {
    let (point, near) = start == .warm ? (warmStart?.x, nil) : (nil, warmStart?.x)
    let recursion = MomentumRecursion(iteration, of: sample.energy, count: iterations)
    return Unrolling(recursion: recursion, lowerLevelSolver: lowerLevelSolver, bound: bound)
      .hypergradient(
        sample, accuracy: accuracy, from: point ?? sample.initial, near: near, budget: budget,
        workspace: workspace)
  }
}

extension Unrolled: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    Unrolled.self, "unrolled",
    "The exact derivative of the loss after a fixed number of iterations, by reverse mode.",
    details: """
      Steps are certified ones, constant in theta; memory grows with the square root of the number of \
      iterations. As the gradient of the loss at the minimiser it has an error of order K rate^K, \
      which neither eps nor delta reduces; it is judged, and the loss is bounded, at a point \
      within eps of the minimiser: the last iterate if it is one, else one that lower_solver \
      finds. A residual above delta shows as an iteration limit.
      """,
    example: "bl.hypergradient.unrolled { iterations = 200, solver = \"heavy_ball\" }",
    source: "Ehrhardt & Roberts 2024; Mehmood & Ochs 2020"
  ) {
    Constructor(Unrolled()) {
      Field(
        "iterations", \.iterations, .integer(atLeast: 1, atMost: 100_000),
        "iterations that are differentiated")
      Field("solver", \.iteration, .choice, "which iteration")
      Field(
        "start", \.start, .choice,
        "where it starts: the observation, or the last point of the same image, held constant")
      HypergradientFields.lowerSolver(\.lowerLevelSolver)
      HypergradientFields.bound(\.bound)
    }
  }
}

/// Arguments that several estimators share.
enum HypergradientFields {
  static func solver<Record>(
    _ path: WritableKeyPath<Record, any LowerLevelSolver>
  ) -> Field<Record> {
    Field("solver", path, .object((any LowerLevelSolver).self, "a solver"), "lower-level solver")
  }

  static func lowerSolver<Record>(
    _ path: WritableKeyPath<Record, any LowerLevelSolver>
  ) -> Field<Record> {
    Field(
      "lower_solver", path, .object((any LowerLevelSolver).self, "a solver"),
      "who solves the lower level to eps")
  }

  static func bound<Record>(_ path: WritableKeyPath<Record, ErrorBound>) -> Field<Record> {
    Field("bound", path, .choice, "how the error is judged")
  }
}
