import Kernels
import Script
import Tensors

/// The data term D(z, y) = w Σ_p φ(z_p − y_p), φ(t) = t²/2 for |t| ≤ h and h |t| − h²/2 beyond,
/// for noise with outliers (Huber 1964).
///
/// ∇D = w max(−h, min(z − y, h)), ∂²D/∂z² is w where |t| ≤ h and 0 elsewhere: convex, not
/// strongly, w-smooth, and without a Lipschitz constant of the Hessian; the problem needs a strong
/// convexity of its own. One pass each.
public struct HuberFidelity: PointwiseFidelity, Hashable {
  /// h > 0.
  public var width: Double
  /// w > 0.
  public var weight: Double

  /// w Σ φ(z − y).
  public init(width: Double = 0.1, weight: Double = 1) {
    precondition(width > 0 && width.isFinite, "The width of a fidelity is positive and finite.")
    precondition(weight > 0 && weight.isFinite, "The weight of a fidelity is positive and finite.")
    self.width = width
    self.weight = weight
  }

  /// φ.
  public var term: PointwiseTerm { .huber(width: width) }

  /// w.
  public var smoothness: Double { weight }
  /// The Hessian jumps.
  public var hessianLipschitz: Double { .infinity }

  /// image ← 0, away from the kinks.
  public func thirdProduct(
    at prediction: Tensor, observed: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor
  ) {
    image.fill(with: 0)
  }
}

extension HuberFidelity: Scriptable {
  /// `bl.fidelity.huber`.
  public static let declaration = Declaration(
    HuberFidelity.self, "huber",
    "weight sum_p phi((Ax - y)_p), quadratic up to a width and linear beyond, for outliers.",
    details: """
      phi(t) = t^2/2 for |t| <= width, width |t| - width^2/2 beyond. It is not strongly convex: \
      bl.problem needs strong_convexity > 0 beside it. Its Hessian jumps, so that certified bounds \
      of hypergradients are not of first order in eps.
      """,
    example: "bl.fidelity.huber { width = 0.1 }", source: "Huber 1964"
  ) {
    Constructor(HuberFidelity()) {
      Field(
        "width", \.width, .number(above: 0), "residuals beyond it count linearly",
        unit: "units of the data")
      Field("weight", \.weight, .number(above: 0), "weight of the data term")
    }
  }
}
