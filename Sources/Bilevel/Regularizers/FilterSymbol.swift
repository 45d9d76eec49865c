#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The symbol of a filter bank: bounds of ‖Σ_k a_k C_kᵀ C_k‖ that hold and are nearly attained.
///
/// On the infinite grid Σ_k a_k C_kᵀ C_k is a convolution; at the frequency ω it multiplies the channels
/// by the Hermitian matrix M(ω) with the entries Σ_k a_k conj(ĉ_kc(ω)) ĉ_kd(ω), so its norm is
/// sup_ω λ_max(M(ω)). With zeros outside of the image, C_k is a compression of the infinite one, with
/// periodic images it sees a subset of the frequencies: the supremum bounds both.
///
/// Between the points of a grid: for a unit vector u, f(ω) = u*M(ω)u ≥ 0 is a trigonometric polynomial of
/// degree d = size − 1 in each of the two variables. Let it be largest at ω⁰ with the value F. f − F/2 has
/// the maximum norm F/2 and attains it there, so in one variable f(ω⁰ + t) − F/2 ≥ F/2 cos(d t) for
/// |d t| ≤ π (M. Riesz 1914), that is, f(ω⁰ + t) ≥ F cos²(d t/2). A grid of N points has one with
/// |t| ≤ π/N in each variable: sup f ≤ (largest on the grid) / cos⁴(π d/(2N)).
struct FilterSymbol {
  let filters: Int
  let channels: Int
  let size: Int
  let coefficients: [Double]  // filters × channels × size × size

  /// Grid points per degree and axis: the margin for what lies between them is 1.9 %.
  static let fineGrid = 16
  /// A margin of 8 %, for constants that need not be sharp.
  static let coarseGrid = 8

  /// Coefficients of one filter.
  var taps: Int { channels * size * size }

  /// ‖c_k‖₂.
  func norm(of filter: Int) -> Double {
    var sum = 0.0
    for i in filter * taps..<(filter + 1) * taps { sum += coefficients[i] * coefficients[i] }
    return sum.squareRoot()
  }

  /// An upper bound of sup_ω λ_max(M(ω)) for weights a_k ≥ 0.
  func supremum(weights: [Double], pointsPerDegree: Int = fineGrid) -> Double {
    let degree = size - 1
    let points = degree * pointsPerDegree
    let margin = cos(.pi * Double(degree) / Double(2 * points))
    let grid = SymbolGrid(autocorrelation(weights), channels: channels, degree, points)
    return grid.largestEigenvalue() / (margin * margin * margin * margin)
  }

  /// An upper bound of ‖C_k‖ on the infinite grid.
  func operatorNorm(of filter: Int) -> Double {
    let alone = FilterSymbol(
      filters: 1, channels: channels, size: size,
      coefficients: Array(coefficients[filter * taps..<(filter + 1) * taps]))
    return alone.supremum(weights: [1], pointsPerDegree: Self.coarseGrid).squareRoot()
  }

  /// ρ_cd[t] = Σ_k a_k Σ_s f_kc[s] f_kd[s + t], the coefficients of M; c × d × (2 size − 1)².
  private func autocorrelation(_ weights: [Double]) -> [Double] {
    let span = 2 * size - 1
    let plane = size * size
    var rho = [Double](repeating: 0, count: channels * channels * span * span)
    for k in 0..<filters {
      for c in 0..<channels {
        for d in 0..<channels {
          let first = (k * channels + c) * plane
          let second = (k * channels + d) * plane
          let target = (c * channels + d) * span * span
          for s in 0..<plane {
            let f = weights[k] * coefficients[first + s]
            let origin = target + (size - 1 - s / size) * span + size - 1 - s % size
            for i in 0..<size {
              for j in 0..<size {
                rho[origin + i * span + j] += f * coefficients[second + i * size + j]
              }
            }
          }
        }
      }
    }
    return rho
  }
}

/// M(ω) on a grid of frequencies, half of them: M(−ω) is the conjugate of M(ω).
private struct SymbolGrid {
  let channels: Int
  let points: Int
  /// Real and imaginary part of M, c × d × points × (points/2 + 1).
  private var real: [Double]
  private var imaginary: [Double]

  private var columns: Int { points / 2 + 1 }

  init(_ rho: [Double], channels: Int, _ degree: Int, _ points: Int) {
    self.channels = channels
    self.points = points
    let columns = points / 2 + 1
    let span = 2 * degree + 1
    real = Array(repeating: 0, count: channels * channels * points * columns)
    imaginary = real
    let cosines = (0..<points).map { cos(2 * .pi * Double($0) / Double(points)) }
    let sines = (0..<points).map { sin(2 * .pi * Double($0) / Double(points)) }
    var rowReal = [Double](repeating: 0, count: span)
    var rowImaginary = rowReal
    for pair in 0..<channels * channels {
      for v in 0..<columns {
        for i in 0..<span {
          var a = 0.0
          var b = 0.0
          for j in 0..<span {
            let phase = ((j - degree) * v % points + points) % points
            a += rho[(pair * span + i) * span + j] * cosines[phase]
            b += rho[(pair * span + i) * span + j] * sines[phase]
          }
          rowReal[i] = a
          rowImaginary[i] = b
        }
        for u in 0..<points {
          var a = 0.0
          var b = 0.0
          for i in 0..<span {
            let phase = ((i - degree) * u % points + points) % points
            a += rowReal[i] * cosines[phase] - rowImaginary[i] * sines[phase]
            b += rowReal[i] * sines[phase] + rowImaginary[i] * cosines[phase]
          }
          let index = (pair * points + u) * columns + v
          real[index] = a
          imaginary[index] = b
        }
      }
    }
  }

  /// The largest λ_max(M(ω)) on the grid, from above.
  func largestEigenvalue() -> Double {
    var largest = 0.0
    let count = points * columns
    for index in 0..<count {
      var trace = 0.0
      for c in 0..<channels { trace += real[c * (channels + 1) * count + index] }
      // λ_max ≤ trace: most frequencies need no closer look.
      if trace <= largest { continue }
      largest = max(largest, channels == 1 ? trace : trace * share(index, count, trace))
    }
    return largest
  }

  /// A bound of λ_max/trace, by (tr A^p)^(1/p) ≥ λ_max for p = 64: above it by at most channels^(1/64).
  private func share(_ index: Int, _ count: Int, _ trace: Double) -> Double {
    let n = channels
    var a = (0..<n * n).map { real[$0 * count + index] / trace }
    var b = (0..<n * n).map { imaginary[$0 * count + index] / trace }
    var exponent = 1.0
    var logarithm = 0.0  // of the scale taken out of A^exponent
    for _ in 0..<6 {
      (a, b) = Self.squared(a, b, n)
      exponent *= 2
      logarithm *= 2
      var trace = 0.0
      for c in 0..<n { trace += a[c * (n + 1)] }
      logarithm += log(trace)
      for i in a.indices {
        a[i] /= trace
        b[i] /= trace
      }
    }
    return min(1, exp(logarithm / exponent))
  }

  private static func squared(_ a: [Double], _ b: [Double], _ n: Int) -> ([Double], [Double]) {
    var real = [Double](repeating: 0, count: n * n)
    var imaginary = real
    for i in 0..<n {
      for j in 0..<n {
        for k in 0..<n {
          real[i * n + j] += a[i * n + k] * a[k * n + j] - b[i * n + k] * b[k * n + j]
          imaginary[i * n + j] += a[i * n + k] * b[k * n + j] + b[i * n + k] * a[k * n + j]
        }
      }
    }
    return (real, imaginary)
  }
}
