import Imaging
import Tensors

/// The variational energy of one sample: g(x) = D(Ax, y) + R(x; θ) + μ/2 ‖x‖².
///
/// D a `Fidelity`, A a `PreparedOperator`, R(·; θ) a prepared regularizer, μ ≥ 0 an extra strong
/// convexity. The observation y is exchanged with `observe`, so that one worker reuses one instance,
/// its scratch included, for all samples of one shape. It allocates nothing once made. The parameters of a
/// learnable operator come first in θ, and then y is weighed by it too.
/// A gradient costs one gradient of R and, unless A is the identity, one A and one A*.
public final class VariationalEnergy: Energy {
  /// Shape of x.
  public let shape: Shape
  /// Element type of x and y.
  public let elementType: ElementType
  /// Coordinates of θ.
  public let parameterCount: Int
  /// m_D λ_min(A*A) + m_R + μ, with the constants m of D and R; what is assumed, where that is more.
  public let strongConvexity: Double
  /// L_D ‖A‖² + L_R + μ.
  public let smoothness: Double
  /// Lipschitz constants add up, that of D times ‖A‖³.
  public let hessianLipschitz: Double
  /// Of R, and of A where it is learned, whose columns stand side by side.
  public let mixedLipschitz: Double

  private let fidelity: any Fidelity
  private let forward: any OperatorApplication  // A
  private let forwardIsIdentity: Bool
  private let norm: Double  // ‖A‖
  private let extra: Double  // μ
  private let regularizerConvexity: Double
  private let regularizer: any RegularizerEvaluator
  private let learned: OperatorTerm?
  private let weighing: (any LearnableApplication)?  // where y is weighed
  private let regularizerStart: Int  // of its coordinates in θ
  private var measured: Tensor  // y
  private var observed: Tensor  // y, or what a learnable operator makes of it
  private var prediction: Tensor  // Ax
  private var slope: Tensor  // ∂D/∂z and other vectors in the space of observations
  private var point: Tensor  // the prediction at the x of `curvature`

  /// The energy over images of one shape, with y = 0 until `observe` is called.
  ///
  /// - Parameters:
  ///   - fidelity: D.
  ///   - forward: A, which fixes the shape and element type of x.
  ///   - regularizer: R(·; θ) at one θ.
  ///   - strongConvexity: the extra μ ≥ 0.
  ///   - assumedConvexity: the least modulus that the energy is taken to have.
  ///   - workers: threads that one kernel call may split over.
  public init(
    fidelity: any Fidelity, operator forward: any PreparedOperator,
    regularizer: any PreparedRegularizer, strongConvexity extra: Double = 0,
    assumedConvexity: Double = 0, workers: Int = 1
  ) {
    precondition(extra >= 0, "The extra strong convexity is not negative.")
    self.fidelity = fidelity
    self.extra = extra
    let learnable = forward as? any PreparedLearnableOperator
    let application = learnable?.learnableApplication(workers: workers)
    self.forward = application ?? forward.application(workers: workers)
    learned = learnable.flatMap { prepared in
      application.map { OperatorTerm(prepared, $0, fidelity) }
    }
    weighing = learnable?.keepsObservations == false ? application : nil
    regularizerStart = learned?.parameterCount ?? 0
    forwardIsIdentity = forward.isIdentity
    shape = forward.domain
    elementType = forward.elementType
    self.regularizer = regularizer.evaluator(for: shape, workers: workers)
    parameterCount = regularizerStart + regularizer.parameterCount
    let norm = forward.normBound
    self.norm = norm
    regularizerConvexity = regularizer.strongConvexity(for: shape)
    strongConvexity = max(
      fidelity.strongConvexity * forward.normalLowerBound + regularizerConvexity + extra,
      assumedConvexity)
    smoothness = fidelity.smoothness * norm * norm + self.regularizer.smoothness + extra
    hessianLipschitz =
      fidelity.hessianLipschitz * norm * norm * norm + regularizer.hessianLipschitz
    mixedLipschitz = rootOfSquares([regularizer.mixedLipschitz, learned?.mixedLipschitz ?? 0])

    let curved = fidelity.constantCurvature == nil
    let intermediate: Shape = forward.isIdentity && !curved ? [0] : forward.codomain
    observed = Tensor(zeros: forward.codomain, elementType)
    measured = observed
    prediction = Tensor(zeros: intermediate, elementType)
    slope = Tensor(zeros: intermediate, elementType)
    point = Tensor(zeros: curved ? forward.codomain : [0], elementType)
  }

  /// Makes y the observation of another sample of the same shape.
  public func observe(_ y: Tensor) {
    precondition(
      y.shape == observed.shape && y.elementType == elementType,
      "The observation must have the shape \(observed.shape) and element type of the energy.")
    measured = y
    if let weighing { weighing.weigh(y, into: &observed) } else { observed = y }
  }

  private var data: OperatorTerm.Observation {
    OperatorTerm.Observation(measured: measured, weighed: observed)
  }

  /// One energy of R and, unless A is the identity, one A.
  public func value(at x: Tensor) -> Double {
    let data: Double
    if forwardIsIdentity {
      data = fidelity.value(at: x, observed: observed)
    } else {
      forward.apply(x, into: &prediction)
      data = fidelity.value(at: prediction, observed: observed)
    }
    return data + regularizer.value(at: x) + (extra == 0 ? 0 : 0.5 * extra * x.squaredNorm)
  }

  /// One gradient of R and, unless A is the identity, one A and one A*.
  @discardableResult
  public func gradient(at x: Tensor, into gradient: inout Tensor) -> Double {
    let data: Double
    if forwardIsIdentity {
      data = fidelity.gradient(at: x, observed: observed, into: &gradient)
    } else {
      forward.apply(x, into: &prediction)
      data = fidelity.gradient(at: prediction, observed: observed, into: &slope)
      forward.applyAdjoint(slope, into: &gradient)
    }
    let penalty = regularizer.addGradient(at: x, to: &gradient)
    guard extra != 0 else { return data + penalty }
    gradient.add(x, times: extra)
    return data + penalty + 0.5 * extra * x.squaredNorm
  }

  /// The energy itself, prepared at x.
  public func curvature(at x: Tensor) -> any SymmetricOperator {
    if fidelity.constantCurvature == nil { forward.apply(x, into: &point) }
    regularizer.prepareCurvature(at: x)
    return self
  }

  /// One mixed product of R, and of A where it is learned.
  public func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double]) {
    learned?.addMixedProduct(at: x, q, data, to: &theta)
    regularizer.addMixedProduct(at: x, q, to: &theta, offset: regularizerStart)
  }

  /// One mixed direction of R, and of A where it is learned.
  public func mixedDirection(at x: Tensor, _ direction: [Double], into image: inout Tensor) {
    image.fill(with: 0)
    learned?.addMixedDirection(at: x, direction, data, to: &image)
    regularizer.addMixedDirection(at: x, direction, offset: regularizerStart, to: &image)
  }

  /// One third product of R; a quadratic D adds nothing.
  public func thirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor) {
    if fidelity.constantCurvature == nil {
      setFidelityThirdProduct(at: x, q, d, &image)
    } else {
      image.fill(with: 0)
    }
    regularizer.addThirdProduct(at: x, q, d, to: &image)
  }

  /// One mixed variation of R, and of A where it is learned.
  public func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double]
  ) {
    learned?.addMixedVariation(at: x, q, along: d, data, to: &theta)
    regularizer.addMixedVariation(at: x, q, along: d, to: &theta, offset: regularizerStart)
  }

  /// The regularizer's local bound, and that of a fidelity that is not quadratic.
  public func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    guard radius > 0 else { return 0 }
    let data = dataVariation(at: x, q, radius)
    return data + regularizer.hessianVariationBound(at: x, q, radius: radius)
  }

  /// The regularizer's bound, and that of a fidelity that is not quadratic.
  ///
  /// The regularizer's part of ⟨e, H̄ e⟩ = −⟨∇g, e⟩ ≤ μ radius ‖e‖ is what the rest of the energy leaves,
  /// which takes at least m ‖e‖²: at most max (μ radius t − m t²) over t ≤ radius.
  public func pathVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    guard radius > 0 else { return 0 }
    let data = radius * dataVariation(at: x, q, radius)
    let rest = strongConvexity - regularizerConvexity
    let share =
      strongConvexity <= 2 * rest
      ? strongConvexity * strongConvexity / (4 * rest) : strongConvexity - rest
    return data
      + regularizer.pathVariationBound(
        at: x, q, radius: radius, budget: share * radius * radius)
  }

  /// A bound of the change of A* ∂²D/∂z²(Ax) A q within the radius; for non-quadratic fidelities two
  /// images are made, outside of hot loops.
  private func dataVariation(at x: Tensor, _ q: Tensor, _ radius: Double) -> Double {
    guard fidelity.constantCurvature == nil else { return 0 }
    var z = Tensor(zeros: observed.shape, elementType)
    var v = z
    forward.apply(x, into: &z)
    forward.apply(q, into: &v)
    return norm
      * fidelity.hessianVariationBound(at: z, observed: observed, v, radius: norm * radius)
  }

  /// The local bounds of regularizer and operator.
  public func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    guard radius > 0 else { return 0 }
    let own = regularizer.mixedVariationBound(at: x, q, radius: radius)
    guard let learned else { return own }
    return rootOfSquares([own, learned.mixedVariationBound(at: x, q, radius: radius)])
  }

  /// The local bounds of regularizer and operator.
  public func mixedNormBound(at x: Tensor, radius: Double) -> Double {
    let own = regularizer.mixedNormBound(at: x, radius: radius)
    guard let learned else { return own }
    return rootOfSquares([own, learned.mixedNormBound(at: x, data, radius: radius)])
  }

  /// image ← A* ∂³D/∂z³(Ax)[Aq, Ad]; for non-quadratic fidelities only, outside of hot loops.
  private func setFidelityThirdProduct(
    at x: Tensor, _ q: Tensor, _ d: Tensor, _ image: inout Tensor
  ) {
    var z = Tensor(zeros: observed.shape, elementType)
    var first = z
    var second = z
    var result = z
    forward.apply(x, into: &z)
    forward.apply(q, into: &first)
    forward.apply(d, into: &second)
    fidelity.thirdProduct(at: z, observed: observed, first, second, into: &result)
    forward.applyAdjoint(result, into: &image)
  }
}

extension VariationalEnergy: SymmetricOperator {
  /// product ← (∂²g/∂x²) v at the x of the last call of `curvature`.
  public func apply(_ v: Tensor, into product: inout Tensor) {
    if let constant = fidelity.constantCurvature {
      setConstantCurvature(constant, v, &product)
    } else {
      forward.apply(v, into: &prediction)
      fidelity.hessianProduct(at: point, observed: observed, prediction, into: &slope)
      forward.applyAdjoint(slope, into: &product)
      if extra != 0 { product.add(v, times: extra) }
    }
    regularizer.addHessianProduct(v, to: &product)
  }

  /// product ← (c A*A + μ I) v, in one pass where A is the identity.
  private func setConstantCurvature(_ constant: Double, _ v: Tensor, _ product: inout Tensor) {
    if forwardIsIdentity {
      product.setCombination(constant + extra, v, 0, v)
    } else {
      forward.applyNormal(v, into: &product)
      if constant != 1 { product.scale(by: constant) }
      if extra != 0 { product.add(v, times: extra) }
    }
  }
}
