/// What a pointwise pass computes from responses a = C x and up to two more, b and d.
///
/// Results replace the operands in the order a, b, d; what is called a sum is added to `sums`.
public enum RidgeOperation: Sendable {
  /// Row sums of β φ(a).
  case value
  /// a ← β φ′(a).
  case gradient
  /// a ← β φ′(a), and row sums of β φ(a).
  case gradientAndValue
  /// a ← β φ″(a).
  case curvature
  /// b = C q: a ← β φ′(a), b ← β φ″(a) b; sums φ′(a) b and β ∂_ν φ′(a) b.
  case mixed
  /// b = Ċ x: a ← β̇ φ′(a) + β φ″(a) b + β ν̇ ∂_ν φ′(a), b ← β φ′(a).
  case mixedDirection
  /// b = C q, d = C e: a ← β φ‴(a) b d.
  case third
  /// b = C q, d = C e: a ← β φ‴(a) b d, b ← β φ″(a) b, d ← β φ″(a) d; sums φ″(a) b d and
  /// β ∂_ν φ″(a) b d, with b and d as they came.
  case mixedVariation
}

/// The potentials that pointwise passes know; the definitions stand with `Potential`.
public enum RidgePotential: Sendable {
  /// √(t² + ν²).
  case smoothedAbsolute
  /// Quadratic up to ν, linear beyond.
  case huber
  /// ν log cosh(t/ν).
  case logCosh
}

/// One pointwise operation on some rows of a block of filters.
public struct RidgePointwise {
  /// Whether the elements are Float, not Double.
  public var single: Bool
  /// What is computed.
  public var operation: RidgeOperation
  /// The potential φ.
  public var potential: RidgePotential
  /// κ > 0 for φ(t; ν) − φ(t; κν) in the place of φ(t; ν); 0 for φ alone.
  public var ratio = 0.0
  /// Filters in use.
  public var filters: Int
  /// Rows of responses.
  public var rows: Int
  /// Columns of responses; the rest of the last vector is written as zeros.
  public var columns: Int
  /// The operand a.
  public var first: RidgeRows
  /// The operand b, laid out as a; only its start differs.
  public var second: UnsafeMutableRawPointer?
  /// The operand d, laid out as a; only its start differs.
  public var third: UnsafeMutableRawPointer?
  /// β of every filter.
  public var weights: UnsafePointer<Double>
  /// ν of every filter.
  public var smoothing: UnsafePointer<Double>
  /// β̇ of every filter, for `mixedDirection`.
  public var weightDirections: UnsafePointer<Double>?
  /// ν̇ of every filter, for `mixedDirection`.
  public var smoothingDirections: UnsafePointer<Double>?
  /// Row sums of the value: one number for every row, summed over the filters; otherwise the sums
  /// for β, one for every filter.
  public var sums: UnsafeMutablePointer<Double>?
  /// The sums for ν, one for every filter.
  public var smoothingSums: UnsafeMutablePointer<Double>?

  /// A pass without directions and sums.
  public init(
    single: Bool, operation: RidgeOperation, potential: RidgePotential, filters: Int, rows: Int,
    columns: Int, first: RidgeRows, second: UnsafeMutableRawPointer? = nil,
    third: UnsafeMutableRawPointer? = nil, weights: UnsafePointer<Double>,
    smoothing: UnsafePointer<Double>
  ) {
    self.single = single
    self.operation = operation
    self.potential = potential
    self.filters = filters
    self.rows = rows
    self.columns = columns
    self.first = first
    self.second = second
    self.third = third
    self.weights = weights
    self.smoothing = smoothing
  }
}
