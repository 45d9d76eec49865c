import Tensors

/// How the error of a hypergradient is judged, and how hard an estimate tries.
struct ErrorJudgement {
  var bound: ErrorBound
  /// Whether the loss is to be corrected too.
  var correct = false
  /// Most CG iterations for each of the two systems of an estimate.
  var iterations = 10
  /// Who solves for the adjoint of another θ's warm start where only the loss is wanted; nobody if nil.
  var linear: (any LinearSolver)?
  /// Relative residual at which their solutions are good enough.
  var reduction = 0.03
  /// Most Newton steps of an estimate, halved ones included.
  static let newtonSteps = 8
  /// One step is enough where ‖∇g‖ falls to this part; where g is far from quadratic it may not.
  static let sufficientFall = 0.1
}

/// The adjoint equation H q = ∇ℓ of one sample at a certified x̃, and what follows from any q.
///
/// H = ∂²g/∂x² and J = ∂²g/∂x∂θ, both at x̃. Made after the last use of another point's curvature.
struct AdjointEquation {
  let sample: SampleProblem
  let lower: LowerLevelSolution
  let loss: SampleLoss
  let system: LinearSystem
  let workspace: Workspace

  /// The equation at the solution of the lower level; prepares the curvature there.
  init(_ sample: SampleProblem, _ lower: LowerLevelSolution, _ workspace: Workspace) {
    let energy = sample.energy
    var lossGradient = workspace.tensor(energy.shape, energy.elementType)
    loss = SampleLoss(sample, lower, q: nil, gradient: &lossGradient)
    let matrix = workspace.timed(.linearSystem) { energy.curvature(at: lower.x) }
    system = LinearSystem(
      matrix, norm: energy.smoothness, strongConvexity: energy.strongConvexity,
      rightSide: lossGradient)
    self.sample = sample
    self.lower = lower
    self.workspace = workspace
  }

  /// z = −Jᵀq, or a z that was formed otherwise, with what is known of its error.
  ///
  /// Ends the equation: its tensors go back to the workspace.
  func hypergradient(
    _ adjoint: LinearSolution, formedOtherwise other: [Double]? = nil,
    judgedBy judgement: ErrorJudgement
  ) -> SampleHypergradient {
    var loss = loss
    loss.warmStart.q = adjoint.q
    loss.warmStart.subspace = adjoint.recycled
    var result = SampleHypergradient(
      z: other ?? implicit(adjoint.q), loss: loss, residualBound: adjoint.residualBound,
      linearOutcome: adjoint.outcome, cost: lower.cost + adjoint.cost, warmStart: loss.warmStart)
    if other == nil { result.cost.mixedProducts += 1 }
    if judgement.bound == .certified { certifyError(&result, adjoint, isOther: other != nil) }
    let isMoved =
      judgement.bound == .estimated
      && estimateError(&result, adjoint.q, judgement, mayMove: other == nil)
    if !isMoved {
      result.loss.sharpen(sample, lower, q: adjoint.q, residual: adjoint.residualBound)
    }
    for tensor in [lower.gradient, adjoint.residual, system.rightSide] {
      workspace.recycle(tensor)
    }
    return result
  }

  /// The loss with what the adjoint of another θ nearby tells of it.
  ///
  /// It narrows the sandwich, brought to δ = L_ℓ ε by the judgement's linear solver or as it is, or it
  /// takes part in the estimate of the loss at the Newton point if results are to be corrected. Ends
  /// the equation.
  func loss(with q: Tensor, judgedBy judgement: ErrorJudgement, budget: Int) -> SampleLoss {
    var loss = loss
    loss.warmStart.q = q
    if judgement.correct {
      let newton = newtonPoint(judgement, steps: 1, &loss.cost)
      let isBetter = newton.isBetter(than: lower)
      if isBetter {
        loss.correct(
          sample, lower, by: newton, q: q, newtonAdjoint: q, lossGradient: system.rightSide)
      }
      newton.recycle(into: workspace, keepingPoint: isBetter)
    } else if let linear = judgement.linear {
      sharpen(&loss, from: q, linear, budget: budget - lower.cost.total)
    } else {
      let residual = residualBound(of: q, system, &loss.cost)
      loss.sharpen(sample, lower, q: q, residual: residual)
    }
    for tensor in [lower.gradient, system.rightSide] { workspace.recycle(tensor) }
    return loss
  }

  /// The sandwich narrowed by the adjoint to δ = L_ℓ ε, from which the next gradient here can start.
  private func sharpen(
    _ loss: inout SampleLoss, from q: Tensor, _ linear: any LinearSolver, budget: Int
  ) {
    let accuracy = sample.loss.smoothness * lower.errorBound
    let adjoint = workspace.timed(.linearSystem) {
      linear.solve(system, from: q, accuracy: accuracy, budget: budget, workspace: workspace)
    }
    loss.cost += adjoint.cost
    loss.warmStart.q = adjoint.q
    loss.warmStart.subspace = adjoint.recycled
    loss.sharpen(sample, lower, q: adjoint.q, residual: adjoint.residualBound)
    workspace.recycle(adjoint.residual)
  }

  /// ‖b − H q‖ with rounding, by one product.
  private func residualBound(of q: Tensor, _ system: LinearSystem, _ cost: inout Cost) -> Double {
    var residual = workspace.tensor(q.shape, q.elementType)
    workspace.timed(.linearSystem) { system.matrix.apply(q, into: &residual) }
    cost.hessianProducts += 1
    residual.add(system.rightSide, times: -1)
    let norm = residual.norm
    workspace.recycle(residual)
    return norm + q.elementType.roundingError(norm: system.norm, at: q.norm)
  }

  /// −Jᵀ q: one mixed product.
  private func implicit(_ q: Tensor) -> [Double] {
    var z = [Double](repeating: 0, count: sample.energy.parameterCount)
    workspace.timed(.mixedProducts) { sample.energy.addMixedProduct(at: lower.x, q, to: &z) }
    for i in z.indices { z[i] = -z[i] }
    return z
  }

  /// x̃ − d after at most so many Newton steps, evaluated; leaves the curvature of another point.
  ///
  /// A step that does not lower ‖∇g‖ is halved until it does: along −d it falls at first.
  private func newtonPoint(
    _ judgement: ErrorJudgement, steps: Int, _ cost: inout Cost
  ) -> NewtonPoint {
    var step = approximation(system.matrix, lower.gradient, judgement, &cost)
    var newton = NewtonPoint(sample, from: lower.x, workspace: workspace)
    newton.move(by: step, sample, &cost)
    var (best, factor) = (lower.gradientNorm, -0.5)
    let goal = ErrorJudgement.sufficientFall * lower.gradientNorm
    for _ in 1..<steps where newton.point.gradientNorm > goal && !newton.point.isAtFloor {
      if newton.point.gradientNorm < best {
        (best, factor) = (newton.point.gradientNorm, -0.5)
        let matrix = sample.energy.curvature(at: newton.point.x)
        workspace.recycle(step)
        step = approximation(matrix, newton.point.gradient, judgement, &cost)
      } else {
        step.scale(by: factor)
        factor = 0.5
      }
      newton.move(by: step, sample, &cost)
    }
    workspace.recycle(step)
    return newton
  }

  /// A solution good enough for an estimate.
  private func approximation(
    _ matrix: any SymmetricOperator, _ rightSide: Tensor, _ judgement: ErrorJudgement,
    _ cost: inout Cost
  ) -> Tensor {
    workspace.timed(.linearSystem) {
      ConjugateGradient().approximate(
        LinearSystem(matrix, norm: system.norm, rightSide: rightSide),
        reduction: judgement.reduction, iterations: judgement.iterations, workspace: workspace,
        cost: &cost)
    }
  }

  /// e = z − z′; where x′ is much better than x̃ and may take its place, true, with the loss there, and x′
  /// and q + dq as the warm start.
  ///
  /// z′ is the implicit hypergradient at x′ = x̃ − d, d ≈ H⁻¹∇g, with the adjoint q + dq,
  /// dq ≈ H′⁻¹(∇ℓ(x′) − H′q), whatever z and q are.
  private func estimateError(
    _ result: inout SampleHypergradient, _ q: Tensor, _ judgement: ErrorJudgement, mayMove: Bool
  ) -> Bool {
    let newton = newtonPoint(judgement, steps: ErrorJudgement.newtonSteps, &result.cost)
    let matrix = sample.energy.curvature(at: newton.point.x)
    let adjoint = newtonAdjoint(newton, matrix, q, judgement, &result.cost)
    var e = result.z
    workspace.timed(.mixedProducts) {
      sample.energy.addMixedProduct(at: newton.point.x, adjoint, to: &e)
    }
    result.errorEstimate = e
    result.cost.mixedProducts += 1
    let isBetter = mayMove && newton.isBetter(than: lower)
    if isBetter {
      if judgement.correct {
        result.loss.correct(
          sample, lower, by: newton, q: q, newtonAdjoint: adjoint, lossGradient: system.rightSide)
      } else {
        result.loss.move(to: newton, sample)
        let next = LinearSystem(matrix, norm: system.norm, rightSide: newton.lossGradient)
        let residual = residualBound(of: adjoint, next, &result.cost)
        result.loss.sharpen(
          sample, newton.solution(lower, sample.energy), q: adjoint, residual: residual)
      }
      result.loss.warmStart.q = adjoint
      result.warmStart = result.loss.warmStart
    } else {
      workspace.recycle(adjoint)
    }
    newton.recycle(into: workspace, keepingPoint: isBetter)
    return isBetter
  }

  /// q′ = q + dq, dq ≈ H′⁻¹(∇ℓ(x′) − H′q).
  private func newtonAdjoint(
    _ newton: NewtonPoint, _ matrix: any SymmetricOperator, _ q: Tensor,
    _ judgement: ErrorJudgement, _ cost: inout Cost
  ) -> Tensor {
    var residual = workspace.tensor(q.shape, q.elementType)
    matrix.apply(q, into: &residual)
    cost.hessianProducts += 1
    residual.scale(by: -1)
    residual.add(newton.lossGradient)
    var adjoint = approximation(matrix, residual, judgement, &cost)
    adjoint.add(q)
    workspace.recycle(residual)
    return adjoint
  }

  /// ω: how far z is from −Jᵀq, which is computed, and how far that is from ∇f, which is bounded over
  /// the ball of radius ε around x̃.
  private func certifyError(
    _ result: inout SampleHypergradient, _ adjoint: LinearSolution, isOther: Bool
  ) {
    let (energy, x, q, epsilon) = (sample.energy, lower.x, adjoint.q, lower.errorBound)
    let adjointError =
      (energy.hessianVariationBound(at: x, q, radius: epsilon)
        + sample.loss.smoothness * epsilon + adjoint.residualBound) / energy.strongConvexity
    var bound =
      energy.mixedVariationBound(at: x, q, radius: epsilon)
      + energy.mixedNormBound(at: x, radius: epsilon) * adjointError
    if isOther {
      bound += result.z.squaredLength(from: implicit(q)).squareRoot()
      result.cost.mixedProducts += 1
    }
    result.errorBound = bound.isNaN ? .infinity : bound
  }
}
