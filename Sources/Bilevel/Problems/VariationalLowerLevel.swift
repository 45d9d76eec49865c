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
  /// The images and their observations, in one element type.
  public let samples: [Sample]
  /// The element type of all computation on images.
  public let elementType: ElementType
  private let operators: [Shape: any PreparedOperator]
  private let redraws: Redraws?

  /// The lower level over the given data; `redrawing` are the observations that they are, where these
  /// have new noise in each epoch.
  ///
  /// Throws a misuse error where there is no data, a shape does not fit the operator or the regularizer,
  /// or an element is not finite.
  public init(
    forward: any ForwardOperator, fidelity: any Fidelity, regularizer: any Regularizer,
    strongConvexity: Double, samples: [Sample], redrawing data: Observations? = nil
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
    self.forward = forward
    self.fidelity = fidelity
    self.regularizer = regularizer
    self.strongConvexity = strongConvexity
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
  }

  /// The same energy of other images.
  public func with(_ samples: [Sample]) throws -> VariationalLowerLevel {
    try VariationalLowerLevel(
      forward: forward, fidelity: fidelity, regularizer: regularizer,
      strongConvexity: strongConvexity, samples: samples)
  }

  /// Number of images.
  public var sampleCount: Int { samples.count }

  /// The blocks of R.
  public var layout: ParameterLayout { regularizer.layout }

  /// Those of R.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    regularizer.initialParameters(random)
  }

  /// The projection of R.
  public func project(_ theta: inout Parameters) { regularizer.project(&theta) }

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
    if let image = forward.pseudoInverse(of: sample.observed) { return image }
    var image = forward.applyAdjoint(sample.observed)
    image.scale(by: 1 / max(forward.normBound * forward.normBound, .leastNormalMagnitude))
    return image
  }

  /// R(·; θ); throws where D, R and μ together are not strongly convex.
  public func prepared(for theta: Parameters) throws -> any PreparedLowerLevel {
    let prepared = try regularizer.prepared(for: theta, elementType: elementType)
    let weakest =
      operators.map { shape, forward in
        fidelity.strongConvexity * forward.normalLowerBound + prepared.strongConvexity(for: shape)
      }.min() ?? 0
    let modulus = weakest + strongConvexity
    guard modulus > 0 else {
      throw ScriptError(
        "the lower level is not strongly convex (mu = \(modulus)); give bl.problem a larger "
          + "'strong_convexity' (now \(strongConvexity)), more than \(-modulus) above it")
    }
    return PreparedVariational(self, regularizer: prepared)
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
  let regularizer: any PreparedRegularizer  // R(·; θ)

  init(_ lower: VariationalLowerLevel, regularizer: any PreparedRegularizer) {
    self.lower = lower
    self.regularizer = regularizer
  }

  func energy(_ index: Int, in workspace: Workspace, workers: Int) -> any Energy {
    energy(index, epoch: 0, in: workspace, workers: workers)
  }

  func energy(_ index: Int, epoch: Int, in workspace: Workspace, workers: Int) -> any Energy {
    let sample = lower.sample(index, epoch: epoch)
    let shape = sample.truth.shape
    let energy = EnergyCache.of(workspace).energy(of: self, for: shape) {
      VariationalEnergy(
        fidelity: lower.fidelity, operator: lower.forward(for: shape), regularizer: regularizer,
        strongConvexity: lower.strongConvexity, workers: workers)
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
