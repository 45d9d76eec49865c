/// Eigenvalues and eigenvectors of a small symmetric matrix, by Jacobi's rotations.
///
/// Golub & Van Loan, Matrix Computations, 2013, section 8.5.
struct SymmetricEigensystem {
  /// Ascending.
  let values: [Double]
  /// Orthonormal, in the order of the values.
  let vectors: [[Double]]

  /// Off-diagonal entries below this share of the diagonal are zero.
  private static let tolerance = 1e-15
  private static let maximumSweeps = 30

  /// The system of the symmetric matrix with the given entries, of which i ≥ j are asked for.
  init(count n: Int, entry: (Int, Int) -> Double) {
    var a = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        a[i * n + j] = entry(i, j)
        a[j * n + i] = a[i * n + j]
      }
    }
    // Row i is the i-th eigenvector.
    var v = [Double](repeating: 0, count: n * n)
    for i in 0..<n { v[i * n + i] = 1 }
    for _ in 0..<Self.maximumSweeps {
      var isDiagonal = true
      for p in 0..<n {
        for q in p + 1..<max(n, p + 1)
        where abs(a[p * n + q]) > Self.tolerance * (abs(a[p * n + p] * a[q * n + q])).squareRoot() {
          isDiagonal = false
          Self.rotate(p, q, &a, &v, n)
        }
      }
      if isDiagonal { break }
    }
    let order = (0..<n).sorted { a[$0 * n + $0] < a[$1 * n + $1] }
    values = order.map { a[$0 * n + $0] }
    vectors = order.map { Array(v[$0 * n..<($0 + 1) * n]) }
  }

  /// a ← JᵀaJ and v ← Jᵀv with the rotation J in the plane (p, q) that makes a_pq zero.
  private static func rotate(
    _ p: Int, _ q: Int, _ a: inout [Double], _ v: inout [Double], _ n: Int
  ) {
    let tau = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q])
    let t = (tau < 0 ? -1 : 1) / (abs(tau) + (1 + tau * tau).squareRoot())
    let c = 1 / (1 + t * t).squareRoot()
    let s = t * c
    func turn(_ x: inout [Double], _ i: Int, _ j: Int) {
      (x[i], x[j]) = (c * x[i] - s * x[j], s * x[i] + c * x[j])
    }
    for k in 0..<n { turn(&a, k * n + p, k * n + q) }
    for k in 0..<n {
      turn(&a, p * n + k, q * n + k)
      turn(&v, p * n + k, q * n + k)
    }
  }
}
