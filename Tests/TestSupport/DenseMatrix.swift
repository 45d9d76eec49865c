import Tensors

/// A small dense matrix, for closed forms in tests.
public struct DenseMatrix: Sendable {
  /// Extents.
  public let rows: Int
  public let columns: Int
  /// Row-major.
  public var entries: [Double]

  /// The matrix with the given entries.
  public init(_ rows: Int, _ columns: Int, _ entries: [Double]) {
    precondition(entries.count == rows * columns, "A matrix needs rows × columns entries.")
    self.rows = rows
    self.columns = columns
    self.entries = entries
  }

  /// Entries from the standard normal distribution.
  public init(normal rows: Int, _ columns: Int, _ random: inout RandomSource) {
    self.init(rows, columns, (0..<rows * columns).map { _ in random.normal() })
  }

  /// Entry in row i, column j.
  public subscript(i: Int, j: Int) -> Double {
    get { entries[i * columns + j] }
    set { entries[i * columns + j] = newValue }
  }

  /// The transpose.
  public var transpose: DenseMatrix {
    var result = DenseMatrix(columns, rows, entries)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j] } }
    return result
  }

  /// Matrix times vector.
  public static func * (a: DenseMatrix, x: [Double]) -> [Double] {
    (0..<a.rows).map { i in (0..<a.columns).reduce(0) { $0 + a[i, $1] * x[$1] } }
  }

  /// Matrix times matrix.
  public static func * (a: DenseMatrix, b: DenseMatrix) -> DenseMatrix {
    var result = DenseMatrix(a.rows, b.columns, Array(repeating: 0, count: a.rows * b.columns))
    for i in 0..<a.rows {
      for j in 0..<b.columns {
        result[i, j] = (0..<a.columns).reduce(0) { $0 + a[i, $1] * b[$1, j] }
      }
    }
    return result
  }

  /// x with self · x = right, for a symmetric positive definite matrix, by Cholesky.
  public func solve(_ right: [Double]) -> [Double] {
    var factor = self
    for j in 0..<rows {
      for k in 0..<j { factor[j, j] -= factor[j, k] * factor[j, k] }
      factor[j, j] = factor[j, j].squareRoot()
      for i in j + 1..<max(rows, j + 1) {
        for k in 0..<j { factor[i, j] -= factor[i, k] * factor[j, k] }
        factor[i, j] /= factor[j, j]
      }
    }
    var x = right
    for i in 0..<rows {
      for k in 0..<i { x[i] -= factor[i, k] * x[k] }
      x[i] /= factor[i, i]
    }
    for i in (0..<rows).reversed() {
      for k in i + 1..<max(rows, i + 1) { x[i] -= factor[k, i] * x[k] }
      x[i] /= factor[i, i]
    }
    return x
  }

  /// Smallest and largest eigenvalue of a symmetric matrix, by cyclic Jacobi rotations.
  public var extremeEigenvalues: (smallest: Double, largest: Double) {
    var a = self
    for _ in 0..<30 {
      for p in 0..<rows {
        for q in p + 1..<max(rows, p + 1) where a[p, q] != 0 { a.rotate(p, q) }
      }
    }
    let diagonal = (0..<rows).map { a[$0, $0] }
    return (diagonal.min() ?? 0, diagonal.max() ?? 0)
  }

  private mutating func rotate(_ p: Int, _ q: Int) {
    let tau = (self[q, q] - self[p, p]) / (2 * self[p, q])
    let t = (tau >= 0 ? 1 : -1) / (abs(tau) + (1 + tau * tau).squareRoot())
    let c = 1 / (1 + t * t).squareRoot()
    let s = t * c
    for k in 0..<rows {
      let (x, y) = (self[k, p], self[k, q])
      self[k, p] = c * x - s * y
      self[k, q] = s * x + c * y
    }
    for k in 0..<rows {
      let (x, y) = (self[p, k], self[q, k])
      self[p, k] = c * x - s * y
      self[q, k] = s * x + c * y
    }
  }
}

/// The difference of two vectors.
public func minus(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 - $1 } }

/// ‖a‖₂.
public func length(_ a: [Double]) -> Double { a.reduce(0) { $0 + $1 * $1 }.squareRoot() }
