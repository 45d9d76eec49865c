import Script
import Tensors

/// The Gaussian data term D(z, y) = w/2 ‖z − y‖² with weight w > 0.
///
/// ∇D = w (z − y), ∂²D/∂z² = w I. One pass over the residual for value and gradient.
public struct SquaredL2: Fidelity, Hashable {
  /// w > 0; 1 by default.
  public var weight: Double

  /// w/2 ‖z − y‖².
  public init(weight: Double = 1) {
    precondition(weight > 0 && weight.isFinite, "The weight of a fidelity is positive and finite.")
    self.weight = weight
  }

  /// w.
  public var strongConvexity: Double { weight }
  /// w.
  public var smoothness: Double { weight }
  /// w: the Hessian is w I.
  public var constantCurvature: Double? { weight }
  /// The Hessian is constant.
  public var hessianLipschitz: Double { 0 }

  /// One pass.
  public func value(at prediction: Tensor, observed: Tensor) -> Double {
    0.5 * weight * prediction.squaredDistance(to: observed)
  }

  /// One pass for the gradient and one over it for the value.
  @discardableResult
  public func gradient(at prediction: Tensor, observed: Tensor, into gradient: inout Tensor)
    -> Double
  {
    gradient.setCombination(weight, prediction, -weight, observed)
    return gradient.squaredNorm / (2 * weight)
  }

  /// product ← w v.
  public func hessianProduct(
    at prediction: Tensor, observed: Tensor, _ v: Tensor, into product: inout Tensor
  ) {
    product.setCombination(weight, v, 0, v)
  }

  /// image ← 0.
  public func thirdProduct(
    at prediction: Tensor, observed: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor
  ) {
    image.fill(with: 0)
  }
}

extension SquaredL2: Scriptable {
  /// `bl.fidelity.squared_l2`.
  public static let declaration = Declaration(
    SquaredL2.self, "squared_l2", "weight/2 |Ax - y|^2, for Gaussian noise.",
    example: "bl.fidelity.squared_l2 { weight = 1 }"
  ) {
    Constructor(SquaredL2()) {
      Field("weight", \.weight, .number(above: 0), "weight of the data term")
    }
  }
}
