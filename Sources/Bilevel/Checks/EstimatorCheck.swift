import Tensors

/// Every estimator against differences of accurate losses.
struct EstimatorCheck {
  let objective: BilevelObjective
  let theta: Parameters
  private let points: [SamplePoint]  // at the minimisers
  private let accurate: [Double]  // z to all digits

  private var assumesConvexity: Bool { objective.problem.lower.assumesConvexity }

  /// Accuracies at which estimators are tried: coarse enough for their errors to show.
  private static let accuracy = Accuracy(lowerLevel: 1e-2, linearSystem: 1e-2)
  private static let exact = Accuracy(lowerLevel: 1e-12, linearSystem: 1e-12)

  /// Those that are tried; each with both kinds of bound.
  private static let estimators: [(name: String, estimator: any HypergradientEstimator)] =
    [("implicit", Implicit())]
    + UnrolledIteration.allCases.map {
      ("unrolled 100 \($0.rawValue)", Unrolled(iterations: 100, iteration: $0))
    }
    + UnrolledIteration.allCases.map {
      ("inexact_unrolled 100 \($0.rawValue)", InexactUnrolled(iterations: 100, iteration: $0))
    } + [
      ("truncated 10", Truncated(terms: 10)), ("jacobian_free", JacobianFree()),
      ("neumann 10", Neumann(terms: 10)),
    ]

  init(_ problem: BilevelProblem, at theta: Parameters) throws {
    objective = BilevelObjective(problem, estimator: Implicit(bound: .none))
    self.theta = theta
    let estimate = try objective.gradient(
      at: theta, accuracy: Self.exact, from: objective.startingPoints())
    points = estimate.loss.points
    accurate = estimate.value
  }

  /// One row for each estimator, and one for the corrected hypergradient.
  func table() throws -> EstimatorTable {
    var table = EstimatorTable()
    for (name, estimator) in Self.estimators {
      var (first, second) = (estimator, estimator)
      first.bound = .estimated
      second.bound = .certified
      let estimated = try estimate(first)
      let certified = assumesConvexity ? nil : try estimate(second).errorBound
      table.rows.append(try row(name, estimated.value, estimated.errorBound, certified))
      if name == "implicit" {
        let corrected = try estimate(Implicit(correct: true))
        table.rows.append(try row("implicit, corrected", corrected.value, nil, nil))
      }
    }
    return table
  }

  /// Enters that certified bounds are bounds, and that an accurate z is the slope of f along a
  /// direction.
  func enterLaws(
    _ report: inout LawReport, _ table: EstimatorTable, along direction: [Double]
  ) throws {
    let length = direction.length
    let slope = zip(accurate, direction).reduce(0) { $0 + $1.0 * $1.1 } / length
    report.equal(
      "hypergradient against differences of accurate losses", slope,
      try difference(direction).slope, within: Self.tolerance, advice: Self.advice)
    try SlopeTest(of: accurate, along: direction) { t in
      let loss = try self.loss(t, along: direction)
      return (loss.value, loss.bound)
    }.enter(&report)
    for row in table.rows {
      guard let bound = row.certified else { continue }
      report.atMost(
        "certified error of \(row.method)", row.error, bound + row.resolution, within: 0,
        advice: Self.advice)
    }
  }

  /// Differences of losses that are themselves minimisations are less exact than those of energies.
  private static let tolerance = 1e-4

  private func estimate(_ estimator: any HypergradientEstimator) throws -> GradientEstimate {
    let objective = BilevelObjective(objective.problem, estimator: estimator)
    return try objective.gradient(
      at: theta, accuracy: Self.accuracy, from: objective.startingPoints())
  }

  /// The error is ⟨z − ∇f, u⟩ along the direction u of the largest error, with ⟨∇f, u⟩ by differences:
  /// the error itself, if u is right, and less than that otherwise.
  private func row(
    _ name: String, _ z: [Double], _ estimated: Double?, _ certified: Double?
  ) throws -> EstimatorTable.Row {
    let deviation = z.adding(-1, accurate)
    let length = deviation.length
    let size = accurate.length == 0 ? 1 : accurate.length
    var row = EstimatorTable.Row(
      method: name, error: length / size, resolution: EstimatorTable.resolution,
      estimated: estimated.map { $0 / size }, certified: certified.map { $0 / size })
    if length.isFinite, length > 0 {
      let slope = zip(z, deviation).reduce(0) { $0 + $1.0 * $1.1 } / length
      let difference = try difference(deviation)
      row.error = abs(slope - difference.slope) / size
      row.resolution = max(difference.noise / size, row.resolution)
    }
    return row
  }

  /// The slope of f along a direction: differences of fourth order between solves to all digits, and
  /// what the certified bounds of these losses leave open.
  private func difference(_ direction: [Double]) throws -> (slope: Double, noise: Double) {
    let (t, length) = (Self.step, direction.length)
    var (slope, noise) = (0.0, 0.0)
    for (place, weight) in [(1.0, 8.0), (-1, -8), (2, -1), (-2, 1)] {
      let loss = try loss(place * t / length, along: direction)
      slope += weight * loss.value / (12 * t)
      noise += abs(weight) * loss.bound / (12 * t)
    }
    return (slope, noise)
  }

  /// f at θ + t d, to all digits.
  private func loss(_ t: Double, along direction: [Double]) throws -> LossEstimate {
    let moved = Parameters(theta.values.adding(t, direction), layout: theta.layout)
    return try objective.loss(
      at: moved, accuracy: Self.exact.lowerLevel, from: points.map(\.elsewhere))
  }

  /// What to try where a hypergradient is wrong.
  private static let advice =
    "problem:check { theta = theta }, which tells the derivatives of the lower level apart; a larger "
    + "strong_convexity or smoothing, if these hold"

  /// A step for differences of fourth order between losses of some 14 digits.
  private static let step = 1e-4
}
