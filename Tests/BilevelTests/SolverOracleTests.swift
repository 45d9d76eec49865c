import Bilevel
import Tensors
import TestSupport
import Testing

/// Minimisers and products of the oracle files, which other code computed.
@Suite struct SolverOracleTests {
  /// An oracle's energy with its minimiser.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let isShared: Bool
    let make: @Sendable (Fixture, ElementType) throws -> VariationalEnergy
    var testDescription: String { name }

    /// The small ones, and the large ones where they are at hand.
    static let all: [Case] = known.filter { Fixture.hasShared || !$0.isShared }

    private static let known: [Case] =
      ["foe_tiny_9x11_K2", "foe_small_24x17_K30", "foe_64x64_K30"].map {
        Case(name: $0, isShared: $0.contains("64")) { try $0.fieldsOfExperts($1) }
      }
      + ["tv_iso_small_13x18", "tv_iso_64x64"].map {
        Case(name: $0, isShared: $0.contains("64")) { try $0.totalVariation(.isotropic, $1) }
      } + [
        Case(name: "tv_aniso_small_13x18", isShared: false) {
          try $0.totalVariation(.anisotropic, $1)
        }
      ]

    func fixture() throws -> Fixture {
      isShared ? try #require(Fixture(shared: name)) : Fixture(name)
    }
  }

  @Test(arguments: Case.all)
  func minimisersAreTheOracles(oracle: Case) throws {
    let fixture = try oracle.fixture()
    let energy = try oracle.make(fixture, .float64)
    let minimizer = fixture.image("xhat")
    var gradient = minimizer
    energy.gradient(at: minimizer, into: &gradient)
    let uncertainty = gradient.norm / energy.strongConvexity  // of the oracle itself
    for solver in SolverCatalogue.lowerLevel where !(solver is GradientDescent) {
      for accuracy in [1e-2, 1e-5] {
        let solution = solver.solve(
          energy, from: fixture.image("y"), accuracy: accuracy, budget: .max, workspace: Workspace()
        )
        let distance = solution.x.squaredDistance(to: minimizer).squareRoot()
        #expect(solution.outcome == .converged, "\(solver)")
        #expect(distance <= solution.errorBound + uncertainty, "\(solver)")
      }
    }
  }

  @Test(arguments: Case.all)
  func inFloat32TheBoundIsTrueAtTheFloor(oracle: Case) throws {
    let fixture = try oracle.fixture()
    let energy = try oracle.make(fixture, .float32)
    let minimizer = fixture.image("xhat")
    for solver in SolverCatalogue.lowerLevel where !(solver is GradientDescent) {
      let solution = solver.solve(
        energy, from: fixture.image("y").converted(to: .float32), accuracy: 1e-12, budget: .max,
        workspace: Workspace())
      let distance = solution.x.converted(to: .float64).squaredDistance(to: minimizer).squareRoot()
      #expect(solution.outcome == .stalled, "\(solver) after \(solution.iterations)")
      #expect(distance <= solution.errorBound, "\(solver)")
      #expect(solution.errorBound < 1e-2 * minimizer.norm, "\(solver)")
    }
  }

  /// H q = Hv has the solution v, where Hv is the oracle's.
  @Test(arguments: Case.all)
  func linearSolversInvertTheOraclesProduct(oracle: Case) throws {
    let fixture = try oracle.fixture()
    let energy = try oracle.make(fixture, .float64)
    let v = fixture.image("v")
    let system = LinearSystem(
      energy.curvature(at: fixture.image("xhat")), norm: energy.smoothness,
      strongConvexity: energy.strongConvexity, rightSide: fixture.image("atxhat_hvp"))
    for solver in SolverCatalogue.linear {
      let solution = solver.solve(
        system, from: nil, accuracy: 1e-6, budget: .max, workspace: Workspace())
      #expect(solution.outcome == .converged, "\(solver)")
      let distance = solution.q.squaredDistance(to: v).squareRoot()
      #expect(distance <= solution.residualBound / energy.strongConvexity * (1 + 1e-6), "\(solver)")
    }
  }
}
