import Imaging
import Script
import Tensors

extension BilevelProblem {
  /// Which laws are tried.
  public enum LawGroup: String, Sendable, CaseIterable {
    case adjoint, gradient, mixed, certificate, hypergradient
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
    if groups.contains(.gradient) { laws.gradientAndHessian(&report) }
    if groups.contains(.mixed) { try laws.mixedAndThird(&report) }
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
        solution.errorBound + exact.errorBound, within: 0)
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

/// `bl.check.…`.
public enum CheckLibrary: ScriptLibrary {
  /// One function for each group of laws, on regularizers or on problems.
  public static let entries: [Entry] = [
    .group(
      "check", "Derivatives and laws against differences, on a toy image.",
      [
        .function(onRegularizer("gradient", "First derivatives of a regularizer.", [.gradient])),
        .function(onRegularizer("hessian", "Second and third derivatives.", [.gradient, .mixed])),
        .function(onRegularizer("convexity", "Curvature between mu and L.", [.gradient])),
        .function(adjoint),
        .function(
          Function(
            "hypergradient", "The hypergradient of a problem against differences of its loss.",
            Argument("problem", .object(BilevelProblem.self), "a problem"),
            Argument(
              "theta", .optional(.object(Parameters.self)), "initial parameters when absent"),
            returns: "a report"
          ) { problem, theta in
            try problem.check(
              at: theta ?? problem.initialParameters(), groups: [.certificate, .hypergradient])
          }),
      ])
  ]

  private static func onRegularizer(
    _ name: String, _ summary: String, _ groups: Set<BilevelProblem.LawGroup>
  ) -> Function {
    Function(
      name, summary,
      Argument("regularizer", .object((any Regularizer).self, "a regularizer"), "R"),
      Argument("theta", .optional(.object(Parameters.self)), "initial parameters when absent"),
      returns: "a report"
    ) { regularizer, theta in
      let problem = try toyProblem(BilevelProblem.Model(regularizer: regularizer))
      return try problem.check(at: theta ?? problem.initialParameters(), groups: groups)
    }
  }

  private static var adjoint: Function {
    Function(
      "adjoint", "An operator's adjoint and norm.",
      Argument("operator", .object((any ForwardOperator).self, "an operator"), "A"),
      returns: "a report"
    ) { forward in
      var model = BilevelProblem.Model(regularizer: Tikhonov())
      model.forward = forward
      model.strongConvexity = 1
      let problem = try toyProblem(model)
      return try problem.check(at: problem.initialParameters(), groups: [.adjoint])
    }
  }

  /// A problem over one random image that is large enough for the regularizer.
  private static func toyProblem(_ model: BilevelProblem.Model) throws -> BilevelProblem {
    var random = RandomSource(seed: 1)
    var side = 16
    while side < 64, model.regularizer.misfit(of: [1, side, side]) != nil { side *= 2 }
    let channels = (1...4).first { model.regularizer.misfit(of: [$0, side, side]) == nil } ?? 1
    let shape = model.forward.onlyDomain ?? [channels, side, side]
    let truth = EnergyLaws.normal(shape, &random)
    let observed = try model.forward.prepared(for: truth.shape, .float64).apply(truth)
    return try BilevelProblem(model, samples: [Sample(truth: truth, observed: observed)])
  }
}
