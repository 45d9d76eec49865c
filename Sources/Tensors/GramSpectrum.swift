import Script

/// Bounds of the eigenvalues of a symmetric, positive semidefinite matrix.
///
/// The matrix is brought to tridiagonal form by Householder's reflections, and the extreme eigenvalues
/// of that are found by bisection. What rounding can have changed is added: the reflections are
/// backward stable, with an error below n² u ‖H‖ (Higham, Accuracy and Stability of Numerical
/// Algorithms, 2002, section 19.3), and forming H = AᵀA of m rows errs by at most m u tr H.
public struct GramSpectrum {
  /// At most the smallest eigenvalue.
  public let smallest: Double
  /// At least the largest eigenvalue.
  public let largest: Double

  /// The extreme eigenvalues of AᵀA, given in Float64 with n² entries, where A has so many rows; n³
  /// operations.
  ///
  /// With `roundoff`, the bounds hold for the matrix rounded to numbers of that unit roundoff too.
  public init(gram: [Double], count n: Int, rows: Int, roundoff: Double = 0) {
    var matrix = gram
    let (diagonal, offDiagonal) = Self.tridiagonal(&matrix, n)
    let trace = (0..<n).reduce(0) { $0 + gram[$1 * n + $1] }
    let unit = ElementType.float64.unitRoundoff
    let margin = (2 * Double(rows + n * n + Self.slack) * unit + roundoff) * trace
    largest = LargestEigenvalue.largestRitzValue(diagonal, offDiagonal) + margin
    smallest =
      -LargestEigenvalue.largestRitzValue(diagonal.map { -$0 }, offDiagonal) - margin
  }

  /// For matrices so small that n² says nothing.
  private static let slack = 16

  /// AᵀA in Float64.
  public static func gram(of matrix: Tensor) throws -> [Double] {
    let wide = matrix.converted(to: .float64)
    return try wide.transposed().multiplied(by: wide).elements
  }

  /// At least the largest eigenvalue of AᵀA: to rounding where A has few rows or columns, else to 5 %
  /// by the Lanczos method.
  public static func largest(of matrix: Tensor) throws -> Double {
    let (rows, columns) = (matrix.shape[0], matrix.shape[1])
    if min(rows, columns) <= fewColumns {
      let slim = columns <= rows ? matrix : try matrix.transposed([1, 0])
      return GramSpectrum(
        gram: try gram(of: slim), count: min(rows, columns), rows: max(rows, columns)
      ).largest
    }
    let map = DenseMap(matrix)
    var image = Tensor(zeros: [rows], matrix.elementType)
    return LargestEigenvalue().bound(shape: [columns], matrix.elementType) { x, product in
      map.apply(x, into: &image)
      product.fill(with: 0)
      map.addAdjoint(image, to: &product)
    }
  }

  /// Up to here the Gram matrix costs no more than the Lanczos method's products.
  private static let fewColumns = 64

  /// The tridiagonal matrix QᵀHQ; H is overwritten.
  private static func tridiagonal(_ a: inout [Double], _ n: Int) -> (
    diagonal: [Double], offDiagonal: [Double]
  ) {
    var offDiagonal: [Double] = []
    for k in 0..<max(n - 1, 0) {
      let rest = k + 1..<n
      var v = rest.map { a[$0 * n + k] }
      let length = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let pivot = v[0] > 0 ? -length : length
      offDiagonal.append(pivot)
      v[0] -= pivot
      let squared = v.reduce(0) { $0 + $1 * $1 }
      if squared > 0 { reflect(&a, n, rest, v, 2 / squared) }
    }
    return ((0..<n).map { a[$0 * n + $0] }, offDiagonal)
  }

  /// The trailing block becomes (I − β v vᵀ) B (I − β v vᵀ) = B − v wᵀ − w vᵀ.
  private static func reflect(
    _ a: inout [Double], _ n: Int, _ rest: Range<Int>, _ v: [Double], _ beta: Double
  ) {
    var w = rest.map { i in
      beta * rest.reduce(0) { $0 + a[i * n + $1] * v[$1 - rest.lowerBound] }
    }
    let half = beta / 2 * zip(v, w).reduce(0) { $0 + $1.0 * $1.1 }
    for i in w.indices { w[i] -= half * v[i] }
    for (i, row) in rest.enumerated() {
      for (j, column) in rest.enumerated() {
        a[row * n + column] -= v[i] * w[j] + w[i] * v[j]
      }
    }
  }
}
