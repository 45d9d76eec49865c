import Script
import Tensors

/// ℓ(x) = ‖x − x*‖², the sum of squared errors of one image; ∇ℓ = 2 (x − x*), L_ℓ = 2.
public struct SquaredL2Loss: UpperLoss {
  /// The one loss there is.
  public init() {}

  /// 2.
  public var smoothness: Double { 2 }
  /// It is.
  public var isConvex: Bool { true }

  /// ‖x − truth‖².
  public func value(at x: Tensor, truth: Tensor) -> Double {
    x.squaredDistance(to: truth)
  }

  /// gradient ← 2 (x − truth); returns the value.
  public func gradient(at x: Tensor, truth: Tensor, into gradient: inout Tensor) -> Double {
    gradient.setCombination(2, x, -2, truth)
    return x.squaredDistance(to: truth)
  }
}

extension SquaredL2Loss: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    SquaredL2Loss.self, "squared_l2", "The sum of squared errors of one image, |x - truth|^2.",
    example: "bl.loss.squared_l2()"
  ) {
    Constructor { SquaredL2Loss() }
  }
}
