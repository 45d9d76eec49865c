import Bilevel
import Tensors

/// A small dense matrix in Float64, for closed forms.
public struct DenseMatrix: Sendable {
  /// Extents.
  public let rows: Int
  public let columns: Int
  /// Row-major entries.
  public var entries: [Double]

  /// The matrix with the given entries.
  public init(rows: Int, columns: Int, _ entry: (Int, Int) -> Double) {
    self.rows = rows
    self.columns = columns
    entries = (0..<rows * columns).map { entry($0 / columns, $0 % columns) }
  }

  /// Independent standard normal entries.
  public static func normal(
    rows: Int, columns: Int, _ random: inout RandomSource
  ) -> DenseMatrix {
    DenseMatrix(rows: rows, columns: columns) { _, _ in random.normal() }
  }

  /// A random orthogonal matrix (Gram–Schmidt, twice, on normal rows).
  public static func orthogonal(_ count: Int, _ random: inout RandomSource) -> DenseMatrix {
    var matrix = normal(rows: count, columns: count, &random)
    for i in 0..<count {
      for _ in 0..<2 {
        for j in 0..<i {
          let overlap = (0..<count).reduce(0) { $0 + matrix[i, $1] * matrix[j, $1] }
          for a in 0..<count { matrix[i, a] -= overlap * matrix[j, a] }
        }
      }
      let norm = (0..<count).reduce(0) { $0 + matrix[i, $1] * matrix[i, $1] }.squareRoot()
      for a in 0..<count { matrix[i, a] /= norm }
    }
    return matrix
  }

  /// The matrix of v ↦ H v.
  public init(of map: any SymmetricOperator, _ shape: Shape, _ elementType: ElementType) {
    var columns: [[Double]] = []
    var product = Tensor(zeros: shape, elementType)
    for i in 0..<shape.count {
      var unit = Tensor(zeros: shape, elementType)
      unit[flat: i] = 1
      map.apply(unit, into: &product)
      columns.append(product.elements)
    }
    self.init(rows: shape.count, columns: shape.count) { columns[$1][$0] }
  }

  /// One entry.
  public subscript(row: Int, column: Int) -> Double {
    get { entries[row * columns + column] }
    set { entries[row * columns + column] = newValue }
  }

  /// The product with a vector.
  public static func * (a: DenseMatrix, x: [Double]) -> [Double] {
    (0..<a.rows).map { i in (0..<a.columns).reduce(0) { $0 + a[i, $1] * x[$1] } }
  }

  /// The transposed matrix.
  public var transposed: DenseMatrix {
    DenseMatrix(rows: columns, columns: rows) { self[$1, $0] }
  }

  /// The product of two matrices.
  public static func * (a: DenseMatrix, b: DenseMatrix) -> DenseMatrix {
    DenseMatrix(rows: a.rows, columns: b.columns) { i, j in
      (0..<a.columns).reduce(0) { $0 + a[i, $1] * b[$1, j] }
    }
  }

  /// The solution of a x = b by elimination with pivots.
  public func solve(_ b: [Double]) -> [Double] {
    var (a, x) = (self, b)
    for k in 0..<rows {
      let pivot = (k..<rows).max { abs(a[$0, k]) < abs(a[$1, k]) } ?? k
      for j in 0..<columns { (a[k, j], a[pivot, j]) = (a[pivot, j], a[k, j]) }
      x.swapAt(k, pivot)
      for i in k + 1..<max(rows, k + 1) {
        let factor = a[i, k] / a[k, k]
        for j in k..<columns { a[i, j] -= factor * a[k, j] }
        x[i] -= factor * x[k]
      }
    }
    for k in (0..<rows).reversed() {
      for j in k + 1..<max(columns, k + 1) { x[k] -= a[k, j] * x[j] }
      x[k] /= a[k, k]
    }
    return x
  }
}

/// ‖a − b‖₂.
public func distance(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
}

/// ‖a‖₂.
public func norm(_ a: [Double]) -> Double {
  a.reduce(0) { $0 + $1 * $1 }.squareRoot()
}

/// Arithmetic as the element type does it: every result rounded to Float32 where that is the type.
struct Rounding {
  let elementType: ElementType

  func callAsFunction(_ value: Double) -> Double {
    elementType == .float32 ? Double(Float(value)) : value
  }

  /// Σ a_i x_i.
  func dot(_ a: (Int) -> Double, _ x: Tensor) -> Double {
    var sum = 0.0
    for i in 0..<x.count { sum = self(sum + self(self(a(i)) * x[flat: i])) }
    return sum
  }
}
