import Tensors

/// What linear solvers share: q, its residual r = b − Hq, and how it goes.
public struct LinearIterate {
  /// q.
  public private(set) var q: Tensor
  /// r: of the method's recursion, or recomputed from q.
  public var residual: Tensor
  /// ‖r‖, as the method's recursion has it.
  public private(set) var residualNorm = 0.0
  /// Why the iteration cannot go on, if so.
  public private(set) var failure: Outcome?
  /// ⟨p, Hp⟩/‖p‖² of a direction of non-positive curvature, once one was met.
  public private(set) var negativeCurvature: Double?
  /// Work done.
  public private(set) var cost = Cost()
  /// The last product with H.
  var product: Tensor
  private var rounding = 0.0  // of evaluating b − Hq

  /// ‖b − Hq‖ and the rounding error of evaluating it.
  public var error: Double { residualNorm + rounding }

  /// q₀, or zero if that has the smaller residual: at most one product.
  init(_ problem: LinearProblem, at q0: Tensor?) {
    let b = problem.system.rightSide
    q = problem.workspace.tensor(b.shape, b.elementType)
    residual = problem.workspace.tensor(b.shape, b.elementType)
    product = problem.workspace.tensor(b.shape, b.elementType)
    if let q0 {
      q.copyElements(from: q0)
      recomputeResidual(problem.system)
      if error < b.norm { return }
    }
    q.fill(with: 0)
    residual.copyElements(from: b)
    measure(problem.system)
  }

  /// r ← b − Hq: one product.
  mutating func recomputeResidual(_ system: LinearSystem) {
    system.matrix.apply(q, into: &product)
    cost.hessianProducts += 1
    residual.setCombination(1, system.rightSide, -1, product)
    measure(system)
  }

  /// product ← Hp, an iteration's product; ⟨p, Hp⟩.
  mutating func multiply(_ direction: Tensor, _ system: LinearSystem) -> Double {
    system.matrix.apply(direction, into: &product)
    cost.hessianProducts += 1
    cost.linearIterations += 1
    return direction.dot(product)
  }

  /// product ← Hp and ⟨p, Hp⟩; nil, and the end, where that is not positive.
  mutating func curvature(along direction: Tensor, _ system: LinearSystem) -> Double? {
    let curvature = multiply(direction, system)
    // NaN goes on, into the residual, where the loop finds it.
    if curvature <= 0 {
      let squaredNorm = direction.squaredNorm
      failure = squaredNorm == 0 ? .stalled : .indefinite
      if squaredNorm > 0 { note(curvature: curvature / squaredNorm) }
      return nil
    }
    return curvature
  }

  /// q ← q + step · p and r ← r − step · Hp, with the product at hand.
  mutating func move(along direction: Tensor, by step: Double, _ system: LinearSystem) {
    q.add(direction, times: step)
    residual.add(product, times: -step)
    endStep(system)
  }

  /// q ← q + step · r: one product.
  mutating func descend(by step: Double, _ system: LinearSystem) {
    guard curvature(along: residual, system) != nil else { return }
    q.add(residual, times: step)
    residual.add(product, times: -step)
    endStep(system)
  }

  /// q ← q + step · p, where the method knows ‖r‖ but not r.
  mutating func move(
    along direction: Tensor, by step: Double, _ system: LinearSystem, residualNorm: Double
  ) {
    q.add(direction, times: step)
    endStep(system, residualNorm: residualNorm)
  }

  /// Remembers the most negative curvature.
  mutating func note(curvature: Double) {
    negativeCurvature = min(negativeCurvature ?? .infinity, curvature)
  }

  /// Ends the solve.
  mutating func fail(_ outcome: Outcome) { failure = outcome }

  private mutating func measure(_ system: LinearSystem, residualNorm: Double? = nil) {
    self.residualNorm = residualNorm ?? residual.norm
    rounding = q.elementType.roundingError(norm: system.norm, at: q.norm)
  }

  /// A residual within its own rounding error cannot be reduced.
  private mutating func endStep(_ system: LinearSystem, residualNorm: Double? = nil) {
    measure(system, residualNorm: residualNorm)
    if self.residualNorm <= rounding { failure = .stalled }
  }
}
