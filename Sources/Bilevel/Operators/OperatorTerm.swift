import Imaging
import Tensors

/// What a learnable operator adds to the mixed derivatives of an energy D(A_θ x, T_θ y) + ….
///
/// With s = ∇D(Ax, Ty) and H = ∂²D/∂z², the mixed block is
/// (∂²g/∂x∂θ) d = A′[d]* s + A* H (A′[d] x − T′[d] y). T_θ other than the identity needs a quadratic D. One
/// product with A and A* or two for each function. Owns scratch; allocates nothing once made.
final class OperatorTerm {
  private let forward: any LearnableApplication
  private let fidelity: any Fidelity
  private let norm: Double  // ‖A‖
  private let derivativeBound: Double
  private var prediction: Tensor  // Ax
  private var slope: Tensor  // s
  private var first: Tensor
  private var second: Tensor
  private var image: Tensor
  /// Coordinates of θ.
  let parameterCount: Int
  /// Lipschitz constant of x ↦ the mixed block.
  let mixedLipschitz: Double

  init(
    _ prepared: any PreparedLearnableOperator, _ forward: any LearnableApplication,
    _ fidelity: any Fidelity
  ) {
    self.forward = forward
    self.fidelity = fidelity
    norm = prepared.normBound
    derivativeBound = prepared.derivativeBound
    parameterCount = prepared.parameterCount
    // ‖A′[d]* H A e + A* H A′[d] e‖ for a quadratic D; else H varies, and x has no bound.
    mixedLipschitz =
      fidelity.hessianLipschitz == 0
      ? 2 * fidelity.smoothness * norm * derivativeBound : .infinity
    let measurement = Tensor(zeros: prepared.codomain, prepared.elementType)
    (prediction, slope, first, second) = (measurement, measurement, measurement, measurement)
    image = Tensor(zeros: prepared.domain, prepared.elementType)
  }

  /// theta ← theta + (∂²g/∂x∂θ)ᵀ q = ⟨A′ q, s⟩ + ⟨A′ x − T′ y, H A q⟩.
  func addMixedProduct(
    at x: Tensor, _ q: Tensor, _ data: Observation, to theta: inout [Double]
  ) {
    setSlope(at: x, data)
    forward.apply(q, into: &first)
    setCurved(data)
    forward.addParameterProduct(q, slope, times: 1, to: &theta)
    forward.addParameterProduct(x, second, times: 1, to: &theta)
    forward.addObservationProduct(data.measured, second, times: -1, to: &theta)
  }

  /// result ← result + (∂²g/∂x∂θ) d.
  func addMixedDirection(
    at x: Tensor, _ direction: [Double], _ data: Observation, to result: inout Tensor
  ) {
    setSlope(at: x, data)
    forward.derivativeAdjoint(slope, along: direction, into: &image)
    result.add(image)
    forward.derivative(x, along: direction, into: &first)
    forward.observationDerivative(data.measured, along: direction, into: &second)
    first.add(second, times: -1)
    setCurved(data)
    forward.applyAdjoint(second, into: &image)
    result.add(image)
  }

  /// theta ← theta + d/dt (∂²g/∂x∂θ)(x + t d)ᵀ q = ⟨A′ q, H A d⟩ + ⟨A′ d, H A q⟩ + ⟨A′ x, D‴[Aq, Ad]⟩.
  func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, _ data: Observation, to theta: inout [Double]
  ) {
    forward.apply(x, into: &prediction)
    forward.apply(d, into: &first)
    setCurved(data)
    forward.addParameterProduct(q, second, times: 1, to: &theta)
    forward.apply(q, into: &first)
    setCurved(data)
    forward.addParameterProduct(d, second, times: 1, to: &theta)
    guard fidelity.hessianLipschitz > 0 else { return }
    forward.apply(d, into: &slope)
    fidelity.thirdProduct(at: prediction, observed: data.weighed, first, slope, into: &second)
    forward.addParameterProduct(x, second, times: 1, to: &theta)
  }

  /// ‖A′[d] q‖ ‖s′ − s‖ + ‖A q‖ ‖H′ A′[d] x′ − H A′[d] x‖ over the ball.
  func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    forward.apply(q, into: &first)
    let slopes = fidelity.smoothness * norm * radius * derivativeBound * q.norm
    let bent =
      fidelity.hessianLipschitz == 0
      ? 0 : fidelity.hessianLipschitz * norm * radius * derivativeBound * x.norm
    return slopes + first.norm * (fidelity.smoothness * derivativeBound * radius + bent)
  }

  /// ‖A′[d]‖ ‖s′‖ + ‖A‖ ‖H‖ ‖A′[d] x′ − T′[d] y‖ over the ball.
  func mixedNormBound(at x: Tensor, _ data: Observation, radius: Double) -> Double {
    setSlope(at: x, data)
    let slopes = slope.norm + fidelity.smoothness * norm * radius
    let residual =
      forward.residualBound(x, data.measured, derivativeBound: derivativeBound)
      + derivativeBound * radius
    return derivativeBound * slopes + norm * fidelity.smoothness * residual
  }

  /// y, and T y.
  struct Observation {
    let measured: Tensor
    let weighed: Tensor
  }

  private func setSlope(at x: Tensor, _ data: Observation) {
    forward.apply(x, into: &prediction)
    fidelity.gradient(at: prediction, observed: data.weighed, into: &slope)
  }

  /// second ← H first, at the last prediction.
  private func setCurved(_ data: Observation) {
    fidelity.hessianProduct(at: prediction, observed: data.weighed, first, into: &second)
  }
}
