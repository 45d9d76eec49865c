import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The peak signal-to-noise ratio, 10 log₁₀(peak² / MSE), over the whole image and all channels.
public struct PSNR: Metric, Hashable {
  /// The largest value an image can have; 1 by default.
  public var peak: Double

  /// The ratio for images of the given peak.
  public init(peak: Double = 1) {
    precondition(peak > 0 && peak.isFinite, "The peak is positive and finite.")
    self.peak = peak
  }

  /// `psnr`.
  public var name: String { "psnr" }

  /// In dB; infinite for equal images.
  public func value(of image: Tensor, truth: Tensor) throws -> Double {
    try checkAlike(image, truth)
    return 10 * log10(peak * peak / (try MeanSquaredError().value(of: image, truth: truth)))
  }
}

extension PSNR: Scriptable {
  /// The script face of the peak signal-to-noise ratio.
  public static let declaration = Declaration(
    PSNR.self, "psnr", "The peak signal-to-noise ratio in dB, over the whole image.",
    details: "10 log10(peak^2 / MSE), without cropping or clipping; infinite for equal images.",
    example: "bl.metric.psnr()(image, truth)"
  ) {
    Constructor(PSNR()) {
      Field("peak", \.peak, .positive, "largest value an image can have", unit: "image units")
    }
    MetricMembers.all
  }
}
