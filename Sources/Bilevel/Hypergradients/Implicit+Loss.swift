import Tensors

/// Bounds of ℓ(x̂).
struct Sandwich {
  let lower: Double
  let upper: Double

  /// From ‖x̃ − x̂‖ ≤ ε: ℓ(x̃) ± ‖∇ℓ(x̃)‖ ε with L_ℓ/2 ε² more above, and below where ℓ is not convex
  /// (reference D1).
  init(_ loss: any UpperLoss, value: Double, gradientNorm: Double, _ epsilon: Double) {
    let quadratic = loss.smoothness / 2 * epsilon * epsilon
    lower = value - gradientNorm * epsilon - (loss.isConvex ? 0 : quadratic)
    upper = value + gradientNorm * epsilon + quadratic
  }
}

extension Implicit {
  /// The loss at a point within the accuracy of the minimiser, and its sandwich.
  ///
  /// Where the warm start has an adjoint, as at the trial points of a line search, it narrows the
  /// sandwich for one Hessian product, and for one bound over a ball where that helps. With
  /// `correct`, it takes part in the estimate of the loss at the Newton point instead, for at most
  /// `estimateIterations` Hessian products and one gradient.
  public func loss(
    _ sample: SampleProblem, accuracy: Double, from warmStart: WarmStart?, budget: Int,
    workspace: Workspace
  ) -> SampleLoss {
    let lower = workspace.timed(.lowerLevel) {
      solver.solve(
        sample.energy, from: warmStart?.x ?? sample.initial, accuracy: accuracy, budget: budget,
        workspace: workspace)
    }
    var gradient = workspace.tensor(lower.x.shape, lower.x.elementType)
    var loss = SampleLoss(sample, lower, q: warmStart?.q, gradient: &gradient)
    if let q = warmStart?.q, q.shape == lower.x.shape, q.elementType == lower.x.elementType {
      let system = LinearSystem(
        sample.energy.curvature(at: lower.x), norm: sample.energy.smoothness, rightSide: gradient)
      if correct {
        correctLoss(&loss, sample, lower, q, system, workspace)
      } else {
        sharpenLoss(&loss, sample, lower, q, system, workspace)
      }
    }
    for tensor in [lower.gradient, gradient] { workspace.recycle(tensor) }
    return loss
  }

  /// The sandwich narrowed by an adjoint whose residual is computed here.
  private func sharpenLoss(
    _ loss: inout SampleLoss, _ sample: SampleProblem, _ lower: LowerLevelSolution, _ q: Tensor,
    _ system: LinearSystem, _ workspace: Workspace
  ) {
    var residual = workspace.tensor(q.shape, q.elementType)
    system.matrix.apply(q, into: &residual)
    loss.cost.hessianProducts += 1
    residual.add(system.rightSide, times: -1)
    let rounding = q.elementType.roundingError(norm: system.norm, at: q.norm)
    loss.sharpen(sample, lower, q: q, residual: residual.norm + rounding)
    workspace.recycle(residual)
  }

  /// The loss estimated at the Newton point, with the adjoint of another θ.
  private func correctLoss(
    _ loss: inout SampleLoss, _ sample: SampleProblem, _ lower: LowerLevelSolution, _ q: Tensor,
    _ system: LinearSystem, _ workspace: Workspace
  ) {
    let energy = sample.energy
    let step = approximation(
      of: LinearSystem(system.matrix, norm: system.norm, rightSide: lower.gradient), workspace,
      &loss.cost)
    var newton = NewtonPoint(sample, from: lower.x, step: step, workspace: workspace)
    newton.evaluate(energy)
    loss.cost.gradients += 1
    let isCorrected = loss.correct(
      sample, lower, by: newton, q: q, newtonAdjoint: q, lossGradient: system.rightSide)
    newton.recycle(into: workspace, keepingPoint: isCorrected)
  }

  /// A solution good enough for an estimate.
  func approximation(of system: LinearSystem, _ workspace: Workspace, _ cost: inout Cost) -> Tensor
  {
    workspace.timed(.linearSystem) {
      ConjugateGradient().approximate(
        system, reduction: estimateReduction, iterations: estimateIterations, workspace: workspace,
        cost: &cost)
    }
  }
}

extension SampleLoss {
  /// The sandwich of ℓ(x̂) around ℓ(x̃); gradient ← ∇ℓ(x̃).
  init(
    _ sample: SampleProblem, _ lower: LowerLevelSolution, q: Tensor?, gradient: inout Tensor
  ) {
    let value = sample.loss.gradient(at: lower.x, truth: sample.truth, into: &gradient)
    let bounds = Sandwich(
      sample.loss, value: value, gradientNorm: gradient.norm, lower.errorBound)
    self.init(
      value: value, upperSlack: bounds.upper - value, lowerSlack: value - bounds.lower,
      errorBound: lower.errorBound, outcome: lower.outcome, cost: lower.cost,
      warmStart: WarmStart(x: lower.x, q: q))
  }

  /// The bound over the ball is formed only where the rest of the new slack is below this part of the
  /// old one.
  private static let worthwhilePart = 0.5

  /// Narrows the sandwich by an adjoint q with ‖∇ℓ − H q‖ ≤ ρ, the residual.
  ///
  ///     |ℓ(x̂) − (ℓ(x̃) − ⟨q, g⟩)| ≤ ε ρ + |⟨(H̄ − H) q, e⟩| + L_ℓ/2 ε²,
  ///
  /// without the last term from below where ℓ is convex; g = ∇g(x̃), e = x̂ − x̃, and H̄ is the mean of H
  /// on the way from x̃ to x̂. For H̄ e = −g, so that with r = ∇ℓ − H q
  ///
  ///     ⟨∇ℓ, e⟩ = ⟨r, e⟩ + ⟨H q, e⟩ = ⟨r, e⟩ − ⟨q, g⟩ − ⟨(H̄ − H) q, e⟩.
  ///
  /// A bound (`Energy.pathVariationBound`), of second order in ε where ρ is of first: the residual of a
  /// solved adjoint equation, or of the adjoint of another θ nearby. Each bound of first order stays
  /// where it is narrower; the value becomes ℓ(x̃) − ⟨q, g⟩, or the bound that is nearest.
  mutating func sharpen(
    _ sample: SampleProblem, _ lower: LowerLevelSolution, q: Tensor, residual: Double
  ) {
    let epsilon = lower.errorBound
    // The evaluated gradient differs from the true one by as much as widens its certificate.
    let rounding = max(epsilon * sample.energy.strongConvexity - lower.gradientNorm, 0)
    let correction = q.dot(lower.gradient)
    let quadratic = sample.loss.smoothness / 2 * epsilon * epsilon
    let below = sample.loss.isConvex ? 0 : quadratic
    var slack = epsilon * residual + q.norm * rounding
    guard
      2 * slack + quadratic + below < Self.worthwhilePart * (upperSlack + lowerSlack)
    else { return }
    slack += sample.energy.pathVariationBound(at: lower.x, q, radius: epsilon)
    guard slack.isFinite, correction.isFinite else { return }
    let ceiling = min(value + upperSlack, value - correction + slack + quadratic)
    let floor = max(value - lowerSlack, value - correction - slack - below)
    value = min(max(value - correction, floor), ceiling)
    (upperSlack, lowerSlack) = (ceiling - value, value - floor)
  }
}
