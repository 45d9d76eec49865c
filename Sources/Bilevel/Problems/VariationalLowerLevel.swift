import Imaging
import Script
import Tensors

/// The lower level of imaging: g_i(x, θ) = D(A x, y_i) + R(x; θ) + μ/2 ‖x‖² for images x with
/// observations y_i.
///
/// Images may differ in shape. It works in the element type of the first one; the others are converted.
public struct VariationalLowerLevel: LowerLevel {
  /// A.
  public let forward: any ForwardOperator
  /// D.
  public let fidelity: any Fidelity
  /// R.
  public let regularizer: any Regularizer
  /// μ ≥ 0, besides what D and R bring.
  public let strongConvexity: Double
  /// The modulus that g_i is taken to have where less is certified; nil for none.
  public let assumedConvexity: Double?
  /// The images and their observations, in one element type.
  public let samples: [Sample]
  /// The element type of all computation on images.
  public let elementType: ElementType
  /// The blocks of R with its description.
  private let described: ParameterLayout
  /// A where it has parameters.
  let learnable: (any LearnableOperator)?
  private let operators: [Shape: any PreparedOperator]
  private let redraws: Redraws?

  /// The lower level over the given data; `redrawing` are the observations that they are, where these
  /// have new noise in each epoch.
  ///
  /// Throws a misuse error where there is no data, a shape does not fit the operator or the regularizer,
  /// or an element is not finite.
  public init(
    forward: any ForwardOperator, fidelity: any Fidelity, regularizer: any Regularizer,
    strongConvexity: Double, assumedConvexity: Double? = nil, samples: [Sample],
    redrawing data: Observations? = nil
  ) throws {
    guard let first = samples.first else {
      throw ScriptError("bl.problem: 'data' must hold at least one sample")
    }
    for (i, sample) in samples.enumerated() {
      if let misfit = regularizer.misfit(of: sample.truth.shape) {
        throw ScriptError("bl.problem: sample \(i + 1): \(misfit)")
      }
    }
    guard strongConvexity >= 0, strongConvexity.isFinite else {
      throw ScriptError("bl.problem: 'strong_convexity' must be a number >= 0")
    }
    let elementType = first.truth.elementType
    learnable = (forward as? any LearnableOperator).flatMap { $0.layout.count > 0 ? $0 : nil }
    try Self.check(learnable, besides: regularizer)
    try Self.checkParts(of: forward)
    self.forward = forward
    self.fidelity = fidelity
    described = Self.described(regularizer)
    self.regularizer = regularizer
    self.strongConvexity = strongConvexity
    self.assumedConvexity = assumedConvexity
    self.elementType = elementType
    self.samples = samples.map {
      Sample(
        truth: $0.truth.converted(to: elementType), observed: $0.observed.converted(to: elementType)
      )
    }
    operators = try Self.prepare(forward, for: self.samples, elementType)
    for (i, sample) in self.samples.enumerated() {
      if let misfit = fidelity.misfit(of: sample.observed) {
        throw ScriptError("bl.problem: sample \(i + 1): \(misfit)")
      }
    }
    redraws = try data.map { try Redraws($0, samples) }
    try checkConcavity()
  }

  /// Throws where the projection lets R take more convexity than the rest brings.
  private func checkConcavity() throws {
    let concavity = regularizer.largestConcavity
    let weakest = operators.values.map(\.normalLowerBound).min() ?? 0
    let rest = fidelity.strongConvexity * weakest + strongConvexity
    guard concavity > 0, concavity >= rest, !assumesConvexity else { return }
    throw ScriptError(
      "bl.problem: 'largest_concavity' (\(concavity)) lets training lose strong convexity: it must be "
        + "below \(rest), what the data term and 'strong_convexity' bring; lower it, give more "
        + "'strong_convexity', or 'assumed_convexity' where estimates will do")
  }

  /// The same energy of other images.
  public func with(_ samples: [Sample]) throws -> VariationalLowerLevel {
    try VariationalLowerLevel(
      forward: forward, fidelity: fidelity, regularizer: regularizer,
      strongConvexity: strongConvexity, assumedConvexity: assumedConvexity, samples: samples)
  }

  /// Whether a modulus is given besides what is certified.
  public var assumesConvexity: Bool { assumedConvexity != nil }

  /// Number of images.
  public var sampleCount: Int { samples.count }

  /// The blocks of A, if it has any, and of R; those of R alone tell what R is.
  public var layout: ParameterLayout {
    guard let learnable else { return described }
    return ParameterLayout(learnable.layout.blocks + regularizer.layout.blocks)
  }

  private static func described(_ regularizer: any Regularizer) -> ParameterLayout {
    ParameterLayout(
      regularizer.layout.blocks,
      regularizer: (regularizer as? any Scriptable).map { Value.object($0).description })
  }

  /// Those of A and R.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    let own = regularizer.initialParameters(random)
    guard let learnable else { return Parameters(own.values, layout: described) }
    let first = learnable.initialParameters(random.substream(Self.operatorStream))
    return Parameters(first.values + own.values, layout: layout)
  }

  /// The projections of A and R.
  public func project(_ theta: inout Parameters) {
    guard let learnable else { return regularizer.project(&theta) }
    var (first, own) = parts(of: theta, learnable)
    learnable.project(&first)
    regularizer.project(&own)
    theta.values = first.values + own.values
  }

  /// Which stream of the initial parameters' source an operator draws from.
  private static let operatorStream = 1

  private func parts(
    of theta: Parameters, _ learnable: any LearnableOperator
  ) -> (operator: Parameters, regularizer: Parameters) {
    let count = learnable.layout.count
    return (
      Parameters(Array(theta.values[..<count]), layout: learnable.layout),
      Parameters(Array(theta.values[count...]), layout: regularizer.layout)
    )
  }

  private static func check(
    _ learnable: (any LearnableOperator)?, besides regularizer: any Regularizer
  ) throws {
    let names = regularizer.layout.blocks.map(\.name)
    guard let twice = learnable?.layout.blocks.first(where: { names.contains($0.name) }) else {
      return
    }
    throw ScriptError(
      "bl.problem: operator and regularizer both have a block of parameters named '\(twice.name)'")
  }

  /// Throws for a composition with an operator that is to be learned: compositions are fixed.
  private static func checkParts(of forward: any ForwardOperator) throws {
    guard let composed = forward as? ComposedOperator else { return }
    for part in [composed.outer, composed.inner] {
      if let learnable = part as? any LearnableOperator, learnable.layout.count > 0 {
        throw ScriptError(
          "bl.problem: an operator within bl.operator.compose is not learned; give it without "
            + "'learnable', or alone")
      }
      try checkParts(of: part)
    }
  }

  /// x*.
  public func truth(_ index: Int) -> Tensor? { samples[index].truth }

  /// A for the images of one shape.
  func forward(for shape: Shape) -> any PreparedOperator {
    guard let forward = operators[shape] else {
      preconditionFailure("Every shape of the data has a prepared operator.")
    }
    return forward
  }

  /// Whether the observations redraw their noise.
  public var redrawsMeasurements: Bool { redraws != nil }

  /// Images and observations.
  public var dataTensors: [Tensor] { samples.flatMap { [$0.truth, $0.observed] } }

  /// The sample as it is measured in an epoch; another one than epoch 0 costs its noise.
  func sample(_ index: Int, epoch: Int) -> Sample {
    guard let redraws, epoch > 0 else { return samples[index] }
    let observed = redraws.measurement(at: index, epoch: epoch)
    return Sample(truth: samples[index].truth, observed: observed.converted(to: elementType))
  }

  /// That of epoch 0.
  public func initialPoint(_ index: Int) -> Tensor { initialPoint(index, epoch: 0) }

  /// A⁺y where the operator has it, else A*y/‖A‖², which is y for A = I.
  public func initialPoint(_ index: Int, epoch: Int) -> Tensor {
    let sample = sample(index, epoch: epoch)
    let forward = forward(for: sample.truth.shape)
    if forward.isIdentity { return sample.observed }
    var observed = sample.observed
    if let learned = forward as? any PreparedLearnableOperator, !learned.keepsObservations {
      learned.learnableApplication(workers: 1).weigh(sample.observed, into: &observed)
    }
    if let image = forward.pseudoInverse(of: observed) { return image }
    var image = forward.applyAdjoint(observed)
    image.scale(by: 1 / max(forward.normBound * forward.normBound, .leastNormalMagnitude))
    return image
  }

  /// A and R(·; θ); throws where D, R and μ together are not strongly convex.
  public func prepared(for theta: Parameters) throws -> any PreparedLowerLevel {
    try PreparedVariational(self, at: theta)
  }

  /// R(·; θ).
  func preparedRegularizer(for theta: Parameters) throws -> any PreparedRegularizer {
    let own = learnable.map { parts(of: theta, $0).regularizer } ?? theta
    return try regularizer.prepared(for: own, elementType: elementType)
  }

  /// A at θ, for each shape of the data.
  func preparedOperators(for theta: Parameters) throws -> [Shape: any PreparedOperator] {
    guard let learnable else { return operators }
    let own = parts(of: theta, learnable).operator
    var result: [Shape: any PreparedOperator] = [:]
    for shape in operators.keys {
      let prepared = try learnable.prepared(for: own, on: shape, elementType)
      guard prepared.keepsObservations || fidelity.constantCurvature != nil else {
        throw ScriptError(
          "bl.problem: this operator weighs the data too, which needs the fidelity squared_l2")
      }
      result[shape] = prepared
    }
    return result
  }

  private static func prepare(
    _ forward: any ForwardOperator, for samples: [Sample], _ elementType: ElementType
  ) throws -> [Shape: any PreparedOperator] {
    var operators: [Shape: any PreparedOperator] = [:]
    for (i, sample) in samples.enumerated() {
      let shape = sample.truth.shape
      let prepared = try operators[shape] ?? forward.prepared(for: shape, elementType)
      operators[shape] = prepared
      guard sample.observed.shape == prepared.codomain else {
        throw ScriptError(
          "bl.problem: sample \(i + 1) was observed as \(sample.observed.shape), but the operator "
            + "makes \(prepared.codomain) of its truth of shape \(shape)")
      }
      guard sample.truth.squaredNorm.isFinite, sample.observed.squaredNorm.isFinite else {
        throw ScriptError("bl.problem: sample \(i + 1) has an element that is NaN or infinite")
      }
    }
    return operators
  }
}

/// The variational energies at one θ.
private final class PreparedVariational: PreparedLowerLevel {
  let lower: VariationalLowerLevel
  let operators: [Shape: any PreparedOperator]  // A at θ
  let regularizer: any PreparedRegularizer  // R(·; θ)

  init(_ lower: VariationalLowerLevel, at theta: Parameters) throws {
    self.lower = lower
    operators = try lower.preparedOperators(for: theta)
    regularizer = try lower.preparedRegularizer(for: theta)
    let (fidelity, regularizer) = (lower.fidelity, regularizer)
    let weakest = operators.map { shape, forward in
      fidelity.strongConvexity * forward.normalLowerBound
        + regularizer.strongConvexity(for: shape)
    }
    let modulus = (weakest.min() ?? 0) + lower.strongConvexity
    guard modulus > 0 || lower.assumesConvexity else {
      throw ScriptError(
        "the lower level is not strongly convex (mu = \(modulus)); give bl.problem a "
          + "'strong_convexity' > \(lower.strongConvexity - modulus), or an 'assumed_convexity' "
          + "where estimates will do")
    }
  }

  func energy(_ index: Int, in workspace: Workspace, workers: Int) -> any Energy {
    energy(index, epoch: 0, in: workspace, workers: workers)
  }

  func energy(_ index: Int, epoch: Int, in workspace: Workspace, workers: Int) -> any Energy {
    let sample = lower.sample(index, epoch: epoch)
    let shape = sample.truth.shape
    let energy = EnergyCache.of(workspace).energy(of: self, for: shape) {
      guard let forward = operators[shape] else {
        preconditionFailure("Every shape of the data has a prepared operator.")
      }
      return VariationalEnergy(
        fidelity: lower.fidelity, operator: forward, regularizer: regularizer,
        strongConvexity: lower.strongConvexity, assumedConvexity: lower.assumedConvexity ?? 0,
        workers: workers)
    }
    energy.observe(sample.observed)
    return energy
  }
}

/// What is measured anew in each epoch.
private struct Redraws: Sendable {
  let data: Observations
  let clean: [Tensor]  // the images themselves where A = I

  init(_ data: Observations, _ samples: [Sample]) throws {
    self.data = data
    clean = try samples.map { try data.cleanMeasurement(of: $0.truth) }
  }

  func measurement(at index: Int, epoch: Int) -> Tensor {
    data.measurement(from: clean[index], at: index, epoch: epoch)
  }
}
