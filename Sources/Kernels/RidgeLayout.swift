/// How images and responses of one size lie in memory; strides count elements.
///
/// A padded image has `radius` rows above and below and at least `margin` columns on either side;
/// buffers of responses have the same row stride and margin.
struct RidgeLayout: Sendable {
  let height: Int
  let width: Int
  let channels: Int
  let radius: Int
  /// Columns left of the first pixel: room for twice the largest radius, whole cache lines.
  let margin: Int
  /// Elements from one row to the next.
  let rowStride: Int
  /// Elements from one channel of a padded image to the next.
  let planeStride: Int
  /// Vectors in a row of responses.
  let vectors: Int
  /// First row that adjoints write: −radius if what falls outside is folded back, else 0.
  let firstRow: Int
  /// Rows of a band: a multiple of the rows of an adjoint's tile.
  let bandRows: Int
  private let lanes: Int

  /// Band buffers stay within this many bytes if they can: a part of the second-level cache.
  private static let bandBytes = 192 << 10
  private static let largestBand = 24

  init(_ kernel: RidgeKernel, height: Int, width: Int) {
    let description = kernel.description
    let stride = description.elementStride
    let unit = 64 / stride
    self.height = height
    self.width = width
    lanes = kernel.lanes
    channels = description.channels
    radius = description.radius
    margin = (2 * radius + unit - 1) / unit * unit
    vectors = (width + lanes - 1) / lanes
    let used = margin + (width + 2 * radius + lanes - 1) / lanes * lanes + 2 * radius
    rowStride = (used + unit - 1) / unit * unit
    firstRow = description.boundary == .zero ? 0 : -radius
    let tile = kernel.entries.adjointRows
    let fitting =
      RidgeLayout.bandBytes / (kernel.blocks.size * rowStride * stride) - 2 * radius
    let largest = max(RidgeLayout.largestBand / tile, 1)
    bandRows = min(max(fitting / tile, 1), largest) * tile
    planeStride = (height + 2 * radius + tile) * rowStride
  }

  /// Rows that adjoints write.
  var outputRows: Int { height - 2 * firstRow }
  /// Vectors in a row that adjoints write.
  var outputVectors: Int { (width - 2 * firstRow + lanes - 1) / lanes }
  /// Bands of the rows that adjoints write.
  var outputBands: Int { (outputRows + bandRows - 1) / bandRows }
  /// Bands of the rows of responses.
  var responseBands: Int { (height + bandRows - 1) / bandRows }
  /// Rows of a buffer of responses.
  var bufferRows: Int { bandRows + 2 * radius }
  /// Elements of one filter's buffer of responses.
  var bufferStride: Int { bufferRows * rowStride }

  /// Where pixel (`row`, `column`) lies in a plane of a padded image.
  func offset(row: Int, column: Int) -> Int {
    (row + radius) * rowStride + margin + column
  }
}
