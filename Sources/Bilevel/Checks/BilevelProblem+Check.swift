import Imaging
import Script
import Tensors

extension BilevelProblem {
  /// Which laws are tried.
  public enum LawGroup: String, Sendable, CaseIterable {
    case adjoint, gradient, hessian, mixed, third, certificate, hypergradient
  }

  /// Tries adjoint, derivatives, constants, certificate and hypergradient at θ on one small sample in
  /// Float64, for images a crop: a matter of seconds.
  public func check(
    at theta: Parameters, groups: Set<LawGroup> = Set(LawGroup.allCases), seed: UInt64 = 0
  ) throws -> LawReport {
    let random = RandomSource(seed: seed)
    let (lower, x) = try lower.toy(random.substream(0))
    let toy = try with(lower)
    var report = LawReport()
    if groups.contains(.adjoint) { toy.images?.checkAdjoint(&report, random.substream(1)) }
    let workspace = Workspace()
    let sample = try toy.prepared(for: theta).sample(0, in: workspace)
    let laws = EnergyLaws(
      sample.energy, at: theta.values, x: x, random: random.substream(2)
    ) { values in
      let other = Parameters(values, layout: theta.layout)
      return try toy.prepared(for: other).sample(0, in: Workspace()).energy
    }
    if groups.contains(.gradient) { laws.gradient(&report) }
    if groups.contains(.hessian) { laws.hessian(&report) }
    if groups.contains(.mixed) { try laws.mixed(&report) }
    if groups.contains(.third) { laws.third(&report) }
    if groups.contains(.certificate) { toy.checkCertificate(&report, sample, workspace) }
    if groups.contains(.hypergradient) {
      try toy.checkHypergradient(&report, theta, random.substream(3))
    }
    return report
  }

  /// Certified distances of coarse solves against an accurate one.
  private func checkCertificate(
    _ report: inout LawReport, _ sample: SampleProblem, _ workspace: Workspace
  ) {
    func solve(_ accuracy: Double) -> LowerLevelSolution {
      FISTA().solve(
        sample.energy, from: sample.initial, accuracy: accuracy, budget: .max, workspace: workspace)
    }
    let exact = solve(1e-10)
    for accuracy in [1.0, 1e-2, 1e-4] {
      let solution = solve(accuracy)
      report.atMost(
        "certificate at eps = \(accuracy)",
        solution.x.squaredDistance(to: exact.x).squareRoot(),
        solution.errorBound + exact.errorBound, within: 0,
        advice: "a larger strong_convexity; mu is not the strong convexity of this energy")
    }
  }

  /// Every estimator against differences of accurate losses.
  private func checkHypergradient(
    _ report: inout LawReport, _ theta: Parameters, _ random: RandomSource
  ) throws {
    var random = random
    let check = try EstimatorCheck(self, at: theta)
    let table = try check.table()
    try check.enterLaws(&report, table, along: theta.values.map { _ in random.normal() })
    report.estimators = table
  }
}
