/// Ridge energies of 5 × 5 filters by tiles of 4 × 4 responses (Winograd 1980; Lavin and Gray 2016): a
/// transform of 8 × 8 pixels makes of 25 products per response and channel 4.
///
/// Tiles that lie beside each other are the lanes of a vector, so pixels are sorted by their column
/// modulo 4 first. All elements are Float.
public struct TileEntries: Sendable {
  /// Filters that a pass takes at once; spectra come in blocks of that many.
  public var filtersPerBlock: Int
  /// There are passes for multiples of that many channels.
  public var channelUnit: Int
  /// Elements of scratch for a number of channels and of vectors of tiles in a row.
  public var scratchCount: @Sendable (_ channels: Int, _ groups: Int) -> Int
  /// One row of tiles.
  public var run: @Sendable (TileTask) -> Void

  /// Entries of one variant.
  public init(
    filtersPerBlock: Int, channelUnit: Int,
    scratchCount: @escaping @Sendable (_ channels: Int, _ groups: Int) -> Int,
    run: @escaping @Sendable (TileTask) -> Void
  ) {
    self.filtersPerBlock = filtersPerBlock
    self.channelUnit = channelUnit
    self.scratchCount = scratchCount
    self.run = run
  }
}

/// What a pass over tiles computes from responses t = C x.
public enum TileOperation: Sendable {
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
  /// Maps ← t.
  case responses
  /// Cᵀ maps.
  case adjoint

  /// Whether something goes back to the image.
  public var goesBack: Bool {
    switch self {
    case .value, .curvature, .responses: false
    case .gradient, .gradientAndValue, .product, .adjoint: true
    }
  }
}

/// One row of tiles.
public struct TileTask {
  /// What is computed.
  public var operation: TileOperation
  /// The potential φ.
  public var potential: RidgePotential
  /// As in `RidgePointwise`.
  public var ratio: Double
  /// Number of filters.
  public var filters: Int
  /// Channels of the image.
  public var channels: Int
  /// Rows of responses in this row of tiles, 1 to 4.
  public var rows: Int
  /// Columns of responses.
  public var columns: Int
  /// Vectors of tiles in a row.
  public var groups: Int
  /// Transformed filters, ordered blocks × 64 × channels × `filtersPerBlock`.
  public var spectra: UnsafePointer<Float>
  /// β of every filter; nil where there is no potential.
  public var weights: UnsafePointer<Double>?
  /// ν of every filter; nil where there is no potential.
  public var smoothing: UnsafePointer<Double>?
  /// What the first tap of the first response sees: 8 rows are read.
  public var image: UnsafePointer<Float>
  /// Where what the first tap of the first response sees is written: 8 rows are.
  public var output: UnsafeMutablePointer<Float>
  /// From one row of both images to the next.
  public var rowStride: Int
  /// From one channel of both images to the next.
  public var planeStride: Int
  /// β φ″ of this row of tiles, ordered groups × filters × 16 × lanes.
  public var factors: UnsafeMutablePointer<Float>?
  /// Maps of the filters, from this row of tiles on.
  public var maps: UnsafeMutablePointer<Float>?
  /// From one row of a map to the next.
  public var mapRowStride = 0
  /// From one map to the next.
  public var mapStride = 0
  /// The value is added here.
  public var sum: UnsafeMutablePointer<Double>
  /// Memory for this pass, of which the image's part is zero where no pass has written.
  public var scratch: UnsafeMutablePointer<Float>

  /// A pass.
  public init(
    operation: TileOperation, potential: RidgePotential, ratio: Double, filters: Int,
    channels: Int, rows: Int, columns: Int, groups: Int, spectra: UnsafePointer<Float>,
    weights: UnsafePointer<Double>?, smoothing: UnsafePointer<Double>?,
    image: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, rowStride: Int,
    planeStride: Int, sum: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Float>
  ) {
    self.operation = operation
    self.potential = potential
    self.ratio = ratio
    self.filters = filters
    self.channels = channels
    self.rows = rows
    self.columns = columns
    self.groups = groups
    self.spectra = spectra
    self.weights = weights
    self.smoothing = smoothing
    self.image = image
    self.output = output
    self.rowStride = rowStride
    self.planeStride = planeStride
    self.sum = sum
    self.scratch = scratch
  }
}
