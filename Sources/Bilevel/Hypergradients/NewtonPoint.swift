import Tensors

/// The point x′ = x̃ − d, d ≈ H⁻¹∇g(x̃) or the sum of several such steps, whose distance from x̂ is of
/// second order in ‖x̃ − x̂‖.
struct NewtonPoint {
  /// d.
  private(set) var step: Tensor
  /// x′, evaluated.
  private(set) var point: CertifiedPoint
  /// ℓ(x′).
  private(set) var loss = 0.0
  /// ∇ℓ(x′).
  private(set) var lossGradient: Tensor

  /// x̃ itself, not evaluated before it is moved.
  init(_ sample: SampleProblem, from x: Tensor, workspace: Workspace) {
    step = workspace.tensor(x.shape, x.elementType)
    step.fill(with: 0)
    point = CertifiedPoint(at: x, workspace)
    lossGradient = workspace.tensor(x.shape, x.elementType)
  }

  /// d ← d + further, x′ evaluated: one gradient.
  mutating func move(by further: Tensor, _ sample: SampleProblem, _ cost: inout Cost) {
    step.add(further)
    point.x.add(further, times: -1)
    loss = sample.loss.gradient(at: point.x, truth: sample.truth, into: &lossGradient)
    point.evaluate(sample.energy, smoothness: sample.energy.smoothness)
    cost.gradients += 1
  }

  /// Above this ratio of ‖∇g(x′)‖ to ‖∇g(x̃)‖ the expansion is not to be trusted.
  private static let largestContraction = 0.5

  /// Whether x′, evaluated, is much nearer to x̂ than x̃ was.
  func isBetter(than lower: LowerLevelSolution) -> Bool {
    point.gradientNorm <= Self.largestContraction * lower.gradientNorm
  }

  /// x′, evaluated, as if the solver had returned it.
  func solution(_ lower: LowerLevelSolution, _ energy: any Energy) -> LowerLevelSolution {
    var solution = lower
    (solution.x, solution.gradient) = (point.x, point.gradient)
    (solution.value, solution.gradientNorm) = (point.value, point.gradientNorm)
    solution.errorBound = point.errorBound(energy)
    return solution
  }

  /// Gives the tensors back; not x′ where it lives on as a warm start.
  consuming func recycle(into workspace: Workspace, keepingPoint: Bool = false) {
    if !keepingPoint { workspace.recycle(point.x) }
    for tensor in [step, lossGradient, point.gradient] { workspace.recycle(tensor) }
  }
}

extension SampleLoss {
  /// Puts the evaluated x′ in the place of x̃, with the sandwich of first order there.
  mutating func move(to newton: NewtonPoint, _ sample: SampleProblem) {
    errorBound = newton.point.errorBound(sample.energy)
    let bounds = Sandwich(
      sample.loss, value: newton.loss, gradientNorm: newton.lossGradient.norm, errorBound)
    value = newton.loss
    (upperSlack, lowerSlack) = (bounds.upper - value, value - bounds.lower)
    warmStart.x = newton.point.x
  }

  /// Puts x′ in the place of x̃, and the dual-weighted estimate of ℓ(x̂) in that of ℓ(x̃).
  ///
  ///     ℓ(x̂) ≈ ℓ(x′) − ⟨q′, ∇g(x′)⟩,   slack = |that − (ℓ(x̃) − ⟨q, ∇g⟩ + ½⟨d, ∇ℓ(x̃) − ∇ℓ(x′)⟩)|.
  ///
  /// The slack is an estimate: what the estimate of one order less, that of reference C6, lacks,
  /// namely ⟨∇ℓ − H q, d⟩ and half of ∂³g(q, d, d). The certified sandwich around ℓ(x′) limits both.
  ///
  /// - Parameters:
  ///   - newton: x′, evaluated and better than x̃.
  ///   - q: the adjoint at x̃.
  ///   - newtonAdjoint: q′, the adjoint at x′; q where none better is known.
  ///   - lossGradient: ∇ℓ(x̃).
  mutating func correct(
    _ sample: SampleProblem, _ lower: LowerLevelSolution, by newton: NewtonPoint, q: Tensor,
    newtonAdjoint: Tensor, lossGradient: Tensor
  ) {
    let rounding = newtonAdjoint.norm * newton.point.rounding
    let estimate = newton.loss - newtonAdjoint.dot(newton.point.gradient)
    let curvature = (newton.step.dot(lossGradient) - newton.step.dot(newton.lossGradient)) / 2
    let change = abs(estimate - (value - q.dot(lower.gradient) + curvature)) + rounding
    move(to: newton, sample)
    guard change.isFinite else { return }
    let (floor, ceiling) = (value - lowerSlack, value + upperSlack)
    value = min(max(estimate, floor), ceiling)
    (upperSlack, lowerSlack) = (min(change, ceiling - value), min(change, value - floor))
    isEstimated = true
  }
}
