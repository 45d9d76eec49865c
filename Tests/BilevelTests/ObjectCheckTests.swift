import Bilevel
import Imaging
import Tensors
import TestSupport
import Testing

/// Checks find what is wrong, and nothing else.
@Suite struct ObjectCheckTests {
  private static let ridge = FieldsOfExperts(
    filters: 3, size: 3, initialLogSmoothing: -2, initialFilterNorm: 1)

  private static func failures(_ report: LawReport) -> [String] {
    report.laws.filter { !$0.holds }.map(\.name)
  }

  @Test(arguments: RegularizerCatalogue.cases.map(\.description))
  func rightRegularizersPass(_ name: String) throws {
    let regularizer = try #require(RegularizerCatalogue.cases.first { $0.description == name })
      .regularizer
    let convexity = try ObjectChecks.convexity(of: regularizer)
    let isConvex = !name.hasPrefix("weakly") && !name.hasPrefix("idcnn")
    // The certified constants hold for all; convexity does for the convex ones.
    #expect(
      Self.failures(convexity).allSatisfy { !isConvex && $0.hasPrefix("convex") }, "\(convexity)")
  }

  @Test(arguments: [
    (BrokenRegularizer.Mistake.gradient, "gradient against differences of the energy"),
    (.mixed, "mixed product against differences in theta"),
  ])
  func wrongGradient(_ mistake: BrokenRegularizer.Mistake, _ law: String) throws {
    #expect(try ObjectChecks.gradient(of: Self.ridge).holds)
    let report = try ObjectChecks.gradient(of: BrokenRegularizer(Self.ridge, mistake))
    #expect(Self.failures(report).contains(law), "\(report)")
    #expect(report.error > 1e-6)
    #expect(report.verdict.contains("Does not hold: ") && report.verdict.contains("Try: "))
  }

  @Test(arguments: [
    (BrokenRegularizer.Mistake.hessian, "Hessian product against differences of the gradient"),
    (.asymmetry, "Hessian symmetric"),
    (.third, "third derivative against differences of the Hessian"),
    (.smoothness, "curvature at most L"), (.convexity, "curvature at least mu"),
  ])
  func wrongHessian(_ mistake: BrokenRegularizer.Mistake, _ law: String) throws {
    #expect(try ObjectChecks.hessian(of: Self.ridge).holds)
    let report = try ObjectChecks.hessian(of: BrokenRegularizer(Self.ridge, mistake))
    #expect(Self.failures(report).contains(law), "\(report)")
  }

  @Test(arguments: [
    (BrokenRegularizer.Mistake.smoothness, "largest Ritz value not above the certified smoothness"),
    (.convexity, "certified convexity not above the smallest Ritz value"),
  ])
  func wrongConstants(_ mistake: BrokenRegularizer.Mistake, _ law: String) throws {
    let report = try ObjectChecks.convexity(of: BrokenRegularizer(Self.ridge, mistake))
    #expect(Self.failures(report) == [law], "\(report)")
  }

  @Test("Parameters that break convexity, and by how much") func weaklyConvex() throws {
    let ridge = WeaklyConvexRidge(ConvexRidge(channels: [2], sizes: [3]))
    let report = try ObjectChecks.convexity(of: ridge)
    #expect(Self.failures(report).count == 1)
    let smallest = try #require(report.values.first { $0.name == "smallest_ritz_value" }).value
    let certified = try #require(report.values.first { $0.name == "certified_convexity" }).value
    #expect(smallest < 0 && certified <= smallest)
  }

  @Test(arguments: [
    (BrokenOperator.Mistake.adjoint, "operator and adjoint"), (.norm, "norm of the operator"),
    (.offset, "operator linear"), (.normal, "adjoint after operator in one pass"),
  ])
  func wrongOperator(_ mistake: BrokenOperator.Mistake, _ law: String) throws {
    let report = try ObjectChecks.adjoint(of: BrokenOperator(mistake))
    #expect(Self.failures(report).contains(law), "\(report)")
  }

  private func problem(_ regularizer: any Regularizer) throws -> BilevelProblem {
    var random = RandomSource(seed: UInt64(2))
    let truth = Tensor((0..<256).map { $0 / 16 < 8 ? 0.2 : 0.8 }, shape: [1, 16, 16])
    let noise = Tensor((0..<256).map { _ in random.normal() }, shape: truth.shape)
    var observed = truth
    observed.add(noise, times: 0.1)
    return try BilevelProblem(
      BilevelProblem.Model(regularizer: regularizer),
      samples: [Sample(truth: truth, observed: observed)])
  }

  @Test("A wrong derivative of the lower level shows in the slope test") func hypergradient() throws
  {
    let right = try ObjectChecks.hypergradient(of: problem(Self.ridge))
    #expect(right.holds, "\(right)")
    let order = try #require(right.values.first { $0.name == "slope_order" }).value
    #expect(abs(order - 2) < 0.2)
    let wrong = try ObjectChecks.hypergradient(of: problem(BrokenRegularizer(Self.ridge, .mixed)))
    #expect(Self.failures(wrong).contains { $0.hasPrefix("slope test") }, "\(wrong)")
    #expect(Self.failures(wrong).contains { $0.hasPrefix("hypergradient against") })
  }

  @Test("The same seed, the same numbers") func deterministic() throws {
    let reports = try [1, 1, 2].map {
      try ObjectChecks.hessian(of: Self.ridge, seed: $0).laws.map(\.error)
    }
    #expect(reports[0] == reports[1])
    #expect(reports[0] != reports[2])
  }
}
