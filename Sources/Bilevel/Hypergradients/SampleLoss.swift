import Tensors

/// ℓ(x̃) of one sample, and what is known of ℓ(x̂).
public struct SampleLoss: Sendable {
  /// ℓ(x̃), or what is better known of ℓ(x̂).
  public var value: Double
  /// ℓ(x̂) ≤ value + upperSlack.
  public var upperSlack: Double
  /// ℓ(x̂) ≥ value − lowerSlack.
  public var lowerSlack: Double
  /// Whether value and slacks are estimates; if not, the slacks are certified.
  public var isEstimated = false
  /// ε: the certified ‖x̃ − x̂‖.
  public var errorBound: Double
  /// How the lower-level solve ended.
  public var outcome: Outcome
  /// Work done.
  public var cost: Cost
  /// x̃.
  public var warmStart: WarmStart
}

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

extension LowerLevelSolver {
  /// The minimiser to the given accuracy from the warm start, if there is one.
  func timedSolve(
    _ sample: SampleProblem, _ accuracy: Double, from warmStart: WarmStart?, _ budget: Int,
    _ workspace: Workspace
  ) -> LowerLevelSolution {
    workspace.timed(.lowerLevel) {
      solve(
        sample.energy, from: warmStart?.x ?? sample.initial, accuracy: accuracy, budget: budget,
        workspace: workspace)
    }
  }

  /// The loss at a point within the accuracy of the minimiser, and what an adjoint tells of it.
  func loss(
    _ sample: SampleProblem, accuracy: Double, from warmStart: WarmStart?, budget: Int,
    workspace: Workspace, judgedBy judgement: ErrorJudgement
  ) -> SampleLoss {
    let lower = timedSolve(sample, accuracy, from: warmStart, budget, workspace)
    if let q = warmStart?.q, q.shape == lower.x.shape, q.elementType == lower.x.elementType {
      return AdjointEquation(sample, lower, workspace).loss(
        with: q, judgedBy: judgement, budget: budget)
    }
    var gradient = workspace.tensor(lower.x.shape, lower.x.elementType)
    let loss = SampleLoss(sample, lower, q: nil, gradient: &gradient)
    for tensor in [lower.gradient, gradient] { workspace.recycle(tensor) }
    return loss
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
