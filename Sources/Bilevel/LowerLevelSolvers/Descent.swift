/// How a solver chooses its step.
public enum StepRule: String, Sendable, CaseIterable {
  /// From the energy's certified smoothness constant L.
  case certified
  /// From an estimate of L that starts low and doubles until the descent inequality holds; never
  /// above the certified one.
  case backtracking

  /// The estimate starts at this fraction of the certified constant.
  static let firstFraction = 1.0 / 16
  /// The factor by which a refused estimate grows.
  static let growth = 2.0

  func firstSmoothness(of energy: any Energy) -> Double {
    switch self {
    case .certified: energy.smoothness
    case .backtracking: max(energy.strongConvexity, energy.smoothness * Self.firstFraction)
    }
  }
}

/// What first-order solvers share: the evaluated point, the step size in use, and how it goes.
public struct Descent {
  /// The point that the certificate is about.
  public internal(set) var point: CertifiedPoint
  /// L or its estimate.
  public private(set) var smoothness: Double
  /// ‖x − x̂‖ ≤ error.
  public private(set) var error = Double.infinity
  /// `.stalled` when the precision's floor is reached.
  public private(set) var failure: Outcome?
  /// Work done.
  public internal(set) var cost = Cost()
  private var stagnation: Stagnation

  init(_ point: CertifiedPoint, _ energy: any Energy, step: StepRule, stagnation: Stagnation) {
    self.point = point
    smoothness = step.firstSmoothness(of: energy)
    self.stagnation = stagnation
    evaluate(energy)
  }

  /// Evaluates the gradient at the point and judges it.
  mutating func evaluate(_ energy: any Energy) {
    point.evaluate(energy, &cost)
    assess(energy)
  }

  /// Judges the evaluated point.
  mutating func assess(_ energy: any Energy) {
    error = point.errorBound(energy)
    if point.isAtFloor { failure = .stalled }
    guard stagnation.notices(point.gradientNorm) else { return }
    if isEstimating(energy) {
      raiseSmoothness(energy)
      stagnation.reset()
    } else {
      failure = .stalled
    }
  }

  /// Whether L is an estimate that may be too low.
  func isEstimating(_ energy: any Energy) -> Bool { smoothness < energy.smoothness }

  /// L grows, at most to the certified constant.
  mutating func raiseSmoothness(_ energy: any Energy) {
    smoothness = min(StepRule.growth * smoothness, energy.smoothness)
  }
}
