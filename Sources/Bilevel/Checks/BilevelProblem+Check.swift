import Imaging
import Script
import Tensors

extension BilevelProblem {
  /// Which laws are tried.
  public enum LawGroup: String, Sendable, CaseIterable {
    case adjoint, gradient, mixed, certificate, hypergradient
  }

  /// Side of the toy crop; grown where the regularizer needs more.
  private static let toySide = 16

  /// Tries adjoint, derivatives, constants, certificate and hypergradient at θ on one small crop in
  /// Float64: a matter of seconds.
  public func check(
    at theta: Parameters, groups: Set<LawGroup> = Set(LawGroup.allCases), seed: UInt64 = 0
  ) throws -> LawReport {
    let random = RandomSource(seed: seed)
    let toy = try toy(random.substream(0))
    var report = LawReport()
    if groups.contains(.adjoint) { toy.checkAdjoint(&report, random.substream(1)) }
    let workspace = Workspace()
    let sample = try toy.prepared(for: theta).sample(0, in: workspace)
    let laws = EnergyLaws(
      sample.energy, at: theta.values, x: sample.truth, random: random.substream(2)
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

  /// The same model on a crop of the first image, observed anew; on the whole of it where the operator
  /// takes no crops.
  private func toy(_ random: RandomSource) throws -> BilevelProblem {
    var random = random
    let sample = samples[0]
    let truth = sample.truth.converted(to: .float64)
    var side = Self.toySide
    let largest = min(truth.shape[1], truth.shape[2])
    while side < largest, model.regularizer.misfit(of: [truth.shape[0], side, side]) != nil {
      side *= 2
    }
    let crop = Self.centre(truth, side: side)
    guard let forward = try? model.forward.prepared(for: crop.shape, .float64) else {
      let whole = Sample(truth: truth, observed: sample.observed.converted(to: .float64))
      return try BilevelProblem(model, samples: [whole])
    }
    var observed = forward.apply(crop)
    observed.add(EnergyLaws.normal(observed.shape, &random), times: Self.toyNoise)
    return try BilevelProblem(model, samples: [Sample(truth: crop, observed: observed)])
  }

  /// Standard deviation of the toy's noise.
  private static let toyNoise = 0.1

  private static func centre(_ image: Tensor, side: Int) -> Tensor {
    let (height, width) = (image.shape[1], image.shape[2])
    let (rows, columns) = (min(side, height), min(side, width))
    let (top, left) = ((height - rows) / 2, (width - columns) / 2)
    let elements = image.elements
    var crop: [Double] = []
    for channel in 0..<image.shape[0] {
      for row in top..<top + rows {
        let start = (channel * height + row) * width + left
        crop += elements[start..<start + columns]
      }
    }
    return Tensor(crop, shape: [image.shape[0], rows, columns])
  }

  private func checkAdjoint(_ report: inout LawReport, _ random: RandomSource) {
    var random = random
    let forward = forward(for: samples[0].truth.shape)
    let x = EnergyLaws.normal(forward.domain, &random)
    let y = EnergyLaws.normal(forward.codomain, &random)
    let image = forward.apply(x)
    report.equal(
      "operator and adjoint", image.dot(y), x.dot(forward.applyAdjoint(y)),
      within: EnergyLaws.roundingTolerance)
    report.atMost(
      "norm of the operator", image.norm, forward.normBound * x.norm,
      within: EnergyLaws.roundingTolerance)
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

  /// z of accurate solves against differences of accurate losses, along a random direction.
  private func checkHypergradient(
    _ report: inout LawReport, _ theta: Parameters, _ random: RandomSource
  ) throws {
    var random = random
    let objective = BilevelObjective(self, estimator: Implicit(bound: .certified))
    let points = objective.startingPoints()
    let accuracy = Accuracy(lowerLevel: 1e-9, linearSystem: 1e-9)
    let estimate = try objective.gradient(at: theta, accuracy: accuracy, from: points)
    let direction = theta.values.map { _ in random.normal() }
    let length = direction.length
    let t = EnergyLaws.step
    func loss(_ t: Double) throws -> Double {
      let moved = Parameters(theta.values.adding(t / length, direction), layout: theta.layout)
      return try objective.loss(at: moved, accuracy: 1e-10, from: points).value
    }
    let difference = (try loss(t) - loss(-t)) / (2 * t)
    let slope = zip(estimate.value, direction).reduce(0) { $0 + $1.0 * $1.1 } / length
    report.equal(
      "hypergradient against differences of accurate losses", slope, difference,
      within: Self.hypergradientTolerance)
  }

  /// Differences of losses that are themselves minimisations are less exact than those of energies.
  private static let hypergradientTolerance = 1e-4
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
    let truth = EnergyLaws.normal([channels, side, side], &random)
    let observed = try model.forward.prepared(for: truth.shape, .float64).apply(truth)
    return try BilevelProblem(model, samples: [Sample(truth: truth, observed: observed)])
  }
}
