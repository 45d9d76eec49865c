import KernelInterface

/// Where a pass's scratch lies: everything of one vector of tiles, so that it stays in the nearest cache.
///
/// Offsets and strides count elements.
struct RowTileScratch<Element: Real> {
  let lanes: Int
  /// Rows of responses of a group, and rows of pixels that they see.
  let rows: Int
  let inputRows: Int
  /// Pixels by row and column of a tile, and what goes back to them.
  let pixels: UnsafeMutablePointer<Element>
  /// Transformed pixels by plane, point and row; of q; and what goes back to those of x.
  let spectrum: UnsafeMutablePointer<Element>
  let otherSpectrum: UnsafeMutablePointer<Element>
  let cotangent: UnsafeMutablePointer<Element>
  /// Products of a block by filter, point and row, with x and with q.
  let products: UnsafeMutablePointer<Element>
  let otherProducts: UnsafeMutablePointer<Element>
  /// All bits set in lanes that are responses of the image, by row and column.
  let masks: UnsafeMutablePointer<Element>
  /// Sums of the value by row.
  let rowSums: UnsafeMutablePointer<Element>
  let spectrumCount: Int
  let count: Int

  init(
    _ start: UnsafeMutablePointer<Element>, _ shape: RowTileShape, lanes: Int, rows: Int,
    filters: Int
  ) {
    self.lanes = lanes
    self.rows = rows
    inputRows = rows + shape.size - 1
    let productCount = filters * shape.points * rows * lanes
    spectrumCount = shape.planes * shape.points * inputRows * lanes
    pixels = start
    spectrum = pixels + inputRows * shape.span * lanes
    otherSpectrum = spectrum + spectrumCount
    cotangent = otherSpectrum + spectrumCount
    products = cotangent + spectrumCount
    otherProducts = products + productCount
    masks = otherProducts + productCount
    rowSums = masks + rows * RowTileShape.tile * lanes
    count = rowSums + rows * lanes - start
  }
}
