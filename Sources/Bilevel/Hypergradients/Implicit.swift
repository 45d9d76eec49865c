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
///   that kinks count too. It costs at most 2 `estimateIterations` + 1 Hessian products and one mixed
///   product. An estimate, not a bound. With `correct`, z′ takes the place of z where ‖e‖ ≤ ‖z‖/4, the
///   loss is estimated at x′ too (`SampleLoss.correct`), and x′ and q + dq are the warm start.
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
    bound: ErrorBound = .estimated, correct: Bool = false, estimateIterations: Int = 10,
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

  /// The hypergradient at a point within the accuracy of the minimiser.
  public func hypergradient(
    _ sample: SampleProblem, accuracy: Accuracy, from warmStart: WarmStart?, budget: Int,
    workspace: Workspace
  ) -> SampleHypergradient {
    let energy = sample.energy
    let lower = workspace.timed(.lowerLevel) {
      solver.solve(
        energy, from: warmStart?.x ?? sample.initial, accuracy: accuracy.lowerLevel,
        budget: budget, workspace: workspace)
    }
    var lossGradient = workspace.tensor(energy.shape, energy.elementType)
    var loss = SampleLoss(sample, lower, q: nil, gradient: &lossGradient)
    let (system, adjoint) = workspace.timed(.linearSystem) {
      let matrix = energy.curvature(at: lower.x)
      let system = LinearSystem(
        matrix, norm: energy.smoothness, strongConvexity: energy.strongConvexity,
        rightSide: lossGradient)
      let adjoint = linear.solve(
        system, from: warmStart?.q, accuracy: accuracy.linearSystem,
        budget: budget - lower.cost.total, workspace: workspace)
      return (system, adjoint)
    }
    loss.warmStart.q = adjoint.q
    if !correct { loss.sharpen(sample, lower, q: adjoint.q, residual: adjoint.residualBound) }

    var z = [Double](repeating: 0, count: energy.parameterCount)
    workspace.timed(.mixedProducts) { energy.addMixedProduct(at: lower.x, adjoint.q, to: &z) }
    for i in z.indices { z[i] = -z[i] }
    var result = SampleHypergradient(
      z: z, loss: loss, residualBound: adjoint.residualBound, linearOutcome: adjoint.outcome,
      cost: lower.cost + adjoint.cost, warmStart: loss.warmStart)
    result.cost.mixedProducts += 1
    switch bound {
    case .estimated: estimateError(&result, sample, lower, adjoint.q, system, workspace)
    case .certified: certifyError(&result, sample, lower, adjoint)
    case .none: break
    }
    for tensor in [lower.gradient, adjoint.residual, lossGradient] { workspace.recycle(tensor) }
    return result
  }

  /// e = z − z′; where results are to be corrected, also the loss, and solves go on from x′ and q + dq.
  private func estimateError(
    _ result: inout SampleHypergradient, _ sample: SampleProblem, _ lower: LowerLevelSolution,
    _ q: Tensor, _ system: LinearSystem, _ workspace: Workspace
  ) {
    let energy = sample.energy
    let step = approximation(
      of: LinearSystem(system.matrix, norm: system.norm, rightSide: lower.gradient), workspace,
      &result.cost)
    var newton = NewtonPoint(sample, from: lower.x, step: step, workspace: workspace)
    let adjoint = newtonAdjoint(newton, energy, q, system.norm, workspace, &result.cost)
    var e = result.z
    workspace.timed(.mixedProducts) {
      energy.addMixedProduct(at: newton.point.x, adjoint, to: &e)
    }
    result.errorEstimate = e
    result.cost.mixedProducts += 1
    var isCorrected = false
    if correct {
      newton.evaluate(energy)
      result.cost.gradients += 1
      isCorrected = result.loss.correct(
        sample, lower, by: newton, q: q, newtonAdjoint: adjoint, lossGradient: system.rightSide)
      if isCorrected { result.loss.warmStart.q = adjoint }
      result.warmStart = result.loss.warmStart
    }
    newton.recycle(into: workspace, keepingPoint: isCorrected)
    if !isCorrected { workspace.recycle(adjoint) }
  }

  /// q′ = q + dq, dq ≈ H′⁻¹(∇ℓ(x′) − H′q).
  private func newtonAdjoint(
    _ newton: NewtonPoint, _ energy: any Energy, _ q: Tensor, _ norm: Double,
    _ workspace: Workspace, _ cost: inout Cost
  ) -> Tensor {
    let matrix = energy.curvature(at: newton.point.x)
    var residual = workspace.tensor(q.shape, q.elementType)
    matrix.apply(q, into: &residual)
    cost.hessianProducts += 1
    residual.scale(by: -1)
    residual.add(newton.lossGradient)
    var adjoint = approximation(
      of: LinearSystem(matrix, norm: norm, rightSide: residual), workspace, &cost)
    adjoint.add(q)
    workspace.recycle(residual)
    return adjoint
  }

  /// ω, from bounds over the ball of radius ε around x̃.
  private func certifyError(
    _ result: inout SampleHypergradient, _ sample: SampleProblem, _ lower: LowerLevelSolution,
    _ adjoint: LinearSolution
  ) {
    let (energy, x, q, epsilon) = (sample.energy, lower.x, adjoint.q, lower.errorBound)
    let adjointError =
      (energy.hessianVariationBound(at: x, q, radius: epsilon)
        + sample.loss.smoothness * epsilon + adjoint.residualBound) / energy.strongConvexity
    let bound =
      energy.mixedVariationBound(at: x, q, radius: epsilon)
      + energy.mixedNormBound(at: x, radius: epsilon) * adjointError
    result.errorBound = bound.isNaN ? .infinity : bound
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
      Field(
        "solver", \.solver, .object((any LowerLevelSolver).self, "a solver"), "lower-level solver")
      Field(
        "linear", \.linear, .object((any LinearSolver).self, "a linear solver"),
        "solver of the adjoint equation")
      Field("bound", \.bound, .choice, "how the error is judged")
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
