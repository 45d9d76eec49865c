/// Ridge energies by tiles of 4 responses along the rows of an image (Toom 1963; Cook 1966; Winograd 1980).
///
/// A row of a filter, as a polynomial, is multiplied by its values at some points: 4 responses of 7 taps
/// take 10 products, not 28. Along columns, filters are applied as they are. Lanes of a vector are tiles
/// beside each other, and groups of rows below each other, so every operation is one of whole vectors, and
/// a vector that is read is used for every row within the filter's reach.
public struct RowTileEntries: Sendable {
  /// Filters that a pass takes at once; spectra come in blocks of that many.
  public var filtersPerBlock: Int
  /// Rows of responses of one group.
  public var rows: Int
  /// Elements of scratch.
  public var scratchCount: @Sendable (_ shape: RowTileShape) -> Int
  /// One band of rows.
  public var run: @Sendable (RowTileTask) -> Void

  /// Entries of one variant.
  public init(
    filtersPerBlock: Int, rows: Int,
    scratchCount: @escaping @Sendable (_ shape: RowTileShape) -> Int,
    run: @escaping @Sendable (RowTileTask) -> Void
  ) {
    self.filtersPerBlock = filtersPerBlock
    self.rows = rows
    self.scratchCount = scratchCount
    self.run = run
  }
}

/// What the bands of one image have in common.
public struct RowTileShape: Sendable {
  /// Whether the elements are Float, not Double.
  public var single: Bool
  /// Odd width of the square filters.
  public var size: Int
  /// Pairs ±p among the points; the others are 0 and ∞.
  public var pairs: Int
  /// Segments of `segmentTaps` columns that a filter is cut into.
  public var segments: Int
  /// Channels of the image.
  public var channels: Int
  /// Number of filters.
  public var filters: Int
  /// Tiles of one row in a vector; the vector's other lanes are further groups of rows.
  public var tiles: Int
  /// Vectors that hold the tiles of a row.
  public var vectors: Int

  /// A shape.
  public init(
    single: Bool, size: Int, pairs: Int, segments: Int, channels: Int, filters: Int, tiles: Int,
    vectors: Int
  ) {
    self.single = single
    self.size = size
    self.pairs = pairs
    self.segments = segments
    self.channels = channels
    self.filters = filters
    self.tiles = tiles
    self.vectors = vectors
  }

  /// Responses of a tile.
  public static let tile = 4
  /// Products of a tile with one segment of one row of a filter.
  public var points: Int { 2 * pairs + 2 }
  /// Columns of a filter in one segment.
  public var segmentTaps: Int { points + 1 - RowTileShape.tile }
  /// Segments of all channels.
  public var planes: Int { channels * segments }
  /// Columns of the image that a tile sees, as many as whole tiles have.
  public var span: Int {
    let seen = (segments - 1) * segmentTaps + points
    return (seen + RowTileShape.tile - 1) / RowTileShape.tile * RowTileShape.tile
  }
}

/// What a pass computes from responses t = C x.
public enum RowTileOperation: Sendable {
  /// The sum of β φ(t).
  case value
  /// Cᵀ(β φ′(t)).
  case gradient
  /// Both.
  case gradientAndValue
  /// Factors ← β φ″(t).
  case curvature
  /// Cᵀ(factors · t).
  case product
  /// The derivatives of ⟨Cᵀ(β φ′(t)), q⟩ by filters, β and ν.
  case mixed

  /// Whether something goes back to the image.
  public var goesBack: Bool {
    switch self {
    case .value, .curvature, .mixed: false
    case .gradient, .gradientAndValue, .product: true
    }
  }
}

/// One band: as many rows as the groups of a vector have.
public struct RowTileTask {
  /// What is computed.
  public var operation: RowTileOperation
  /// The potential φ.
  public var potential: RidgePotential
  /// As in `RidgePointwise`.
  public var ratio: Double
  /// What all bands have in common.
  public var shape: RowTileShape
  /// Rows of responses in this band that the image has.
  public var rows: Int
  /// Columns of responses.
  public var columns: Int
  /// The numbers of the transforms, by the order of `RowTileNumbers`.
  public var numbers: UnsafeRawPointer
  /// Transformed filters, ordered blocks × points × filters of the block × planes × rows of a filter.
  public var spectra: UnsafeRawPointer
  /// β of every filter; nil for a product.
  public var weights: UnsafePointer<Double>?
  /// ν of every filter; nil for a product.
  public var smoothing: UnsafePointer<Double>?
  /// What the first tap of the band's first response sees.
  public var image: UnsafeRawPointer
  /// The same of q, for `mixed`.
  public var other: UnsafeRawPointer?
  /// Where what that tap sees is written: all rows of the band and those within reach are.
  public var output: UnsafeMutableRawPointer?
  /// From one row of all images to the next.
  public var rowStride: Int
  /// From one channel of all images to the next.
  public var planeStride: Int
  /// β φ″ of this band, ordered vectors × filters × rows of a group × 4 × lanes.
  public var factors: UnsafeMutableRawPointer?
  /// The value; or, for `mixed`, the derivatives by β of all filters, which are added.
  public var sums: UnsafeMutablePointer<Double>?
  /// The derivatives by ν of all filters, which are added.
  public var smoothingSums: UnsafeMutablePointer<Double>?
  /// Derivatives by the spectra, a vector for every number of theirs, which are added.
  public var spectrumSums: UnsafeMutableRawPointer?
  /// Memory for this pass.
  public var scratch: UnsafeMutableRawPointer

  /// A pass without potential and results.
  public init(
    operation: RowTileOperation, shape: RowTileShape, rows: Int, columns: Int,
    numbers: UnsafeRawPointer, spectra: UnsafeRawPointer, image: UnsafeRawPointer, rowStride: Int,
    planeStride: Int, scratch: UnsafeMutableRawPointer
  ) {
    self.operation = operation
    potential = .smoothedAbsolute
    ratio = 0
    self.shape = shape
    self.rows = rows
    self.columns = columns
    self.numbers = numbers
    self.spectra = spectra
    self.image = image
    self.rowStride = rowStride
    self.planeStride = planeStride
    self.scratch = scratch
  }
}
