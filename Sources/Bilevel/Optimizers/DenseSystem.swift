/// Systems of linear equations that are small enough for elimination: as many unknowns as parameters
/// that are learned without derivatives.
struct DenseSystem {
  /// A, row by row.
  private var rows: [[Double]]

  /// The square matrix with the given rows.
  init(_ rows: [[Double]]) { self.rows = rows }

  /// A pivot below this part of its row's largest element counts as 0.
  private static let singular = 1e-14

  /// x with A x = b, by Gaussian elimination with scaled row pivoting; nil where A is singular.
  func solve(_ rightSide: [Double]) -> [Double]? {
    solve([rightSide])?.first
  }

  /// A⁻¹ by its columns; nil where A is singular.
  var inverseColumns: [[Double]]? {
    solve(
      rows.indices.map { i in
        var unit = Array(repeating: 0.0, count: rows.count)
        unit[i] = 1
        return unit
      })
  }

  /// The solutions for several right sides.
  private func solve(_ rightSides: [[Double]]) -> [[Double]]? {
    let n = rows.count
    let scales = rows.map { row in row.reduce(0) { max($0, abs($1)) } }
    guard scales.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    // Rows divided by their scales, with the right sides to the right of them.
    var a = (0..<n).map { i in
      (rows[i] + rightSides.map { $0[i] }).map { $0 / scales[i] }
    }
    for k in 0..<n {
      guard let pivot = (k..<n).max(by: { abs(a[$0][k]) < abs(a[$1][k]) }),
        abs(a[pivot][k]) > Self.singular
      else { return nil }
      a.swapAt(k, pivot)
      for i in k + 1..<max(n, k + 1) {
        let factor = a[i][k] / a[k][k]
        if factor == 0 { continue }
        for j in k..<a[k].count { a[i][j] -= factor * a[k][j] }
      }
    }
    return rightSides.indices.map { substitute(a, column: n + $0) }
  }

  private func substitute(_ a: [[Double]], column: Int) -> [Double] {
    var x = Array(repeating: 0.0, count: a.count)
    for i in a.indices.reversed() {
      var sum = a[i][column]
      for j in i + 1..<max(a.count, i + 1) { sum -= a[i][j] * x[j] }
      x[i] = sum / a[i][i]
    }
    return x
  }
}
