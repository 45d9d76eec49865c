import Kernels
import Tensors

/// The norms of the rows of C_k for images of one shape.
///
/// Where the border folds or cuts a window, its coefficients add up or are lost. Rows are alike wherever their window is inside of the image.
struct RowNorms {
  private let rowClasses: [Int]
  private let columnClasses: [Int]
  private let norms: [Double]  // height × width, filled at representatives only
  private let width: Int

  init(_ prepared: PreparedFieldsOfExperts, _ shape: Shape, filter k: Int) {
    let size = prepared.description.size
    let radius = size / 2
    let map = BoundaryMap(prepared.description.boundary, radius: radius)
    let (height, width) = (shape[1], shape[2])
    self.width = width
    rowClasses = map.windowClasses(height)
    columnClasses = map.windowClasses(width)
    var norms = [Double](repeating: 0, count: height * width)
    let taps = prepared.symbol.taps
    let filter = Array(prepared.symbol.coefficients[k * taps..<(k + 1) * taps])
    for i in Set(rowClasses) {
      let rows = (0..<size).map { map.pixel(at: i + $0 - radius, of: height) }
      for j in Set(columnClasses) {
        let columns = (0..<size).map { map.pixel(at: j + $0 - radius, of: width) }
        norms[i * width + j] = Self.norm(filter, rows, columns, size)
      }
    }
    self.norms = norms
  }

  /// ‖row of C_k at pixel (i, j)‖₂.
  func norm(_ i: Int, _ j: Int) -> Double { norms[rowClasses[i] * width + columnClasses[j]] }

  /// The norm of a filter whose coefficients that meet at the same pixel are added.
  private static func norm(_ filter: [Double], _ rows: [Int?], _ columns: [Int?], _ size: Int)
    -> Double
  {
    var total = 0.0
    for channel in 0..<filter.count / (size * size) {
      var folded: [SIMD2<Int>: Double] = [:]
      for a in 0..<size {
        for b in 0..<size {
          guard let row = rows[a], let column = columns[b] else { continue }
          folded[[row, column], default: 0] += filter[(channel * size + a) * size + b]
        }
      }
      total += folded.values.reduce(0) { $0 + $1 * $1 }
    }
    return total.squareRoot()
  }
}
