import Kernels
import Tensors

/// A data term D(z, y) = w Σ_p f(z_p; y_p) with a convex function f of one number that is not a parabola.
///
/// It has no strong convexity, as f becomes flat or straight; its members say how smooth f is.
public protocol PointwiseFidelity: Fidelity {
  /// f.
  var term: PointwiseTerm { get }
  /// w > 0.
  var weight: Double { get }
}

extension PointwiseFidelity {
  /// 0.
  public var strongConvexity: Double { 0 }
  /// It is not constant.
  public var constantCurvature: Double? { nil }

  /// One pass.
  public func value(at prediction: Tensor, observed: Tensor) -> Double {
    weight * prediction.sum(of: term, observed: observed)
  }

  /// Two passes.
  @discardableResult
  public func gradient(at prediction: Tensor, observed: Tensor, into gradient: inout Tensor)
    -> Double
  {
    gradient.setSlope(of: term, times: weight, at: prediction, observed: observed)
    return value(at: prediction, observed: observed)
  }

  /// product ← w f″ · v.
  public func hessianProduct(
    at prediction: Tensor, observed: Tensor, _ v: Tensor, into product: inout Tensor
  ) {
    product.setCurvature(of: term, times: weight, at: prediction, observed: observed, v)
  }

  /// w times the largest ‖(f″(z′) − f″(z)) v‖ within the radius, which the pixels share.
  public func hessianVariationBound(
    at prediction: Tensor, observed: Tensor, _ v: Tensor, radius: Double
  ) -> Double {
    weight * prediction.curvatureVariation(of: term, observed: observed, v, radius: radius)
  }
}
