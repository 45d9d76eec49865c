import KernelInterface

/// How the rows and tiles of images of one size fill vectors and bands.
struct RowTileLayout: Sendable {
  let shape: RowTileShape
  let planes: PaddedPlanes
  /// Rows of responses of a band.
  let bandRows: Int
  /// Bands of an image.
  let bands: Int
  /// Images that what goes back is written to in turn, so that no two bands of one overlap.
  let outputs: Int
  /// Elements of β φ″ of one band.
  let factorsPerBand: Int

  init(_ spectra: RowTileSpectra, height: Int, width: Int, lanes: Int) {
    let description = spectra.description
    let radius = description.radius
    let tiles = Self.tiles(spectra.entries, height: height, width: width, lanes: lanes)
    let vectors = Self.vectors(width, tiles)
    shape = RowTileShape(
      single: description.singlePrecision, size: description.size, pairs: spectra.plan.pairs,
      segments: spectra.plan.segments, channels: description.channels,
      filters: description.filters, tiles: tiles, vectors: vectors)
    bandRows = spectra.entries.rows * (lanes / tiles)
    bands = (height + bandRows - 1) / bandRows
    outputs = 1 + (2 * radius + bandRows - 1) / bandRows
    factorsPerBand =
      vectors * description.filters * spectra.entries.rows * RowTileShape.tile * lanes
    let unit = 64 / description.elementStride
    let columns = radius + (vectors * tiles - 1) * RowTileShape.tile + shape.span
    let rowStride = (columns + unit - 1) / unit * unit
    let planeStride = (bands * bandRows + 2 * radius) * rowStride
    planes = PaddedPlanes(
      channels: description.channels, height: height, width: width, radius: radius,
      rowStride: rowStride, planeStride: planeStride, origin: radius * rowStride + radius)
  }

  private static func vectors(_ width: Int, _ tiles: Int) -> Int {
    ((width + RowTileShape.tile - 1) / RowTileShape.tile + tiles - 1) / tiles
  }

  /// Tiles of a row in a vector: the number with which the fewest vectors cover the image, the largest of
  /// several.
  private static func tiles(
    _ entries: RowTileEntries, height: Int, width: Int, lanes: Int
  ) -> Int {
    func vectors(_ tiles: Int) -> Int {
      let bandRows = entries.rows * (lanes / tiles)
      return (height + bandRows - 1) / bandRows * Self.vectors(width, tiles)
    }
    return [lanes, lanes / 2, lanes / 4].filter { $0 >= min(lanes, 4) }
      .min { vectors($0) < vectors($1) } ?? lanes
  }
}
