import Kernels
import Script
import Tensors

/// An undecimated wavelet frame with learned weights: R(x; θ) = Σ_k β_k Σ_p √((c_k ⋆ x)_p² + ν²),
/// θ = (log β, log ν), one weight for each band k and one smoothing.
///
/// c_k are the detail bands of `levels` levels, the filters of level j dilated by 2^{j−1} behind
/// the low passes of the levels before, channel by channel. With periodic images Σ_k ‖c_k ⋆ x‖² +
/// ‖low ⋆ x‖² = ‖x‖²: a tight frame. Convex. The bands of a level come one after the other, the
/// finest level first.
///
/// Sources: Coifman & Donoho 1995 (undecimated Haar); Ron & Shen 1997 (linear splines); Cai, Ji,
/// Liu & Shen 2012.
public struct WaveletFrame: FrameRegularizer, Hashable {
  /// The families.
  public enum Wavelet: String, Sendable, CaseIterable {
    /// Low pass (1, 1)/2 and high pass (1, −1)/2: 3 bands a level, up to 3 levels.
    case haar
    /// (1, 2, 1)/4, √2 (1, 0, −1)/4 and (−1, 2, −1)/4: 8 bands a level, up to 2 levels.
    case linearSpline = "linear_spline"

    /// The low pass, then the high passes.
    var filters: [[Double]] {
      switch self {
      case .haar: return [[0.5, 0.5], [0.5, -0.5]]
      case .linearSpline:
        let root = 2.0.squareRoot() / 4
        return [[0.25, 0.5, 0.25], [root, 0, -root], [-0.25, 0.5, -0.25]]
      }
    }

    /// Levels whose filters have at most 13 × 13 pixels.
    public var mostLevels: Int { self == .haar ? 3 : 2 }
  }

  /// The family.
  public var wavelet: Wavelet
  /// Number of levels.
  public var levels: Int
  /// What the filters see outside of the image.
  public var boundary: Boundary
  /// Channels of the images.
  public var channels: Int
  /// log β_k at first.
  public var initialLogWeight: Double
  /// log ν at first.
  public var initialLogSmoothing: Double

  /// A frame of so many levels; throws a misuse error where the filters would be too large.
  public init(
    wavelet: Wavelet = .haar, levels: Int = 2, boundary: Boundary = .reflect, channels: Int = 1,
    initialLogWeight: Double = -2.5, initialLogSmoothing: Double = -5
  ) {
    self.wavelet = wavelet
    self.levels = levels
    self.boundary = boundary
    self.channels = channels
    self.initialLogWeight = initialLogWeight
    self.initialLogSmoothing = initialLogSmoothing
  }

  /// All detail bands of all levels.
  public var frame: FilterFrame {
    var bands: [(rows: [Double], columns: [Double])] = []
    var low = [1.0]
    for level in 0..<levels {
      let passes = wavelet.filters.map { Self.product(low, Self.dilated($0, 1 << level)) }
      for (i, rows) in passes.enumerated() {
        for (j, columns) in passes.enumerated() where i + j > 0 { bands.append((rows, columns)) }
      }
      low = passes[0]
    }
    let size = max(low.count | 1, 3)
    return FilterFrame(
      planes: bands.map { Self.plane($0.rows, $0.columns, size) }, size: size, channels: channels,
      boundary: boundary, weightGroups: Array(bands.indices),
      smoothingGroups: bands.map { _ in 0 })
  }

  /// The low pass of the last level, of the size of the filters: what no band sees.
  public var lowPass: [Double] {
    var low = [1.0]
    for level in 0..<levels {
      low = Self.product(low, Self.dilated(wavelet.filters[0], 1 << level))
    }
    return Self.plane(low, low, max(low.count | 1, 3))
  }

  /// The given logarithms; nothing is random.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    let bands = layout.blocks[0].shape.count
    return Parameters(
      Array(repeating: initialLogWeight, count: bands) + [initialLogSmoothing], layout: layout)
  }

  /// Zeros between the taps.
  private static func dilated(_ taps: [Double], _ step: Int) -> [Double] {
    var result = [Double](repeating: 0, count: (taps.count - 1) * step + 1)
    for (i, tap) in taps.enumerated() { result[i * step] = tap }
    return result
  }

  /// One filter after the other.
  private static func product(_ a: [Double], _ b: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: a.count + b.count - 1)
    for i in a.indices {
      for j in b.indices { result[i + j] += a[i] * b[j] }
    }
    return result
  }

  /// The outer product in the middle of size × size numbers.
  private static func plane(_ rows: [Double], _ columns: [Double], _ size: Int) -> [Double] {
    var plane = [Double](repeating: 0, count: size * size)
    let (top, left) = ((size - rows.count) / 2, (size - columns.count) / 2)
    for i in rows.indices {
      for j in columns.indices { plane[(top + i) * size + left + j] = rows[i] * columns[j] }
    }
    return plane
  }
}

extension WaveletFrame: Scriptable {
  /// `bl.regularizer.wavelet_frame`.
  public static let declaration = Declaration(
    WaveletFrame.self, "wavelet_frame",
    "An undecimated wavelet frame with a learned weight for each band.",
    details: """
      R(x) = sum_k beta_k sum_p sqrt((c_k * x)_p^2 + nu^2) over the detail bands c_k of all levels, \
      which are given: 3 a level for "haar" (up to 3 levels), 8 for "linear_spline" (up to 2). The \
      blocks of theta are log_weights {bands} (log beta; the finest level first) and log_smoothing \
      {1} (log nu).
      """,
    example: "bl.regularizer.wavelet_frame { wavelet = \"linear_spline\", levels = 1 }",
    source:
      "Cai, Ji, Liu & Shen 2012, Image restoration: total variation, wavelet frames, and beyond"
  ) {
    Constructor(WaveletFrame()) {
      Field("wavelet", \.wavelet, .choice, "the family")
      Field("levels", \.levels, .integer(atLeast: 1, atMost: 3), "number of levels")
      Field("boundary", \.boundary, .choice, "what the filters see outside of the image")
      Field("channels", \.channels, .integer(atLeast: 1, atMost: 16), "channels of the images")
      Field("initial_log_weight", \.initialLogWeight, .number, "log beta at first, of all bands")
      Field("initial_log_smoothing", \.initialLogSmoothing, .number, "log nu at first")
    } check: { frame in
      guard frame.levels <= frame.wavelet.mostLevels else {
        throw ScriptError(
          "bl.regularizer.wavelet_frame: 'levels' must be at most \(frame.wavelet.mostLevels) for "
            + "\"\(frame.wavelet.rawValue)\", got \(frame.levels)")
      }
    }
    FrameMembers.shared
    RegularizerMembers.shared
  }
}
