#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The cross-entropy of one example and its derivatives by the scores z, in Float64.
///
/// With one score, p = 1/(1 + e^−z) is the probability of label 1 as against label 0; with several,
/// p = softmax z. The gradient is p − e_label, the Hessian S = diag p − p pᵀ, with one score
/// p (1 − p).
enum CrossEntropyRow {
  /// z ← p; returns −log of the label's probability.
  static func normalize(_ z: UnsafeMutablePointer<Double>, _ count: Int, label: Int) -> Double {
    if count == 1 {
      let score = z[0]
      let e = exp(-abs(score))
      z[0] = (score >= 0 ? 1 : e) / (1 + e)
      return log1p(e) + max(label == 1 ? -score : score, 0)
    }
    var top = 0
    for j in 1..<count where z[j] > z[top] { top = j }
    let (largest, own) = (z[top], z[label])
    var rest = 0.0  // beside the largest, so that a sure answer keeps its digits
    for j in 0..<count {
      z[j] = exp(z[j] - largest)
      if j != top { rest += z[j] }
    }
    for j in 0..<count { z[j] /= 1 + rest }
    return log1p(rest) + (largest - own)
  }

  /// p ← p − e_label.
  static func subtractLabel(_ p: UnsafeMutablePointer<Double>, _ count: Int, label: Int) {
    if count == 1 { p[0] -= Double(label) } else { p[label] -= 1 }
  }

  /// u ← S u.
  static func applyHessian(
    _ p: UnsafePointer<Double>, _ count: Int, _ u: UnsafeMutablePointer<Double>
  ) {
    if count == 1 { return u[0] *= p[0] * (1 - p[0]) }
    let mean = inner(p, u, count)
    for j in 0..<count { u[j] = p[j] * (u[j] - mean) }
  }

  /// u ← d/dt S(z + t v) u at t = 0: the third cumulant of p, contracted with u and v.
  static func applyThird(
    _ p: UnsafePointer<Double>, _ count: Int, _ u: UnsafeMutablePointer<Double>,
    _ v: UnsafePointer<Double>
  ) {
    if count == 1 { return u[0] *= p[0] * (1 - p[0]) * (1 - 2 * p[0]) * v[0] }
    let (meanU, meanV) = (inner(p, u, count), inner(p, v, count))
    for j in 0..<count { u[j] = (u[j] - meanU) * (v[j] - meanV) }
    let covariance = inner(p, u, count)
    for j in 0..<count { u[j] = p[j] * (u[j] - covariance) }
  }

  /// The label with the largest score.
  static func prediction(_ z: UnsafePointer<Double>, _ count: Int) -> Int {
    if count == 1 { return z[0] > 0 ? 1 : 0 }
    var top = 0
    for j in 1..<count where z[j] > z[top] { top = j }
    return top
  }

  /// ⟨u, v⟩.
  static func inner(
    _ u: UnsafePointer<Double>, _ v: UnsafePointer<Double>, _ count: Int
  ) -> Double {
    var sum = 0.0
    for j in 0..<count { sum += u[j] * v[j] }
    return sum
  }
}
