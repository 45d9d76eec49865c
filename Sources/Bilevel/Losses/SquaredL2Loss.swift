import Tensors

/// ℓ(x) = ‖x − x*‖², the sum of squared errors of one image; ∇ℓ = 2 (x − x*), L_ℓ = 2.
public struct SquaredL2Loss: UpperLoss {
  /// The one loss there is.
  public init() {}

  public var smoothness: Double { 2 }
  public var isConvex: Bool { true }

  public func value(at x: Tensor, truth: Tensor) -> Double {
    x.squaredDistance(to: truth)
  }

  public func gradient(at x: Tensor, truth: Tensor, into gradient: inout Tensor) -> Double {
    gradient.setCombination(2, x, -2, truth)
    return x.squaredDistance(to: truth)
  }

  public func hessianProduct(
    at x: Tensor, truth: Tensor, _ d: Tensor, into product: inout Tensor
  ) {
    product.copyElements(from: d)
    product.scale(by: 2)
  }
}
