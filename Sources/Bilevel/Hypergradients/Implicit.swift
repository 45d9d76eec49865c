import Script
import Tensors

/// The hypergradient by the implicit function theorem.
///
/// With H = ∂²g/∂x², J = ∂²g/∂x∂θ at x̃,
///
///     ‖x̃ − x̂(θ)‖ ≤ ε,   ‖H q − ∇ℓ(x̃)‖ ≤ δ,   z = −Jᵀ q.
///
/// Its error is O(ε + δ) and judged in one of three ways:
///
/// - `estimated`: e = z − z′, where z′ is the hypergradient at the Newton point x′ = x̃ − d, d ≈ H⁻¹∇g:
///   z′ = −J′ᵀ(q + dq), dq ≈ H′⁻¹(∇ℓ(x′) − H′q), with H′ and J′ at x′. As x′ is of second order in ε,
///   z − ∇f = e + O(ε²): a dual-weighted residual, with secants in the place of third derivatives, so
///   that kinks count too. Where ‖∇g‖ has not fallen to a tenth at x′, g being far from quadratic on
///   the way, Newton steps are repeated, or halved where they do not lower ‖∇g‖, up to eight in all. Each
///   costs one gradient and at most `estimateIterations` Hessian products, and dq as many, two more and
///   one mixed product. An estimate, not a bound. Where ‖∇g‖ has halved at x′, the loss is evaluated
///   there, and x′ and q + dq are the warm start. With `correct`, z′ takes the place of z where
///   ‖e‖ ≤ ‖z‖/4, and the loss is estimated too (`SampleLoss.correct`).
/// - `certified`: ω = sup ‖(J − Ĵ)ᵀ q‖ + sup ‖Ĵ‖ (sup ‖(H − Ĥ) q‖ + L_ℓ ε + δ)/μ over the ball of radius
///   ε around x̃. A bound.
/// - `none`.
///
/// Pedregosa, Hyperparameter optimization with approximate gradient, 2016; Ehrhardt & Roberts,
/// Analyzing inexact hypergradients for bilevel learning, 2024; Becker & Rannacher, An optimal control
/// approach to a posteriori error estimation in finite element methods, 2001.
public struct Implicit: HypergradientEstimator {
  /// Who solves the lower level.
  public var solver: any LowerLevelSolver
  /// Who solves the adjoint equation.
  public var linear: any LinearSolver
  /// How the error is judged.
  public var bound: ErrorBound
  /// Whether results are corrected by the error estimate where that is small enough.
  public var correct: Bool
  /// Most CG iterations for d, and for dq.
  public var estimateIterations: Int
  /// Relative residual at which d and dq are good enough.
  public var estimateReduction: Double

  /// The estimator with the given solvers.
  public init(
    solver: any LowerLevelSolver = FISTA(), linear: any LinearSolver = ConjugateGradient(),
    bound: ErrorBound = .estimated, correct: Bool = false, estimateIterations: Int = 5,
    estimateReduction: Double = 0.03
  ) {
    precondition(!correct || bound == .estimated, "A correction needs bound = estimated.")
    self.solver = solver
    self.linear = linear
    self.bound = bound
    self.correct = correct
    self.estimateIterations = estimateIterations
    self.estimateReduction = estimateReduction
  }

  /// The solver of the lower level.
  public var lowerLevelSolver: any LowerLevelSolver { solver }

  private var judgement: ErrorJudgement {
    ErrorJudgement(
      bound: bound, correct: correct, iterations: estimateIterations, linear: linear,
      reduction: estimateReduction)
  }

  /// The loss at a point within the accuracy of the minimiser, and its sandwich.
  ///
  /// Where the warm start has an adjoint, as at the trial points of a line search, the linear solver
  /// brings it to δ = L_ℓ ε, so that the sandwich is of second order in ε; the next gradient there
  /// starts from it. With `correct`, the adjoint serves as it is for an estimate of the loss at the
  /// Newton point instead, for at most `estimateIterations` Hessian products and one gradient.
  public func loss(
    _ sample: SampleProblem, accuracy: Double, from warmStart: WarmStart?, budget: Int,
    workspace: Workspace
  ) -> SampleLoss {
    solver.loss(
      sample, accuracy: accuracy, from: warmStart, budget: budget, workspace: workspace,
      judgedBy: judgement)
  }

  /// The hypergradient at a point within the accuracy of the minimiser.
  public func hypergradient(
    _ sample: SampleProblem, accuracy: Accuracy, from warmStart: WarmStart?, budget: Int,
    workspace: Workspace
  ) -> SampleHypergradient {
    let lower = solver.timedSolve(sample, accuracy.lowerLevel, from: warmStart, budget, workspace)
    let equation = AdjointEquation(sample, lower, workspace)
    var system = equation.system
    system.recycled = warmStart?.subspace
    let adjoint = workspace.timed(.linearSystem) {
      linear.solve(
        system, from: warmStart?.q, accuracy: accuracy.linearSystem,
        budget: budget - lower.cost.total, workspace: workspace)
    }
    return equation.hypergradient(adjoint, judgedBy: judgement)
  }
}

extension Implicit: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    Implicit.self, "implicit",
    "The hypergradient by the implicit function theorem: solve, adjoint solve, mixed product.",
    details: """
      x to accuracy eps, q with |H q - grad loss| <= delta, z = -J^T q. The error of z is estimated \
      (a dual-weighted residual, some 20 Hessian products, near the truth where \
      the error is small; not a bound), certified (a bound from the energy's constants, wider) or \
      left alone. With correct, the estimated error is subtracted where it is below a quarter of z, \
      and the loss is an estimate of second order; without, its bounds are certified.
      """,
    example: "bl.hypergradient.implicit { bound = \"certified\" }",
    source: "Pedregosa 2016; Ehrhardt & Roberts 2024; Becker & Rannacher 2001"
  ) {
    Constructor(Implicit()) {
      HypergradientFields.solver(\.solver)
      Field(
        "linear", \.linear, .object((any LinearSolver).self, "a linear solver"),
        "solver of the adjoint equation")
      HypergradientFields.bound(\.bound)
      Field("correct", \.correct, .boolean, "subtract the estimated errors from z and the loss")
      Field(
        "estimate_iterations", \.estimateIterations, .integer(atLeast: 1),
        "most CG iterations for each of the two systems of an estimate")
    } check: { implicit in
      if implicit.correct, implicit.bound != .estimated {
        throw ScriptError("bl.hypergradient.implicit: 'correct' needs bound = \"estimated\"")
      }
    }
  }
}
