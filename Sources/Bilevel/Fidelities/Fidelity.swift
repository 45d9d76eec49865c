import Tensors

/// The data term D(z, y) of a lower-level energy: how far a prediction z = Ax is from an
/// observation y.
///
/// Laws, for every z and y of equal shape: D(·, y) is twice differentiable with `strongConvexity`
/// I ≤ ∂²D/∂z² ≤ `smoothness` I, and `hessianLipschitz` is a Lipschitz constant of z ↦ ∂²D/∂z².
/// All three are true bounds. Nothing allocates.
public protocol Fidelity: Sendable {
  /// m ≥ 0 with ∂²D/∂z² ≥ m I.
  var strongConvexity: Double { get }
  /// L with ∂²D/∂z² ≤ L I.
  var smoothness: Double { get }
  /// c if ∂²D/∂z² = c I everywhere, so that A*A need not be split; nil otherwise.
  var constantCurvature: Double? { get }
  /// Lipschitz constant of z ↦ ∂²D/∂z².
  var hessianLipschitz: Double { get }

  /// Why an observation y does not fit, in words; nil if it does.
  func misfit(of observed: Tensor) -> String?

  /// D(z, y).
  func value(at prediction: Tensor, observed: Tensor) -> Double
  /// gradient ← ∂D/∂z; returns D(z, y).
  @discardableResult
  func gradient(at prediction: Tensor, observed: Tensor, into gradient: inout Tensor) -> Double
  /// product ← (∂²D/∂z²) v.
  func hessianProduct(
    at prediction: Tensor, observed: Tensor, _ v: Tensor, into product: inout Tensor)
  /// image ← ∂³D/∂z³[q, d].
  func thirdProduct(
    at prediction: Tensor, observed: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor)
  /// A bound of ‖(∂²D/∂z²(z′) − ∂²D/∂z²(z)) v‖ over all ‖z′ − z‖ ≤ radius.
  func hessianVariationBound(
    at prediction: Tensor, observed: Tensor, _ v: Tensor, radius: Double
  ) -> Double
}

extension Fidelity {
  /// Every observation fits.
  public func misfit(of observed: Tensor) -> String? { nil }

  /// By the global constants: the Lipschitz constant, and that both lie between the curvature's
  /// bounds.
  public func hessianVariationBound(
    at prediction: Tensor, observed: Tensor, _ v: Tensor, radius: Double
  ) -> Double {
    guard radius > 0, hessianLipschitz > 0 else { return 0 }
    return min(hessianLipschitz * radius, smoothness - strongConvexity) * v.norm
  }
}
