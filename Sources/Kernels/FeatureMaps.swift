import KernelInterface

/// How feature maps of one size lie in memory; strides count elements.
///
/// A map has 2r rows above and below and at least 2r columns on either side, r the radius of the
/// filters: room for what they see beyond the border, and for what their adjoints see beyond that.
struct MapLayout: Sendable, Equatable {
  let height: Int
  let width: Int
  let radius: Int
  let lanes: Int
  /// Bytes of one element.
  let elementStride: Int
  /// Columns left of the first pixel, whole cache lines.
  let margin: Int
  /// Elements from one row to the next.
  let rowStride: Int
  /// Elements from one map to the next.
  let planeStride: Int
  /// Vectors in a row.
  let vectors: Int
  /// Rows of a band: a multiple of the rows of an adjoint's tile.
  let bandRows: Int

  /// The maps of a block's band stay within this many bytes if they can: a part of the second-level cache.
  private static let bandBytes = 192 << 10
  private static let largestBand = 24

  init(_ kernel: ConvolutionKernel, height: Int, width: Int) {
    self.height = height
    self.width = width
    radius = kernel.description.radius
    lanes = kernel.lanes
    elementStride = kernel.description.elementStride
    let unit = 64 / elementStride
    margin = (2 * radius + unit - 1) / unit * unit
    vectors = (width + lanes - 1) / lanes
    let used = margin + (width + 2 * radius + lanes - 1) / lanes * lanes + 2 * radius
    rowStride = (used + unit - 1) / unit * unit
    let tile = kernel.entries.adjointRows
    let rowBytes = kernel.blocks.size * rowStride * elementStride
    let fitting = MapLayout.bandBytes / rowBytes - 2 * radius
    bandRows = min(max(fitting / tile, 1), max(MapLayout.largestBand / tile, 1)) * tile
    planeStride = (height + 4 * radius + tile) * rowStride
  }

  /// Where pixel (`row`, `column`) lies in a map.
  func offset(row: Int, column: Int) -> Int {
    (row + 2 * radius) * rowStride + margin + column
  }

  /// Columns that whole vectors cover beyond the last pixel.
  var tail: Int { vectors * lanes - width }

  /// Bands of `rows` rows.
  func bands(of rows: Int) -> Int { (rows + bandRows - 1) / bandRows }

  /// The rows of one band of the rows first ..< first + count.
  func band(_ index: Int, first: Int = 0, of count: Int) -> Range<Int> {
    let start = first + index * bandRows
    return start..<min(start + bandRows, first + count)
  }

  /// The planes of so many channels.
  func planes(channels: Int) -> PaddedPlanes {
    PaddedPlanes(
      channels: channels, height: height, width: width, radius: radius, rowStride: rowStride,
      planeStride: planeStride, origin: offset(row: 0, column: 0))
  }
}

/// Feature maps of one layer, zero where nothing was written.
final class FeatureMaps {
  let layout: MapLayout
  let channels: Int
  /// Where the taps of a filter lie that sees all maps.
  let taps: TapOffsets
  private let memory: Memory

  /// So many maps, all zero.
  init(_ layout: MapLayout, channels: Int) {
    self.layout = layout
    self.channels = channels
    taps = TapOffsets(
      channels: channels, size: 2 * layout.radius + 1, rowStride: layout.rowStride,
      planeStride: layout.planeStride)
    memory = Memory(count: channels * layout.planeStride, stride: layout.elementStride)
  }

  /// The first element of the first map, with its border.
  var start: UnsafeMutableRawPointer { memory.start }

  /// Pixel (`row`, `column`) of a map.
  func pixel(_ channel: Int, row: Int, column: Int) -> UnsafeMutableRawPointer {
    memory.start
      + (channel * layout.planeStride + layout.offset(row: row, column: column))
      * layout.elementStride
  }

  /// The rows of all maps from one pixel on, as a pass takes them.
  func rows(from channel: Int, row: Int, column: Int) -> RidgeRows {
    RidgeRows(
      start: pixel(channel, row: row, column: column), rowStride: layout.rowStride,
      filterStride: layout.planeStride, vectorStride: layout.lanes)
  }

  /// Copies rows of channels × height × width into the maps; what whole vectors cover beyond the last
  /// column becomes zero.
  func load(_ image: UnsafeRawPointer, channels: Int, rows: Range<Int>) {
    let bytes = layout.width * layout.elementStride
    for channel in 0..<channels {
      for row in rows {
        let to = pixel(channel, row: row, column: 0)
        to.copyMemory(from: image + (channel * layout.height + row) * bytes, byteCount: bytes)
        clearTail(channel, row)
      }
    }
  }

  /// Copies rows of the maps into channels × height × width.
  func store(_ image: UnsafeMutableRawPointer, channels: Int, rows: Range<Int>) {
    let bytes = layout.width * layout.elementStride
    for channel in 0..<channels {
      for row in rows {
        let to = image + (channel * layout.height + row) * bytes
        to.copyMemory(from: pixel(channel, row: row, column: 0), byteCount: bytes)
      }
    }
  }

  /// Zeros what whole vectors cover beyond the last column.
  func clearTail(_ channel: Int, _ row: Int) {
    pixel(channel, row: row, column: layout.width).initializeMemory(
      as: UInt8.self, repeating: 0, count: layout.tail * layout.elementStride)
  }

  /// Zeros whole rows, with their border.
  func clear(channels: Int, rows: Range<Int>) {
    let bytes = rows.count * layout.rowStride * layout.elementStride
    for channel in 0..<channels {
      pixel(channel, row: rows.lowerBound, column: -layout.margin).initializeMemory(
        as: UInt8.self, repeating: 0, count: bytes)
    }
  }
}
