import Imaging
import Script
import Tensors

/// ℓ(x) = w Σ over all windows of (1 − SSIM of the window), the structural dissimilarity.
///
/// w = 1 by default; w Σ is the number of windows times w (1 − the mean SSIM). Not convex. L_ℓ = w
/// (4/C₁ + 4κ/C₂), a bound for every truth (`SSIM.sumSmoothness`), which dark flat windows nearly
/// attain and others do not: 44,537 at w = 1, peak 1 and uniform windows. The gradient is exact,
/// in Float64. Cost: eight windowed means.
///
/// Source: Wang, Bovik, Sheikh & Simoncelli 2004.
public struct SSIMLoss: UpperLoss, Hashable {
  /// The windows and the range of values.
  public var metric: SSIM
  /// w > 0.
  public var weight: Double

  /// w Σ (1 − SSIM).
  public init(_ metric: SSIM = SSIM(), weight: Double = 1) {
    precondition(weight > 0 && weight.isFinite, "The weight of a loss is positive and finite.")
    self.metric = metric
    self.weight = weight
  }

  /// w (4/C₁ + 4κ/C₂).
  public var smoothness: Double { weight * metric.sumSmoothness }
  /// It is not.
  public var isConvex: Bool { false }

  /// The images must be as large as a window.
  public func misfit(of shape: Shape) -> String? {
    metric.windowCount(of: shape) == nil
      ? "ssim needs images of at least the size of a window, not \(shape)" : nil
  }

  /// w Σ (1 − SSIM).
  public func value(at x: Tensor, truth: Tensor) -> Double {
    var none: [Double]?
    return value(metric.sum(of: x, truth: truth, gradient: &none), x.shape)
  }

  /// gradient ← −w ∂ΣSSIM/∂x; returns the value.
  public func gradient(at x: Tensor, truth: Tensor, into gradient: inout Tensor) -> Double {
    var slopes: [Double]? = Array(repeating: 0, count: x.count)
    let sum = metric.sum(of: x, truth: truth, gradient: &slopes)
    gradient = Tensor((slopes ?? []).map { -weight * $0 }, shape: x.shape, x.elementType)
    return value(sum, x.shape)
  }

  private func value(_ sum: Double, _ shape: Shape) -> Double {
    weight * (Double(metric.windowCount(of: shape) ?? 0) - sum)
  }
}

extension SSIMLoss: Scriptable {
  /// `bl.loss.ssim`.
  public static let declaration = Declaration(
    SSIMLoss.self, "ssim", "The structural dissimilarity, summed over all windows of one image.",
    details: """
      weight times the sum over all windows inside of the image of 1 - SSIM, that is, weight times \
      their number times (1 - bl.metric.ssim). It is not convex, and the Lipschitz constant of its \
      gradient, about 44500 weight, holds for the darkest windows: certified bounds of the loss are \
      of use at small eps only.
      """,
    example: "bl.loss.ssim { window = \"uniform\" }",
    source: "Wang, Bovik, Sheikh & Simoncelli, Image quality assessment, 2004"
  ) {
    Constructor(SSIMLoss()) {
      Field("window", \.metric.window, .choice, "how pixels are weighted")
      Field("peak", \.metric.peak, .positive, "range of values", unit: "image units")
      Field("weight", \.weight, .number(above: 0), "factor of the sum")
    }
  }
}
