import Bilevel
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// f(θ) = (1/n) Σ r_i(θ)² for given residuals, known exactly or up to a chosen accuracy: the test of
/// methods that see residuals, without any lower level.
public final class ResidualObjective: UpperLevelObjective {
  public let layout: ParameterLayout
  /// r.
  public let residuals: ([Double]) -> [Double]
  /// Whether each r_i is wrong by as much as the accuracy allows, in a direction that varies with θ.
  public var isInexact = false
  /// f is infinite where a coordinate exceeds this.
  public var ceiling = Double.infinity
  /// Where f was evaluated, and how accurately.
  public private(set) var evaluations: [(theta: [Double], accuracy: Double)] = []
  private let count: Int

  /// The residuals of `parameters` coordinates.
  public init(parameters: Int, _ residuals: @escaping ([Double]) -> [Double]) {
    layout = ParameterLayout([ParameterBlock("theta", [parameters])])
    self.residuals = residuals
    count = residuals(Array(repeating: 0.5, count: parameters)).count
  }

  /// 10 (θ₂ − θ₁²), 1 − θ₁ (Rosenbrock 1960).
  public static var rosenbrock: ResidualObjective {
    ResidualObjective(parameters: 2) { [10 * ($0[1] - $0[0] * $0[0]), 1 - $0[0]] }
  }

  /// As for ℓ = ‖x − x*‖².
  public var lossSmoothness: Double { 2 }

  public func startingPoints() -> [SamplePoint] {
    (0..<count).map { _ in SamplePoint(image: Tensor(zeros: [1])) }
  }

  /// f(θ), exactly.
  public func exactLoss(_ theta: [Double]) -> Double {
    residuals(theta).reduce(0) { $0 + $1 * $1 } / Double(count)
  }

  public func loss(at theta: Parameters, accuracy: Double, from points: [SamplePoint])
    -> LossEstimate
  {
    evaluations.append((theta.values, accuracy))
    let isOutside = theta.values.contains { $0 > ceiling }
    let phase = theta.values.enumerated().reduce(0.0) { $0 + 1e3 * Double($1.0 + 1) * $1.1 }
    var estimate = LossEstimate(
      value: 0, upperBound: 0, lowerBound: 0, points: points, cost: Cost(), losses: [])
    for (i, exact) in residuals(theta.values).enumerated() {
      let error = isInexact ? accuracy * sin(phase + Double(i)) : 0
      let residual = isOutside ? .infinity : abs(exact) + error
      estimate.losses.append(residual * residual)
      estimate.value += residual * residual / Double(count)
      estimate.points[i].distance = isInexact ? accuracy : 0
      estimate.cost.lowerIterations += isInexact ? max(Int(-log(accuracy)), 1) : 1
    }
    (estimate.upperBound, estimate.lowerBound) = (estimate.value, estimate.value)
    return estimate
  }

  public func gradient(at theta: Parameters, accuracy: Accuracy, from points: [SamplePoint])
    -> GradientEstimate
  {
    preconditionFailure("Methods without derivatives ask for none.")
  }
}
