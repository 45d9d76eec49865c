import Imaging
import Script
import Tensors

/// Checks of single objects: an operator, a regularizer, a problem; a matter of seconds each.
public enum ObjectChecks {
  /// A and A* on one shape.
  public static func adjoint(
    of forward: any ForwardOperator, on shape: Shape? = nil, seed: UInt64 = 0
  ) throws -> LawReport {
    var random = RandomSource(seed: seed)
    var report = LawReport()
    let prepared = try prepared(forward, on: shape)
    AdjointCheck.check(prepared, &report, &random)
    report.values.append((name: "norm_bound", value: prepared.normBound))
    return report
  }

  /// The operator on the given shape, or on the first of some usual ones that fits.
  private static func prepared(
    _ forward: any ForwardOperator, on shape: Shape?
  ) throws -> any PreparedOperator {
    if let shape = shape ?? forward.onlyDomain { return try forward.prepared(for: shape, .float64) }
    for channels in 1...3 {
      let shape: Shape = [channels, 16, 16]
      if let prepared = try? forward.prepared(for: shape, .float64) { return prepared }
    }
    return try forward.prepared(for: [1, 32, 32], .float64)
  }

  /// First derivatives of R, by x and by θ.
  public static func gradient(
    of regularizer: any Regularizer, at theta: Parameters? = nil, seed: UInt64 = 0
  ) throws -> LawReport {
    try laws(of: regularizer, at: theta, [.gradient, .mixed], seed)
  }

  /// Second and third derivatives of R, and the constants that bound the second ones.
  public static func hessian(
    of regularizer: any Regularizer, at theta: Parameters? = nil, seed: UInt64 = 0
  ) throws -> LawReport {
    try laws(of: regularizer, at: theta, [.hessian, .third], seed)
  }

  /// Whether R is convex, by the Ritz values of its Hessian at some points.
  public static func convexity(
    of regularizer: any Regularizer, at theta: Parameters? = nil, seed: UInt64 = 0
  ) throws -> LawReport {
    let random = RandomSource(seed: seed)
    let theta =
      try theta.map { try checked($0, regularizer) } ?? regularizer.initialParameters(random)
    let prepared = try regularizer.prepared(for: theta, elementType: .float64)
    var report = LawReport()
    ConvexityCheck(prepared, toyShape(regularizer), random: random.substream(1)).enter(&report)
    return report
  }

  /// Every estimator of a problem against differences of its loss, and a slope test.
  public static func hypergradient(
    of problem: BilevelProblem, at theta: Parameters? = nil, seed: UInt64 = 0
  ) throws -> LawReport {
    try problem.check(
      at: theta ?? problem.initialParameters(), groups: [.certificate, .hypergradient], seed: seed)
  }

  private static func laws(
    of regularizer: any Regularizer, at theta: Parameters?, _ groups: Set<BilevelProblem.LawGroup>,
    _ seed: UInt64
  ) throws -> LawReport {
    let random = RandomSource(seed: seed)
    let theta =
      try theta.map { try checked($0, regularizer) } ?? regularizer.initialParameters(random)
    let shape = toyShape(regularizer)
    let prepared = try regularizer.prepared(for: theta, elementType: .float64)
    var model = BilevelProblem.Model(regularizer: regularizer)
    // So that the energy is strongly convex whatever the regularizer is.
    model.strongConvexity = max(0, -prepared.strongConvexity(for: shape))
    var noise = random.substream(1)
    let truth = EnergyLaws.normal(shape, &noise)
    let problem = try BilevelProblem(model, samples: [Sample(truth: truth, observed: truth)])
    return try problem.check(at: theta, groups: groups, seed: seed)
  }

  private static func checked(
    _ theta: Parameters, _ regularizer: any Regularizer
  ) throws -> Parameters {
    guard theta.layout == regularizer.layout else {
      throw ScriptError(
        "bl.check: 'theta' has other blocks than the regularizer; make it with "
          + "problem:parameters of a problem with this regularizer")
    }
    return theta
  }

  /// A shape of images that is large enough for the regularizer.
  private static func toyShape(_ regularizer: any Regularizer) -> Shape {
    var side = 16
    let channels = (1...4).first { regularizer.misfit(of: [$0, 64, 64]) == nil } ?? 1
    while side < 64, regularizer.misfit(of: [channels, side, side]) != nil { side *= 2 }
    return [channels, side, side]
  }
}
