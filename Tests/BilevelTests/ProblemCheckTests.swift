import Bilevel
import Imaging
import Tensors
import Testing

/// `BilevelProblem.check` finds what is wrong: an energy with one fault fails the laws that it breaks.
@Suite struct ProblemCheckTests {
  @Test func aRightEnergyPasses() throws {
    let report = try Self.report(nil)
    #expect(report.holds, "\(report.laws.filter { !$0.holds })")
  }

  @Test(arguments: Fault.allCases)
  func aWrongEnergyFails(_ fault: Fault) throws {
    let failed = try Self.report(fault).laws.filter { !$0.holds }.map(\.name)
    #expect(failed.contains { $0.hasPrefix(fault.rawValue) }, "\(failed)")
  }

  private static func report(_ fault: Fault?) throws -> LawReport {
    var options = DeadLeaves.Options()
    (options.count, options.size, options.seed) = (1, Extent(16), 1)
    let truth = DeadLeaves(options).image(at: 0)
    let observed = GaussianNoise(sigma: 0.1, seed: 2).observed(truth, index: 0, epoch: 0)
    let lower = try VariationalLowerLevel(
      forward: IdentityOperator(), fidelity: SquaredL2(),
      regularizer: TotalVariation(initialLogWeight: -2, initialLogSmoothing: -1),
      strongConvexity: 0, samples: [Sample(truth: truth, observed: observed)])
    let problem = try BilevelProblem(
      lower: FaultyLowerLevel(lower: lower, fault: fault), loss: SquaredL2Loss())
    // The estimators' table presumes that derivatives are right.
    return try problem.check(
      at: problem.initialParameters(), groups: [.gradient, .hessian, .mixed, .third, .certificate])
  }
}

/// What is wrong, named as the law that it breaks.
enum Fault: String, CaseIterable {
  case slope = "gradient against differences"
  case curvature = "Hessian product against differences"
  case mixed = "mixed product against differences"
  case direction = "mixed direction and product adjoint"
  case third = "third derivative against differences"
  case variation = "mixed variation against differences"
  case modulus = "curvature at least mu"
  case smoothness = "curvature at most L"
}

/// The energies of a lower level with one of their answers off by a few hundredths.
private struct FaultyLowerLevel: LowerLevel {
  let lower: any LowerLevel
  let fault: Fault?

  var sampleCount: Int { lower.sampleCount }
  var elementType: ElementType { lower.elementType }
  var layout: ParameterLayout { lower.layout }
  func initialParameters(_ random: RandomSource) -> Parameters { lower.initialParameters(random) }
  func initialPoint(_ index: Int) -> Tensor { lower.initialPoint(index) }
  func truth(_ index: Int) -> Tensor? { lower.truth(index) }
  func prepared(for theta: Parameters) throws -> any PreparedLowerLevel {
    Prepared(lower: try lower.prepared(for: theta), fault: fault)
  }
  func toy(_ random: RandomSource) throws -> (lower: any LowerLevel, x: Tensor) {
    let (toy, x) = try lower.toy(random)
    return (FaultyLowerLevel(lower: toy, fault: fault), x)
  }

  struct Prepared: PreparedLowerLevel {
    let lower: any PreparedLowerLevel
    let fault: Fault?
    func energy(_ index: Int, in workspace: Workspace, workers: Int) -> any Energy {
      FaultyEnergy(lower.energy(index, in: workspace, workers: workers), fault)
    }
  }
}

private final class FaultyEnergy: Energy, SymmetricOperator {
  private let energy: any Energy
  private let fault: Fault?
  private var matrix: (any SymmetricOperator)?

  init(_ energy: any Energy, _ fault: Fault?) {
    self.energy = energy
    self.fault = fault
  }

  /// What an answer is multiplied with.
  private func factor(_ own: Fault, _ wrong: Double = 1.03) -> Double { fault == own ? wrong : 1 }

  var shape: Shape { energy.shape }
  var elementType: ElementType { energy.elementType }
  var parameterCount: Int { energy.parameterCount }
  var strongConvexity: Double { energy.strongConvexity * factor(.modulus, 100) }
  var smoothness: Double { energy.smoothness * factor(.smoothness, 0.01) }
  var hessianLipschitz: Double { energy.hessianLipschitz }
  var mixedLipschitz: Double { energy.mixedLipschitz }

  func value(at x: Tensor) -> Double { energy.value(at: x) }

  func gradient(at x: Tensor, into gradient: inout Tensor) -> Double {
    let value = energy.gradient(at: x, into: &gradient)
    gradient.scale(by: factor(.slope))
    return value
  }

  func curvature(at x: Tensor) -> any SymmetricOperator {
    matrix = energy.curvature(at: x)
    return self
  }

  func apply(_ v: Tensor, into product: inout Tensor) {
    matrix?.apply(v, into: &product)
    product.scale(by: factor(.curvature))
  }

  func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double]) {
    var own = theta.map { _ in 0.0 }
    energy.addMixedProduct(at: x, q, to: &own)
    theta = zip(theta, own).map { $0 + factor(.mixed) * $1 }
  }

  func mixedDirection(at x: Tensor, _ direction: [Double], into image: inout Tensor) {
    energy.mixedDirection(at: x, direction, into: &image)
    image.scale(by: factor(.direction))
  }

  func thirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor) {
    energy.thirdProduct(at: x, q, d, into: &image)
    image.scale(by: factor(.third))
  }

  func addMixedVariation(at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double]) {
    var own = theta.map { _ in 0.0 }
    energy.addMixedVariation(at: x, q, along: d, to: &own)
    theta = zip(theta, own).map { $0 + factor(.variation) * $1 }
  }

  func mixedNormBound(at x: Tensor, radius: Double) -> Double {
    energy.mixedNormBound(at: x, radius: radius)
  }
}
