#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An upper bound of the largest eigenvalue of a symmetric, positive semidefinite operator, by the
/// Lanczos method with a random start.
///
/// With a start that is uniform on the sphere of dimension n, the largest Ritz value ξ after k steps
/// falls short of (1 − ε) λ_max with probability at most 1.648 √n exp(−√ε (2k − 1)), whatever the
/// operator is (Kuczyński and Woźniakowski 1992, theorem 4.2). So ξ/(1 − ε) is a bound once k is
/// large enough, where power iteration only bounds from below. k is some 60 for ε = 0.05.
public struct LargestEigenvalue {
  /// ε: the bound is at most 1/(1 − ε) times too large.
  public var looseness: Double
  /// The bound fails for this share of all starting vectors.
  public var failureProbability: Double

  /// The method with the given ε and probability of failure.
  public init(looseness: Double = 0.05, failureProbability: Double = 1e-10) {
    self.looseness = looseness
    self.failureProbability = failureProbability
  }

  /// Key of the stream that the starting vector is drawn from.
  public static let seed: UInt64 = 0x1A2C_705E

  /// Steps for dimension n.
  public func steps(dimension: Int) -> Int {
    let exponent = log(1.648 * Double(dimension).squareRoot() / failureProbability)
    return Int(((exponent / looseness.squareRoot() + 1) / 2).rounded(.up))
  }

  /// ξ/(1 − ε) for image ← operator(image).
  public func bound(
    shape: Shape, _ elementType: ElementType, _ apply: (Tensor, inout Tensor) -> Void
  ) -> Double {
    var random = RandomSource(seed: Self.seed)
    var current = Tensor(normal: shape, elementType, from: &random)
    current.scale(by: 1 / current.norm)
    var previous = Tensor(zeros: shape, elementType)
    var next = previous
    var diagonal: [Double] = []
    var offDiagonal: [Double] = []
    for _ in 0..<min(steps(dimension: shape.count), shape.count) {
      apply(current, &next)
      if let coupling = offDiagonal.last { next.add(previous, times: -coupling) }
      let rayleigh = next.dot(current)
      next.add(current, times: -rayleigh)
      diagonal.append(rayleigh)
      let coupling = next.norm
      // The Krylov space is exhausted: its largest Ritz value is an eigenvalue.
      if coupling <= Self.exhausted * abs(rayleigh) { break }
      offDiagonal.append(coupling)
      next.scale(by: 1 / coupling)
      swap(&previous, &current)
      swap(&current, &next)
    }
    return Self.largestRitzValue(diagonal, offDiagonal) / (1 - looseness)
  }

  /// Relative size below which a coupling is rounding.
  public static let exhausted = 1e-14

  /// The largest eigenvalue of a symmetric tridiagonal matrix, by bisection, from above.
  public static func largestRitzValue(_ diagonal: [Double], _ offDiagonal: [Double]) -> Double {
    let count = diagonal.count
    func coupling(_ i: Int) -> Double { i >= 0 && i < count - 1 ? abs(offDiagonal[i]) : 0 }
    var low = diagonal.max() ?? 0
    var high = low
    for i in 0..<count { high = max(high, diagonal[i] + coupling(i - 1) + coupling(i)) }
    /// Whether λ is above all eigenvalues: all pivots of λ − T are positive.
    func isAbove(_ lambda: Double) -> Bool {
      var pivot = Double.infinity
      for i in 0..<count {
        let b = coupling(i - 1)
        pivot = lambda - diagonal[i] - (i == 0 ? 0 : b * b / pivot)
        if pivot <= 0 { return false }
      }
      return true
    }
    while high - low > 1e-12 * abs(high) {
      let middle = 0.5 * (low + high)
      if middle <= low || middle >= high { break }
      if isAbove(middle) { high = middle } else { low = middle }
    }
    return high
  }
}
