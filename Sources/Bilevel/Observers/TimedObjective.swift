import CPlatform

/// An objective that notes how long its evaluations take; otherwise the one it is made of.
final class TimedObjective: UpperLevelObjective {
  /// What is timed.
  let untimed: any UpperLevelObjective
  /// Seconds that passed in losses, which are the trials of line searches, and in gradients.
  private(set) var lossSeconds = 0.0
  private(set) var gradientSeconds = 0.0
  /// Seconds that the workers spent in the parts of both.
  private(set) var phases = PhaseSeconds()

  /// Timed from now on, or on top of what was spent before.
  init(_ objective: any UpperLevelObjective, after ledger: Ledger? = nil) {
    untimed = objective
    guard let ledger else { return }
    lossSeconds = ledger.lineSearchSeconds
    gradientSeconds = ledger.gradientSeconds
    phases = ledger.phases
  }

  /// The problem behind the objective, where there is one.
  var problem: BilevelProblem? { (untimed as? BilevelObjective)?.problem }

  var layout: ParameterLayout { untimed.layout }
  var lossSmoothness: Double { untimed.lossSmoothness }
  func startingPoints() -> [SamplePoint] { untimed.startingPoints() }
  var redrawsMeasurements: Bool { untimed.redrawsMeasurements }
  func startingPoint(of sample: Int, epoch: Int) -> SamplePoint {
    untimed.startingPoint(of: sample, epoch: epoch)
  }
  func project(_ theta: inout Parameters) { untimed.project(&theta) }
  func meanPSNR(of points: [SamplePoint]) -> Double? { untimed.meanPSNR(of: points) }

  func loss(at theta: Parameters, accuracy: Double, from points: [SamplePoint]) throws
    -> LossEstimate
  {
    let start = platform_seconds()
    defer { lossSeconds += platform_seconds() - start }
    let estimate = try untimed.loss(at: theta, accuracy: accuracy, from: points)
    phases += estimate.seconds
    return estimate
  }

  func gradient(at theta: Parameters, accuracy: Accuracy, from points: [SamplePoint]) throws
    -> GradientEstimate
  {
    let start = platform_seconds()
    defer { gradientSeconds += platform_seconds() - start }
    let estimate = try untimed.gradient(at: theta, accuracy: accuracy, from: points)
    phases += estimate.loss.seconds
    return estimate
  }
}
