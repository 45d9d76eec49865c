import Kernels
import Tensors

/// The norms of the rows of C_k for images of one shape.
///
/// Where the border folds or cuts a window, its coefficients add up or are lost. Rows are alike wherever
/// their window is inside of the image, so a few norms stand for all.
struct RowNorms {
  private let rows: AxisWindows
  private let columns: AxisWindows
  private let norms: [Double]  // filters × windows of rows × windows of columns

  init(_ prepared: PreparedFieldsOfExperts, _ shape: Shape) {
    let size = prepared.description.size
    let map = BoundaryMap(prepared.description.boundary, radius: size / 2)
    let rows = AxisWindows(map, count: shape[1])
    let columns = AxisWindows(map, count: shape[2])
    self.rows = rows
    self.columns = columns
    let symbol = prepared.symbol
    norms = (0..<symbol.filters).flatMap { k in
      rows.windows.flatMap { row in
        columns.windows.map { column in
          Self.norm(symbol.coefficients, k * symbol.taps, symbol.channels, size, row, column)
        }
      }
    }
  }

  /// ‖row of C_k at pixel (i, j)‖₂.
  @inline(__always)
  func norm(filter k: Int, _ i: Int, _ j: Int) -> Double {
    norms[(k * rows.windows.count + rows.index[i]) * columns.windows.count + columns.index[j]]
  }

  /// The norm of a filter whose coefficients that meet at the same pixel are added.
  private static func norm(
    _ coefficients: [Double], _ start: Int, _ channels: Int, _ size: Int, _ row: [Int?],
    _ column: [Int?]
  ) -> Double {
    var total = 0.0
    var folded = [Double](repeating: 0, count: size * size)
    for channel in 0..<channels {
      for i in folded.indices { folded[i] = 0 }
      for a in 0..<size {
        guard let i = row[a] else { continue }
        for b in 0..<size {
          guard let j = column[b] else { continue }
          folded[i * size + j] += coefficients[start + (channel * size + a) * size + b]
        }
      }
      for value in folded { total += value * value }
    }
    return total.squareRoot()
  }
}

/// The different windows of one axis: which of its positions show the same pixel.
private struct AxisWindows {
  /// For each position the first one that shows the same pixel, or nil where there is a zero.
  let windows: [[Int?]]
  /// The window around each pixel of the axis.
  let index: [Int]

  init(_ map: BoundaryMap, count: Int) {
    var windows: [[Int?]] = []
    var known: [Int: Int] = [:]
    index = map.windowClasses(count).map { centre in
      if let found = known[centre] { return found }
      let pixels = (-map.radius...map.radius).map { map.pixel(at: centre + $0, of: count) }
      windows.append(pixels.map { pixel in pixel.flatMap { pixels.firstIndex(of: $0) } })
      known[centre] = windows.count - 1
      return windows.count - 1
    }
    self.windows = windows
  }
}
