import Bilevel
import Tensors

/// One sample of the quadratic bilevel problem.
///
/// ℓ(x) = ½ ‖A₁ x − b₁‖², x̂(θ) = argmin ½ ‖A₂ x + A₃ θ − b₂‖²,
///
/// whose solution is known: x̂ = P (b₂ − A₃ θ), P = (A₂ᵀA₂)⁻¹ A₂ᵀ.
public struct QuadraticSample: Sendable {
  let A1: DenseMatrix
  let A2: DenseMatrix
  let A3: DenseMatrix
  let b1: [Double]
  let b2: [Double]
  let hessian: DenseMatrix  // A₂ᵀA₂
  let strongConvexity: Double
  let smoothness: Double
  let lossSmoothness: Double
  let mixedNorm: Double  // ‖A₂ᵀA₃‖

  /// Matrices with standard normal entries; `dimension` is that of x, `count` that of θ.
  public init(dimension: Int, count: Int, _ random: inout RandomSource) {
    let rows = 3 * dimension
    A1 = .normal(rows: rows, columns: dimension, &random)
    A2 = .normal(rows: rows, columns: dimension, &random)
    A3 = .normal(rows: rows, columns: count, &random)
    b1 = (0..<rows).map { _ in random.normal() }
    b2 = (0..<rows).map { _ in random.normal() }
    hessian = A2.transposed * A2
    (strongConvexity, smoothness) = hessian.extremeEigenvalues
    lossSmoothness = (A1.transposed * A1).extremeEigenvalues.largest
    let mixed = A2.transposed * A3
    mixedNorm = (mixed.transposed * mixed).extremeEigenvalues.largest.squareRoot()
  }

  /// x̂(θ).
  public func minimiser(_ theta: [Double]) -> [Double] {
    hessian.solve(A2.transposed * minus(b2, A3 * theta))
  }

  /// ℓ(x).
  public func loss(_ x: [Double]) -> Double {
    let residual = minus(A1 * x, b1)
    return 0.5 * residual.reduce(0) { $0 + $1 * $1 }
  }

  func lossGradient(_ x: [Double]) -> [Double] { A1.transposed * minus(A1 * x, b1) }

  func gradient(_ x: [Double], _ theta: [Double]) -> [Double] {
    A2.transposed * minus(A2 * x, minus(b2, A3 * theta))
  }

  /// z for a given adjoint q: −(A₂ᵀA₃)ᵀ q.
  func hypergradient(_ q: [Double]) -> [Double] { (A3.transposed * (A2 * q)).map { -$0 } }
}

/// f(θ) = (1/n) Σ ℓ_i(x̂_i(θ)) with inexact solves by gradient descent, certified as any other
/// objective is, and the truth beside it.
public final class QuadraticObjective: UpperLevelObjective {
  /// The samples.
  public let samples: [QuadraticSample]
  public let layout: ParameterLayout
  /// Most iterations of a solve; those that need more end with `iterationLimit`.
  public var maximumIterations = 2000
  /// Coordinates of θ are kept at or above this, where it is given.
  public var floor: Double?
  /// The outcome that every gradient reports for a sample, where it is given.
  public var simulatedFailure: (sample: Int, outcome: Outcome)?

  /// Random samples.
  public init(samples count: Int, dimension: Int, parameters: Int, seed: UInt64) {
    var random = RandomSource(seed: seed)
    samples = (0..<count).map { _ in
      QuadraticSample(dimension: dimension, count: parameters, &random)
    }
    layout = ParameterLayout([ParameterBlock("theta", [parameters])])
  }

  public var lossSmoothness: Double { samples.map(\.lossSmoothness).max() ?? 0 }

  public func startingPoints() -> [SamplePoint] {
    samples.map { SamplePoint(image: Tensor(zeros: [$0.hessian.rows])) }
  }

  public func project(_ theta: inout Parameters) {
    if let floor { theta.values = theta.values.map { max($0, floor) } }
  }

  /// f(θ), exactly.
  public func exactLoss(_ theta: [Double]) -> Double {
    samples.reduce(0) { $0 + $1.loss($1.minimiser(theta)) } / Double(samples.count)
  }

  /// ∇f(θ), exactly.
  public func exactGradient(_ theta: [Double]) -> [Double] {
    var sum = Array(repeating: 0.0, count: layout.count)
    for sample in samples {
      let q = sample.hessian.solve(sample.lossGradient(sample.minimiser(theta)))
      for (i, z) in sample.hypergradient(q).enumerated() { sum[i] += z }
    }
    return sum.map { $0 / Double(samples.count) }
  }

  /// ∂²f/∂θ², from differences of gradients, which are exact as f is quadratic.
  public var lossHessian: DenseMatrix {
    let zero = Array(repeating: 0.0, count: layout.count)
    let atZero = exactGradient(zero)
    var hessian = DenseMatrix(rows: layout.count, columns: layout.count) { _, _ in 0 }
    for j in 0..<layout.count {
      var unit = zero
      unit[j] = 1
      for (i, difference) in minus(exactGradient(unit), atZero).enumerated() {
        hessian[i, j] = difference
      }
    }
    return hessian
  }

  /// θ*: f is quadratic, so one Newton step from zero reaches it.
  public var minimiser: [Double] {
    lossHessian.solve(exactGradient(Array(repeating: 0.0, count: layout.count)).map { -$0 })
  }

  /// A bound of ‖z − ∇f(θ)‖ at any θ for solves to ε and δ.
  public func gradientError(_ accuracy: Accuracy) -> Double {
    samples.reduce(0) { sum, sample in
      let perUnit = sample.mixedNorm / sample.strongConvexity
      let error = sample.lossSmoothness * accuracy.lowerLevel + accuracy.linearSystem
      return sum + perUnit * error / Double(samples.count)
    }
  }

  public func loss(at theta: Parameters, accuracy: Double, from points: [SamplePoint])
    -> LossEstimate
  {
    estimate(points) { i, point, cost in
      let sample = samples[i]
      let x = descend(
        sample, from: point.image.elements, tolerance: accuracy * sample.strongConvexity,
        count: &cost.lowerIterations
      ) { sample.gradient($0, theta.values) }
      point.image = Tensor(x, shape: point.image.shape)
      point.distance = length(sample.gradient(x, theta.values)) / sample.strongConvexity
      point.outcome =
        !point.distance.isFinite
        ? .nonFinite : point.distance <= accuracy ? .converged : .iterationLimit
    }
  }

  public func gradient(at theta: Parameters, accuracy: Accuracy, from points: [SamplePoint])
    -> GradientEstimate
  {
    var loss = loss(at: theta, accuracy: accuracy.lowerLevel, from: points)
    var sum = Array(repeating: 0.0, count: layout.count)
    var bound = 0.0
    let active = loss.points.filter(\.isActive).count
    for i in samples.indices where loss.points[i].isActive {
      let sample = samples[i]
      let x = loss.points[i].image.elements
      let b = sample.lossGradient(x)
      let zero = Array(repeating: 0.0, count: x.count)
      let residual = { (q: [Double]) in minus(sample.hessian * q, b) }
      let q = descend(
        sample, from: loss.points[i].adjoint?.elements ?? zero, tolerance: accuracy.linearSystem,
        count: &loss.cost.linearIterations, residual)
      loss.points[i].adjoint = Tensor(q, shape: [x.count])
      if let failure = simulatedFailure, failure.sample == i {
        loss.points[i].outcome = failure.outcome
      }
      // H and J do not depend on x: both Lipschitz constants of the general bound vanish.
      let perUnit = sample.mixedNorm / sample.strongConvexity
      bound +=
        perUnit * (sample.lossSmoothness * loss.points[i].distance + length(residual(q)))
      for (j, z) in sample.hypergradient(q).enumerated() { sum[j] += z }
    }
    return GradientEstimate(
      value: sum.map { $0 / Double(active) }, errorBound: bound / Double(active),
      boundKind: ErrorBound.certified.rawValue, loss: loss)
  }

  /// Gradient descent with step 2/(L + μ) until the residual is small enough; checks first.
  private func descend(
    _ sample: QuadraticSample, from start: [Double], tolerance: Double, count: inout Int,
    _ residual: ([Double]) -> [Double]
  ) -> [Double] {
    var x = start
    let step = 2 / (sample.smoothness + sample.strongConvexity)
    for _ in 0..<maximumIterations {
      let r = residual(x)
      // Not `>`: a residual that is not a number ends the descent.
      if !(length(r) > tolerance) { break }
      for i in x.indices { x[i] -= step * r[i] }
      count += 1
    }
    return x
  }

  private func estimate(
    _ points: [SamplePoint], _ solve: (Int, inout SamplePoint, inout Cost) -> Void
  ) -> LossEstimate {
    var result = LossEstimate(
      value: 0, upperBound: 0, lowerBound: 0, points: points, cost: Cost(),
      losses: Array(repeating: 0, count: points.count))
    let weight = 1 / Double(points.filter(\.isActive).count)
    for i in points.indices where points[i].isActive {
      solve(i, &result.points[i], &result.cost)
      let x = result.points[i].image.elements
      let eps = result.points[i].distance
      let slack = length(samples[i].lossGradient(x)) * eps
      let value = samples[i].loss(x)
      result.losses[i] = value
      result.value += weight * value
      result.upperBound += weight * (value + slack + 0.5 * samples[i].lossSmoothness * eps * eps)
      result.lowerBound += weight * (value - slack)
    }
    return result
  }
}

/// a − b.
func minus(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 - $1 } }

/// ‖a‖₂.
func length(_ a: [Double]) -> Double { norm(a) }

extension DenseMatrix {
  /// Smallest and largest eigenvalue of a symmetric matrix, by cyclic Jacobi rotations.
  public var extremeEigenvalues: (smallest: Double, largest: Double) {
    let sweeps = 30
    var a = self
    for _ in 0..<sweeps {
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
