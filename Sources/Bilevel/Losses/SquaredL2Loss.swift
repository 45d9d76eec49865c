import Script
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
}

extension SquaredL2Loss: Scriptable {
  public static let declaration = Declaration(
    SquaredL2Loss.self, "squared_l2", "The sum of squared errors of one image, |x - truth|^2.",
    example: "bl.loss.squared_l2()"
  ) {
    Constructor { SquaredL2Loss() }
  }
}
