import Kernels
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The point-spread function of a blur: a small matrix, and how large its Fourier transform is.
struct BlurKernel: Sendable, Hashable {
  /// Extents.
  let rows: Int
  let columns: Int
  /// Row-major entries.
  let entries: [Double]
  /// The factors of entries[a, b] = column[a] · row[b], where they are known.
  let factors: [[Double]]?

  /// The given matrix.
  init(rows: Int, columns: Int, entries: [Double]) {
    self.rows = rows
    self.columns = columns
    self.entries = entries
    factors = nil
  }

  /// A normal density of standard deviation σ pixels, sampled on size × size pixels, of sum 1.
  init(sigma: Double, size: Int) {
    let centre = Double(size / 2)
    let raw = (0..<size).map { i in
      let t = (Double(i) - centre) / sigma
      return exp(-0.5 * t * t)
    }
    let sum = raw.reduce(0, +)
    let factor = raw.map { $0 / sum }
    rows = size
    columns = size
    entries = factor.flatMap { a in factor.map { a * $0 } }
    factors = [factor, factor]
  }

  /// Extent that holds a normal density up to 4 σ on either side.
  static func size(sigma: Double) -> Int { 2 * Int((4 * sigma).rounded(.up)) + 1 }

  /// Σ |k|, a bound of the norm for zero and periodic boundaries.
  var sumOfSizes: Double { entries.reduce(0) { $0 + abs($1) } }
  /// Whether no entry is negative.
  var isNonnegative: Bool { entries.allSatisfy { $0 >= 0 } }
  /// The kernel with the sizes of the entries.
  var magnitude: BlurKernel {
    isNonnegative
      ? self : BlurKernel(rows: rows, columns: columns, entries: entries.map(abs))
  }

  /// A bound of sup |k̂|, the norm of the convolution of infinite images.
  ///
  /// k̂ is a trigonometric polynomial of degree n = ⌊size/2⌋ in each frequency (up to a phase), so it is
  /// at most 1/cos(πn/M) times its largest size on M > 2n equispaced points, for each axis (Ehlich and
  /// Zeller 1964). Nothing is larger than Σ |k|, which is met where no entry is negative.
  var symbolBound: Double {
    if isNonnegative { return sumOfSizes }
    let counts = [rows, columns].map { max(64, 16 * ($0 / 2)) }
    let sizes = symbolSizes(height: counts[0], width: counts[1])
    let slack = zip([rows, columns], counts).reduce(1.0) {
      $0 / cos(.pi * Double($1.0 / 2) / Double($1.1))
    }
    return min(sumOfSizes, slack * sizes.largest)
  }

  /// The least and the largest |k̂| on the frequencies of height × width pixels: the singular values of
  /// the periodic convolution, to rounding.
  func symbolSizes(height: Int, width: Int) -> (least: Double, largest: Double) {
    let (cosines, sines) = Self.table(width)
    let (rowCosines, rowSines) = Self.table(height)
    var (least, largest) = (Double.infinity, 0.0)
    for v in 0...width / 2 {
      // The transform of each row of the kernel at one frequency, then of these along the columns.
      let partial = (0..<rows).map { a in
        (0..<columns).reduce(into: (0.0, 0.0)) { sum, b in
          let value = entries[a * columns + b]
          sum.0 += value * cosines[v * b % width]
          sum.1 -= value * sines[v * b % width]
        }
      }
      for u in 0..<height {
        var (real, imaginary) = (0.0, 0.0)
        for a in 0..<rows {
          let (c, s) = (rowCosines[u * a % height], rowSines[u * a % height])
          real += partial[a].0 * c + partial[a].1 * s
          imaginary += partial[a].1 * c - partial[a].0 * s
        }
        let square = real * real + imaginary * imaginary
        (least, largest) = (min(least, square), max(largest, square))
      }
    }
    return (least.squareRoot(), largest.squareRoot())
  }

  private static func table(_ count: Int) -> ([Double], [Double]) {
    let angles = (0..<count).map { 2 * Double.pi * Double($0) / Double(count) }
    return (angles.map { cos($0) }, angles.map { sin($0) })
  }
}
