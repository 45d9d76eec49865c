import Script
import Tensors

/// Several images on one white sheet, row by row, each with a caption below.
public struct ContactSheet: Sendable {
  /// One image of a sheet.
  public struct Tile: Sendable {
    /// {1 or 3, height, width}; values beyond [0, 1] are shown as black and white.
    public var image: Tensor
    /// A line of text, which is broken between words where it is wider than the images; may be empty.
    public var caption: String

    /// An image with its caption.
    public init(_ image: Tensor, _ caption: String = "") {
      self.image = image
      self.caption = caption
    }
  }

  /// The images in order.
  public var tiles: [Tile]
  /// Images in a row; all in one row when nil.
  public var columns: Int?
  /// Pixels of the sheet along a side of an image's pixel, by repetition.
  public var magnification = 1
  /// White pixels between images and around them.
  public var gap = 4

  /// A sheet of the given tiles in one row.
  public init(_ tiles: [Tile]) { self.tiles = tiles }

  /// From an image of this many columns on, captions are written twice as large.
  private static let widthForLargeText = 240
  /// White rows between lines of text.
  private static let leading = 4

  /// The sheet as one image {1 or 3, height, width}.
  public func image() throws -> Tensor {
    guard !tiles.isEmpty else { throw ScriptError("a contact sheet needs at least one image") }
    for (index, tile) in tiles.enumerated() { try check(tile.image, index) }
    let perRow = min(max(columns ?? tiles.count, 1), tiles.count)
    let rows = (tiles.count + perRow - 1) / perRow
    let widest = magnification * (tiles.map { $0.image.shape[2] }.max() ?? 0)
    let highest = magnification * (tiles.map { $0.image.shape[1] }.max() ?? 0)
    let textScale = widest >= Self.widthForLargeText ? 2 : 1
    let captions = tiles.map { Font.lines(of: $0.caption, width: widest / textScale) }
    let longest = captions.joined().map { Font.advance * ($0.count + 1) }.max() ?? 0
    let lineHeight = textScale * (Font.glyphHeight + Self.leading)
    let cell = Extent(
      height: highest + (captions.map(\.count).max() ?? 0) * lineHeight,
      width: max(widest, textScale * longest))
    let sheet = Extent(
      height: rows * (cell.height + gap) + gap, width: perRow * (cell.width + gap) + gap)
    var drawing = Drawing(sheet, channels: tiles.map { $0.image.shape[0] }.max() ?? 1)
    for (index, tile) in tiles.enumerated() {
      let row = gap + index / perRow * (cell.height + gap)
      let column = gap + index % perRow * (cell.width + gap)
      drawing.place(tile.image, row: row, column: column, magnification: magnification)
      for (line, text) in captions[index].enumerated() {
        drawing.write(
          text, row: row + highest + line * lineHeight + textScale * Self.leading / 2,
          column: column, magnification: textScale)
      }
    }
    return drawing.image
  }

  private func check(_ image: Tensor, _ index: Int) throws {
    let shape = image.shape
    guard shape.rank == 3, shape[0] == 1 || shape[0] == 3, shape.count > 0 else {
      throw ScriptError(
        "image \(index + 1) must have the shape {1 or 3, height, width}, got \(shape)")
    }
  }
}

extension ContactSheet {
  /// A sheet on which every image but the truth says how near to it it is.
  ///
  /// - Parameters:
  ///   - truth: The clean image, shown first as `truth`.
  ///   - others: Images of the same shape with their names, as `noisy` and `restored`.
  public init(truth: Tensor, others: [(name: String, image: Tensor)]) throws {
    var tiles = [Tile(truth, "truth")]
    for (name, image) in others {
      let ratio = try PSNR().value(of: image, truth: truth)
      tiles.append(Tile(image, "\(name) \(Self.decibels(ratio))"))
    }
    self.init(tiles)
  }

  /// `28.31 dB`.
  static func decibels(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e6 else { return "\(value) dB" }
    let hundredths = Int((abs(value) * 100).rounded())
    let cents = hundredths % 100
    let sign = value < 0 && hundredths > 0 ? "-" : ""
    return "\(sign)\(hundredths / 100).\(cents < 10 ? "0" : "")\(cents) dB"
  }

  /// Learned filters as pictures: zero is mid-grey, each is scaled to its own largest magnitude.
  ///
  /// - Parameters:
  ///   - filters: {filters, channels, height, width}; 1 or 3 channels are shown as grey or colour,
  ///     others side by side as grey.
  ///   - weights: One a filter; the sheet is sorted by weight × norm, largest first. Equal if nil.
  public init(filters: Tensor, weights: [Double]? = nil) throws {
    let shape = filters.shape
    guard shape.rank == 4, shape.count > 0 else {
      throw ScriptError(
        "filters must have the shape {filters, channels, height, width}, got \(shape)")
    }
    guard weights.map({ $0.count == shape[0] }) ?? true else {
      throw ScriptError("'weights' must be \(shape[0]) numbers, one a filter")
    }
    let size = shape.count / shape[0]
    let elements = filters.elements
    let each = (0..<shape[0]).map { Array(elements[$0 * size..<($0 + 1) * size]) }
    let ranks = each.enumerated().map { index, filter in
      let norm = filter.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return norm * (weights?[index] ?? 1)
    }
    let order = ranks.indices.sorted { (ranks[$0], $1) > (ranks[$1], $0) }
    self.init(order.map { Tile(Self.picture(of: each[$0], shape)) })
    let side = max(1, Int(Double(shape[0]).squareRoot().rounded(.up)))
    columns = side
    magnification = max(1, Self.filterSide / max(shape[2], shape[3]))
  }

  /// About this many pixels of the sheet are a filter's side.
  private static let filterSide = 56

  private static func picture(of filter: [Double], _ shape: Shape) -> Tensor {
    let largest = filter.reduce(0) { max($0, abs($1)) }
    let levels = filter.map { 0.5 + (largest > 0 ? 0.5 * $0 / largest : 0) }
    let (channels, height, width) = (shape[1], shape[2], shape[3])
    if channels == 1 || channels == 3 { return Tensor(levels, shape: [channels, height, width]) }
    var wide = Tensor(zeros: [1, height, channels * width])
    for i in levels.indices {
      let (channel, row, column) = (i / (height * width), i / width % height, i % width)
      wide[flat: (row * channels + channel) * width + column] = levels[i]
    }
    return wide
  }
}
