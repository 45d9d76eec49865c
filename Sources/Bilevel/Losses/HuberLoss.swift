import Kernels
import Script
import Tensors

/// ℓ(x) = Σ_p φ(x_p − x*_p) with φ(t) = t² for |t| ≤ w and 2 w |t| − w² beyond (Huber 1964).
///
/// The squared error of `squared_l2` for errors of at most w, and linear beyond, so that single
/// pixels count less. φ′(t) = 2 max(−w, min(t, w)), L_ℓ = 2; convex. One pass.
public struct HuberLoss: UpperLoss, Hashable {
  /// w > 0, where φ becomes linear.
  public var width: Double

  /// The loss of the given width.
  public init(width: Double = 0.1) {
    precondition(width > 0 && width.isFinite, "The width of a loss is positive and finite.")
    self.width = width
  }

  /// 2.
  public var smoothness: Double { 2 }
  /// It is.
  public var isConvex: Bool { true }

  /// Σ φ(x − truth).
  public func value(at x: Tensor, truth: Tensor) -> Double {
    2 * x.sum(of: .huber(width: width), observed: truth)
  }

  /// gradient ← φ′(x − truth); returns the value.
  public func gradient(at x: Tensor, truth: Tensor, into gradient: inout Tensor) -> Double {
    gradient.setSlope(of: .huber(width: width), times: 2, at: x, observed: truth)
    return value(at: x, truth: truth)
  }
}

extension HuberLoss: Scriptable {
  /// `bl.loss.huber`.
  public static let declaration = Declaration(
    HuberLoss.self, "huber", "The sum over pixels of squared errors, linear beyond a width.",
    details: """
      t^2 for |t| <= width and 2 width |t| - width^2 beyond, summed over all pixels of one image: \
      with a large width it is squared_l2. Its gradient has the Lipschitz constant 2.
      """,
    example: "bl.loss.huber { width = 0.1 }", source: "Huber 1964"
  ) {
    Constructor(HuberLoss()) {
      Field(
        "width", \.width, .number(above: 0), "errors beyond it count linearly", unit: "image units")
    }
  }
}
