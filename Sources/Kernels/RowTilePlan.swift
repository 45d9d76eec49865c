import KernelInterface

/// Points for filters of one width, and the transforms that follow from them.
///
/// With P pairs of points, 0 and ∞, a tile of 4 responses takes 2P + 2 products with a row of 2P − 1 taps;
/// wider filters are cut into segments. The more points, the fewer products and the larger the rounding
/// error: for a row of 7 taps it is 7 times that of the sum with 4 pairs, twice with two segments of 3 pairs,
/// the choice in Float32.
struct RowTilePlan: Sendable {
  /// Pairs of points ±p.
  let pairs: Int
  /// Segments of a row of a filter.
  let segments: Int
  /// What the kernels read: Π (x² − p²); for every pair, the same without it; the points.
  let numbers: [Double]
  /// G, points × taps of a segment: the values of x^b at a point, over Π (p − q) of the others.
  let filterTransform: [[Double]]

  init(size: Int, single: Bool) {
    pairs =
      switch (size, single) {
      case (3, _): 2
      case (5, _), (9, _), (_, true): 3
      default: 4
      }
    let taps = 2 * pairs - 1
    segments = (size + taps - 1) / taps
    let points = Array(Self.choice[..<pairs])
    numbers =
      Self.product(points) + points.indices.flatMap { Self.product(points, without: $0) } + points
    filterTransform = Self.filterTransform(points, taps: taps)
  }

  /// Points p of the pairs.
  private static let choice = [1, 2, 0.5, 0.75]

  /// 2P + 2.
  var points: Int { 2 * pairs + 2 }
  /// Taps of a segment.
  var segmentTaps: Int { 2 * pairs - 1 }

  /// Coefficients of Π (x² − p²) over all pairs but one, by ascending powers of x².
  private static func product(_ points: [Double], without omitted: Int? = nil) -> [Double] {
    points.indices.reduce([1]) { polynomial, k in
      if k == omitted { return polynomial }
      let square = points[k] * points[k]
      return zip([0] + polynomial, polynomial + [0]).map { $0 - square * $1 }
    }
  }

  private static func filterTransform(_ points: [Double], taps: Int) -> [[Double]] {
    func row(_ p: Double, _ factor: Double) -> [Double] {
      (0..<taps).reduce(into: []) { row, b in row.append(b == 0 ? factor : row[b - 1] * p) }
    }
    let pairRows = points.indices.flatMap { k in
      let p = points[k]
      let others = points.indices.filter { $0 != k }
        .reduce(1.0) { $0 * (p * p - points[$1] * points[$1]) }
      let factor = 1 / (2 * p * p * others)
      return [row(p, factor), row(-p, factor)]
    }
    let infinity = [Double](repeating: 0, count: taps - 1) + [1]
    return [row(0, 1 / product(points)[0])] + pairRows + [infinity]
  }
}
