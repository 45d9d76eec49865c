/// What a total-variation kernel is to compute; p = Dx, e = Dq, h = Dd are forward differences, s the
/// smoothed length √(|p|² + ν²), and Dᵀ the adjoint of D.
public enum TotalVariationOperation: Sendable {
  /// sums₀ ← Σ s.
  case value
  /// result += α Dᵀ(p/s); sums₀ ← Σ s.
  case gradient
  /// planes ← the second derivative of s with respect to p, as a symmetric 2×2 matrix per pixel.
  case prepareCurvature
  /// result += α Dᵀ(planes · e).
  case hessianProduct
  /// sums₀ ← Σ ⟨p, e⟩/s, sums₁ ← Σ ⟨p, e⟩/s³.
  case mixedProduct
  /// result += Dᵀ(p (α/s + γ/s³)).
  case mixedDirection
  /// result += α Dᵀ(third derivative of s, contracted with e and h).
  case thirdProduct
  /// sums₀, sums₁ ← the derivatives of those of `mixedProduct` along d.
  case mixedVariation
}

/// One call: an operation on the rows `rows` of one channel.
public struct TotalVariationTask {
  /// What to compute.
  public var operation: TotalVariationOperation
  /// Rows of the channel.
  public var height: Int
  /// Columns of the channel.
  public var width: Int
  /// The rows whose results are wanted.
  public var rows: Range<Int>
  /// α.
  public var scale: Double
  /// γ.
  public var slope: Double
  /// ν².
  public var squaredSmoothing: Double
  /// The channel's first element of x; of v for a Hessian product.
  public var x: UnsafeRawPointer
  /// The channel's first element of q, where the operation reads it.
  public var q: UnsafeRawPointer
  /// The channel's first element of d, where the operation reads it.
  public var d: UnsafeRawPointer
  /// The channel's first element of the image that accumulates.
  public var result: UnsafeMutableRawPointer
  /// Planes of the channel: xx, yy and, if isotropic, xy, each height × width.
  public var planes: UnsafeMutableRawPointer
  /// `TotalVariationTask.scratchCount(width)` elements that belong to this call.
  public var scratch: UnsafeMutableRawPointer
  /// Two numbers per row of the channel.
  public var sums: UnsafeMutablePointer<Double>

  /// Everything at once.
  public init(
    operation: TotalVariationOperation, height: Int, width: Int, rows: Range<Int>, scale: Double,
    slope: Double, squaredSmoothing: Double, x: UnsafeRawPointer, q: UnsafeRawPointer,
    d: UnsafeRawPointer, result: UnsafeMutableRawPointer, planes: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer, sums: UnsafeMutablePointer<Double>
  ) {
    self.operation = operation
    self.height = height
    self.width = width
    self.rows = rows
    self.scale = scale
    self.slope = slope
    self.squaredSmoothing = squaredSmoothing
    self.x = x
    self.q = q
    self.d = d
    self.result = result
    self.planes = planes
    self.scratch = scratch
    self.sums = sums
  }

  /// Zeros before and after each row of scratch, at least the lanes of any vector.
  public static let margin = 16

  /// Elements of scratch: one row of the horizontal field, two of the vertical.
  public static func scratchCount(_ width: Int) -> Int { 3 * (width + 2 * margin) }
}

/// Total variation in one variant, by coupling and precision.
public struct TotalVariationEntries: Sendable {
  /// Runs one task; the element type is the name's.
  public typealias Entry = @Sendable (UnsafePointer<TotalVariationTask>) -> Void
  /// Both differences under one root, Float32.
  public var isotropicSingle: Entry
  /// Both differences under one root, Float64.
  public var isotropicDouble: Entry
  /// A root for each difference, Float32.
  public var anisotropicSingle: Entry
  /// A root for each difference, Float64.
  public var anisotropicDouble: Entry

  /// Entries of one variant.
  public init(
    isotropicSingle: @escaping Entry, isotropicDouble: @escaping Entry,
    anisotropicSingle: @escaping Entry, anisotropicDouble: @escaping Entry
  ) {
    self.isotropicSingle = isotropicSingle
    self.isotropicDouble = isotropicDouble
    self.anisotropicSingle = anisotropicSingle
    self.anisotropicDouble = anisotropicDouble
  }
}
