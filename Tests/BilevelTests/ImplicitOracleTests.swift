import Bilevel
import Imaging
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Hypergradients of Fields of Experts against those of automatic differentiation.
@Suite struct ImplicitOracleTests {
  private let sample: SampleProblem
  private let truth: [Double]
  private let loss: Double

  /// The larger case where it is at hand, else the small one.
  init() throws {
    let oracle = Fixture(shared: "foe_64x64_K30") ?? Fixture("foe_small_24x17_K30")
    let regularizer = FieldsOfExperts(filters: 30, size: 7, boundary: .zero)
    let theta = Parameters(
      oracle["theta/c"].elements + oracle["theta/beta"].elements.map { log($0) }
        + oracle["theta/nu"].elements.map { log($0) }, layout: regularizer.layout)
    let observed = oracle.image("y")
    let energy = VariationalEnergy(
      fidelity: SquaredL2(), operator: IdentityOperator().prepared(for: observed.shape, .float64),
      regularizer: try regularizer.prepared(for: theta, elementType: .float64),
      strongConvexity: oracle.number("theta/mu"))
    energy.observe(observed)
    sample = SampleProblem(
      energy: energy, loss: SquaredL2Loss(), truth: oracle.image("x_true"), initial: observed)
    // The oracle's loss is half of ours.
    loss = 2 * oracle.number("upper_loss")
    truth = ["c", "log_beta", "log_nu"].flatMap {
      oracle["hypergrad/" + $0].elements.map { 2 * $0 }
    }
  }

  private func hypergradient(_ bound: ErrorBound, _ accuracy: Double) -> SampleHypergradient {
    Implicit(bound: bound).hypergradient(
      sample, accuracy: Accuracy(lowerLevel: accuracy, linearSystem: accuracy), from: nil,
      budget: .max, workspace: Workspace())
  }

  @Test func agreesWithAutomaticDifferentiation() {
    let result = hypergradient(.none, 1e-9)
    #expect(distance(result.z, truth) <= 1e-8 * norm(truth))
  }

  @Test func estimateIsWithinAHalfOfTheTruth() throws {
    var judged = 0
    for accuracy in [5, 2, 1, 0.5, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4] {
      let result = hypergradient(.estimated, accuracy)
      let error = distance(result.z, truth)
      guard error < 0.25 * norm(result.z) else { continue }
      judged += 1
      let ratio = try #require(HypergradientMean([result]).errorEstimate) / error
      #expect(0.9 <= ratio && ratio <= 1.5, "accuracy \(accuracy): \(ratio)")
    }
    #expect(judged >= 7)
  }

  /// With systems solved to all digits, the error of z − e is of the order of the square of that of z.
  @Test func correctionIsOfSecondOrder() throws {
    let estimator = Implicit(correct: true, estimateIterations: 200, estimateReduction: 1e-8)
    let errors = try [0.3, 0.1, 0.03, 1e-2, 3e-3, 1e-3].map { accuracy in
      let result = estimator.hypergradient(
        sample, accuracy: Accuracy(lowerLevel: accuracy, linearSystem: accuracy), from: nil,
        budget: .max, workspace: Workspace())
      let mean = HypergradientMean([result], correct: true)
      try #require(mean.isCorrected)
      return (plain: distance(result.z, truth), corrected: distance(mean.z, truth))
    }
    let (first, last) = (try #require(errors.first), try #require(errors.last))
    let order = log(first.corrected / last.corrected) / log(first.plain / last.plain)
    #expect(order >= 1.7, "\(errors)")
    for error in errors { #expect(error.corrected < 0.2 * error.plain) }
  }

  @Test func certifiedBoundIsABoundAndCertifiesDescent() throws {
    for accuracy in [5, 1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5] {
      let result = hypergradient(.certified, accuracy)
      let bound = try #require(result.errorBound)
      #expect(distance(result.z, truth) <= bound)
      if accuracy <= 1e-5 { #expect(bound < norm(result.z)) }
    }
  }

  /// From 1e-1 on the adjoint narrows the certified sandwich tenfold, and ever more.
  @Test func sharpenedSandwichHoldsTheLoss() {
    for accuracy in [5, 1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5] {
      let sharp = hypergradient(.none, accuracy).loss
      #expect(loss <= sharp.value + sharp.upperSlack + 1e-9 * loss)
      #expect(loss >= sharp.value - sharp.lowerSlack - 1e-9 * loss)
      let plain = Implicit().loss(
        sample, accuracy: accuracy, from: nil, budget: .max, workspace: Workspace())
      let ratio = (sharp.upperSlack + sharp.lowerSlack) / (plain.upperSlack + plain.lowerSlack)
      #expect(ratio <= min(1, 10 * accuracy), "accuracy \(accuracy): \(ratio)")
    }
  }

  @Test func correctedLossIsWithinItsSlack() {
    for accuracy in [1, 0.1, 1e-2, 1e-3, 1e-4] {
      let result = Implicit(correct: true).hypergradient(
        sample, accuracy: Accuracy(lowerLevel: accuracy, linearSystem: accuracy), from: nil,
        budget: .max, workspace: Workspace()
      ).loss
      #expect(result.isEstimated)
      #expect(abs(result.value - loss) <= result.upperSlack + 1e-9 * loss)
      #expect(result.upperSlack < 0.1 * accuracy)
    }
  }
}
