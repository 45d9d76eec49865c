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
    details: """
      Without a factor 1/2 and not divided by the number of pixels, so that its gradient is \
      2 (x - truth), with the Lipschitz constant 2. A problem's loss is the mean over its images; \
      divided by the number of pixels of an image it is the mean squared error, 10^(-PSNR/10).
      """,
    example: "bl.loss.squared_l2()"
  ) {
    Constructor { SquaredL2Loss() }
  }
}
