import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The structural similarity, averaged over all windows that lie inside of the image.
///
/// (2 μx μy + C₁)(2 σxy + C₂) / ((μx² + μy² + C₁)(σx² + σy² + C₂)) with C₁ = (0.01 peak)² and
/// C₂ = (0.03 peak)²; colour images get the mean over their channels. Five windowed means an image:
/// cost about 10 times the window's side a pixel.
///
/// Source: Wang, Bovik, Sheikh & Simoncelli, "Image quality assessment: from error visibility to
/// structural similarity", 2004.
public struct SSIM: Metric, Hashable {
  /// The windows in use.
  public enum Window: String, Sendable, CaseIterable {
    /// 7×7, equal weights, sample covariances (divided by 48): scikit-image's default.
    case uniform
    /// 11×11, Gaussian weights of σ = 1.5, population covariances: as in the paper.
    case gaussian
  }

  /// How pixels are weighted; uniform by default.
  public var window: Window
  /// The range of values; 1 by default.
  public var peak: Double

  /// The similarity with the given window for images of the given range.
  public init(window: Window = .uniform, peak: Double = 1) {
    precondition(peak > 0 && peak.isFinite, "The peak is positive and finite.")
    self.window = window
    self.peak = peak
  }

  /// `ssim`.
  public var name: String { "ssim" }

  /// At most 1, which equal images have.
  public func value(of image: Tensor, truth: Tensor) throws -> Double {
    try checkAlike(image, truth)
    let side = window.weights.count
    let sides = image.shape.extents.suffix(2)
    guard sides.count == 2, let least = sides.min(), least >= side else {
      throw ScriptError(
        "ssim: images must have at least \(side)×\(side) pixels, got the shape \(image.shape)")
    }
    let extent = Extent(height: sides[sides.startIndex], width: sides[sides.startIndex + 1])
    let channels = image.count / extent.count
    let (x, y) = (image.elements, truth.elements)
    var sum = 0.0
    for channel in 0..<channels {
      let range = channel * extent.count..<(channel + 1) * extent.count
      let windows = SSIMWindows(self, Array(x[range]), Array(y[range]), extent)
      sum += windows.sum / Double(windows.count)
    }
    return sum / Double(channels)
  }

  /// C₁ and C₂.
  var constants: (first: Double, second: Double) {
    (0.01 * 0.01 * peak * peak, 0.03 * 0.03 * peak * peak)
  }
}

extension SSIM.Window {
  /// One-dimensional weights; the window is their outer product.
  var weights: [Double] {
    switch self {
    case .uniform: return Array(repeating: 1 / 7.0, count: 7)
    case .gaussian:
      let line = (-5...5).map { exp(-0.5 * Double($0 * $0) / (1.5 * 1.5)) }
      let sum = line.reduce(0, +)
      return line.map { $0 / sum }
    }
  }

  /// N/(N − 1) for sample covariances.
  var covarianceCorrection: Double { self == .uniform ? 49 / 48.0 : 1 }
}

/// Weighted means over all windows inside of the image, row by row.
func windowedMeans(_ values: [Double], _ extent: Extent, _ weights: [Double]) -> [Double] {
  let side = weights.count
  let columns = extent.width - side + 1
  let rows = extent.height - side + 1
  var lines = [Double](repeating: 0, count: extent.height * columns)
  for row in 0..<extent.height {
    for (k, weight) in weights.enumerated() {
      let (from, to) = (row * extent.width + k, row * columns)
      for column in 0..<columns { lines[to + column] += weight * values[from + column] }
    }
  }
  var means = [Double](repeating: 0, count: rows * columns)
  for row in 0..<rows {
    for (k, weight) in weights.enumerated() {
      let (from, to) = ((row + k) * columns, row * columns)
      for column in 0..<columns { means[to + column] += weight * lines[from + column] }
    }
  }
  return means
}

extension SSIM: Scriptable {
  /// The script face of the structural similarity.
  public static let declaration = Declaration(
    SSIM.self, "ssim", "The structural similarity, averaged over all windows inside of the image.",
    details: """
      "uniform": 7x7 windows of equal weights with sample covariances, scikit-image's default; \
      "gaussian": 11x11 windows of standard deviation 1.5 with population covariances, as in the \
      paper. Colour images get the mean over their channels.
      """,
    example: "bl.metric.ssim { window = \"gaussian\" }(image, truth)",
    source: "Wang, Bovik, Sheikh & Simoncelli, Image quality assessment, 2004"
  ) {
    Constructor(SSIM()) {
      Field("window", \.window, .choice, "how pixels are weighted")
      Field("peak", \.peak, .positive, "range of values", unit: "image units")
    }
    MetricMembers.all
  }
}
