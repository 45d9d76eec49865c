/// The passes of a ridge energy R(x) = Σ_k β_k Σ_p φ_k((C_k x)_p), each over some rows of the
/// responses and a block of filters.
///
/// Every pass is one plain function over pointers to Float or Double, as its `single` says;
/// strides and offsets count elements.
public struct RidgeEntries: Sendable {
  /// Filters that `forward` computes at once, either of two numbers; weights come in blocks of that
  /// many.
  public var filtersPerBlock: (large: Int, small: Int)
  /// `adjoint` writes multiples of that many rows.
  public var adjointRows: Int
  /// Responses of one block of filters.
  public var forward: @Sendable (RidgeForward) -> Void
  /// Adds the adjoint of one block of filters to one channel of a padded image.
  public var adjoint: @Sendable (RidgeAdjoint) -> Void
  /// Correlates responses with an image: the derivative with respect to the filters.
  public var correlation: @Sendable (RidgeCorrelation) -> Void
  /// Potentials of responses, and what follows from them.
  public var pointwise: @Sendable (RidgePointwise) -> Void

  /// Entries of one variant.
  public init(
    filtersPerBlock: (large: Int, small: Int), adjointRows: Int,
    forward: @escaping @Sendable (RidgeForward) -> Void,
    adjoint: @escaping @Sendable (RidgeAdjoint) -> Void,
    correlation: @escaping @Sendable (RidgeCorrelation) -> Void,
    pointwise: @escaping @Sendable (RidgePointwise) -> Void
  ) {
    self.filtersPerBlock = filtersPerBlock
    self.adjointRows = adjointRows
    self.forward = forward
    self.adjoint = adjoint
    self.correlation = correlation
    self.pointwise = pointwise
  }
}

/// Rows of responses (or of anything as wide) of a block of filters.
public struct RidgeRows {
  /// First element of the first filter's first row; unused by a pass that needs fewer operands.
  public var start: UnsafeMutableRawPointer
  /// From one row to the next.
  public var rowStride: Int
  /// From one filter to the next.
  public var filterStride: Int
  /// From one vector of a row to the next.
  public var vectorStride: Int

  /// Rows at an address.
  public init(
    start: UnsafeMutableRawPointer, rowStride: Int, filterStride: Int, vectorStride: Int
  ) {
    self.start = start
    self.rowStride = rowStride
    self.filterStride = filterStride
    self.vectorStride = vectorStride
  }
}

/// r_f[i, j] = Σ_t w[t, f] x[i, j + offset_t], times a stored factor if there is one.
public struct RidgeForward {
  /// Whether the elements are Float, not Double.
  public var single: Bool
  /// Filters of a block: one of `filtersPerBlock`.
  public var filters: Int
  /// Rows of responses.
  public var rows: Int
  /// Vectors in a row of responses.
  public var vectors: Int
  /// What offset 0 of the first response sees.
  public var image: UnsafeRawPointer
  /// From one row of the image to the next.
  public var imageRowStride: Int
  /// Number of taps t.
  public var taps: Int
  /// Offset of every tap in the image.
  public var offsets: UnsafePointer<Int>
  /// Weights of the block, ordered taps × filters.
  public var weights: UnsafeRawPointer
  /// Where responses go.
  public var output: RidgeRows
  /// Factors in the order rows × vectors × filters × lanes, or nil for none.
  public var factors: UnsafeRawPointer?

  /// A pass.
  public init(
    single: Bool, filters: Int, rows: Int, vectors: Int, image: UnsafeRawPointer,
    imageRowStride: Int, taps: Int, offsets: UnsafePointer<Int>, weights: UnsafeRawPointer,
    output: RidgeRows, factors: UnsafeRawPointer?
  ) {
    self.single = single
    self.filters = filters
    self.rows = rows
    self.vectors = vectors
    self.image = image
    self.imageRowStride = imageRowStride
    self.taps = taps
    self.offsets = offsets
    self.weights = weights
    self.output = output
    self.factors = factors
  }
}

/// x[i, j] += Σ_f Σ_{a,b} w[f, b, a] r_f[i + a, j + b], with flipped weights: see `weights`.
public struct RidgeAdjoint {
  /// Whether the elements are Float, not Double.
  public var single: Bool
  /// Odd width of the square filters.
  public var size: Int
  /// Filters in use, any number of them.
  public var filters: Int
  /// Rows of the image to write, rounded up to `adjointRows`.
  public var rows: Int
  /// Vectors in a row of the image.
  public var vectors: Int
  /// The responses, `size / 2` rows above and columns before the first element of the image.
  public var responses: RidgeRows
  /// Flipped weights of one channel, ordered filters × columns × rows, both from the last.
  public var weights: UnsafeRawPointer
  /// First element of the image to write.
  public var image: UnsafeMutableRawPointer
  /// From one row of the image to the next.
  public var imageRowStride: Int
  /// Memory that the pass after this one reads: fetched meanwhile.
  public var upcoming = UnsafeRawBufferPointer(start: nil, count: 0)

  /// A pass.
  public init(
    single: Bool, size: Int, filters: Int, rows: Int, vectors: Int, responses: RidgeRows,
    weights: UnsafeRawPointer, image: UnsafeMutableRawPointer, imageRowStride: Int
  ) {
    self.single = single
    self.size = size
    self.filters = filters
    self.rows = rows
    self.vectors = vectors
    self.responses = responses
    self.weights = weights
    self.image = image
    self.imageRowStride = imageRowStride
  }
}

/// g[f, t] += Σ_{i,j} r_f[i, j] x[i, j + offset_t].
public struct RidgeCorrelation {
  /// Whether the elements are Float, not Double.
  public var single: Bool
  /// Filters in use.
  public var filters: Int
  /// Rows of responses.
  public var rows: Int
  /// Vectors in a row of responses, which must be zero after the last column.
  public var vectors: Int
  /// The responses.
  public var responses: RidgeRows
  /// What offset 0 of the first response sees.
  public var image: UnsafeRawPointer
  /// From one row of the image to the next.
  public var imageRowStride: Int
  /// Number of taps t.
  public var taps: Int
  /// Offset of every tap in the image.
  public var offsets: UnsafePointer<Int>
  /// The sums g, ordered filters × taps.
  public var sums: UnsafeMutablePointer<Double>

  /// A pass.
  public init(
    single: Bool, filters: Int, rows: Int, vectors: Int, responses: RidgeRows,
    image: UnsafeRawPointer, imageRowStride: Int, taps: Int, offsets: UnsafePointer<Int>,
    sums: UnsafeMutablePointer<Double>
  ) {
    self.single = single
    self.filters = filters
    self.rows = rows
    self.vectors = vectors
    self.responses = responses
    self.image = image
    self.imageRowStride = imageRowStride
    self.taps = taps
    self.offsets = offsets
    self.sums = sums
  }
}
