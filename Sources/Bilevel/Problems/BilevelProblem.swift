import Imaging
import Script
import Tensors

/// The bilevel problem of learning a regularizer.
///
///     min_θ (1/n) Σ ℓ(x̂_i(θ), x*_i) + J(θ),
///     x̂_i(θ) = argmin_x D(A x, y_i) + R(x; θ) + μ/2 ‖x‖².
///
/// An immutable description with the data in it. Images of one problem may differ in shape. It runs in
/// the element type of its first image; the others are converted.
public final class BilevelProblem: Sendable {
  /// Everything but the data.
  public struct Model: Sendable {
    /// A.
    public var forward: any ForwardOperator = IdentityOperator()
    /// D.
    public var fidelity: any Fidelity = SquaredL2()
    /// R.
    public var regularizer: any Regularizer
    /// μ ≥ 0, besides what D and R bring.
    public var strongConvexity = 0.0
    /// ℓ.
    public var loss: any UpperLoss = SquaredL2Loss()
    /// J, if any.
    public var penalty: (any Penalty)?
    /// Who solves the samples.
    public var executor: any Executor = ThreadExecutor.shared

    /// Denoising with the given regularizer: A = I, D = ½‖x − y‖², ℓ = ‖x − x*‖², μ = 0, no penalty.
    public init(regularizer: any Regularizer) { self.regularizer = regularizer }
  }

  /// A, D, R, μ, ℓ and J.
  public let model: Model
  /// The data, in one element type.
  public let samples: [Sample]
  /// The element type of all computation on images.
  public let elementType: ElementType
  private let operators: [Shape: any PreparedOperator]

  /// The problem over the given data.
  ///
  /// Throws a misuse error where there is no data, a shape does not fit the operator, an element is not
  /// finite, or the lower level is not strongly convex at the initial parameters.
  public init(_ model: Model, samples: [Sample]) throws {
    guard let first = samples.first else {
      throw ScriptError("bl.problem: 'data' must hold at least one sample")
    }
    for (i, sample) in samples.enumerated() {
      if let misfit = model.regularizer.misfit(of: sample.truth.shape) {
        throw ScriptError("bl.problem: sample \(i + 1): \(misfit)")
      }
    }
    guard model.strongConvexity >= 0, model.strongConvexity.isFinite else {
      throw ScriptError("bl.problem: 'strong_convexity' must be a number >= 0")
    }
    let elementType = first.truth.elementType
    self.model = model
    self.elementType = elementType
    self.samples = samples.map {
      Sample(
        truth: $0.truth.converted(to: elementType), observed: $0.observed.converted(to: elementType)
      )
    }
    operators = try Self.prepare(model.forward, for: self.samples, elementType)
    _ = try prepared(for: initialParameters())
  }

  /// The same model over other data.
  public func with(_ data: Observations) throws -> BilevelProblem {
    try BilevelProblem(model, samples: data.samples())
  }

  /// The blocks of θ.
  public var layout: ParameterLayout { model.regularizer.layout }

  /// Initial parameters θ₀, a function of the seed.
  public func initialParameters(seed: UInt64 = 0) -> Parameters {
    model.regularizer.initialParameters(RandomSource(seed: seed))
  }

  /// A for the images of one shape.
  func forward(for shape: Shape) -> any PreparedOperator {
    guard let forward = operators[shape] else {
      preconditionFailure("Every shape of the data has a prepared operator.")
    }
    return forward
  }

  /// Where the lower level of a sample starts when nothing is known: A*y/‖A‖², which is y for A = I.
  func initialImage(_ index: Int) -> Tensor {
    let sample = samples[index]
    let forward = forward(for: sample.truth.shape)
    if forward.isIdentity { return sample.observed }
    var image = forward.applyAdjoint(sample.observed)
    image.scale(by: 1 / (forward.normBound * forward.normBound))
    return image
  }

  /// What depends on θ only.
  ///
  /// Throws a misuse error for parameters of other blocks, that are not finite, or at which the lower
  /// level is not strongly convex.
  public func prepared(for theta: Parameters) throws -> PreparedProblem {
    guard theta.layout == layout else {
      throw ScriptError(
        "the parameters have the blocks \(theta.layout.sketch), the regularizer needs \(layout.sketch)"
      )
    }
    guard theta.values.allSatisfy(\.isFinite) else {
      throw ScriptError("a parameter is NaN or infinite (see theta:vector())")
    }
    let regularizer = try model.regularizer.prepared(for: theta, elementType: elementType)
    let weakest = operators.values.map(\.normalLowerBound).min() ?? 0
    let modulus =
      model.fidelity.strongConvexity * weakest + regularizer.strongConvexity + model.strongConvexity
    guard modulus > 0 else {
      throw ScriptError(
        "the lower level is not strongly convex (mu = \(modulus)); give bl.problem a larger "
          + "'strong_convexity' (now \(model.strongConvexity)), more than \(-modulus) above it")
    }
    return PreparedProblem(self, theta: theta, regularizer: regularizer)
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

/// A bilevel problem at one θ: what all workers share.
public final class PreparedProblem: Sendable {
  /// The problem.
  public let problem: BilevelProblem
  /// θ.
  public let theta: Parameters
  /// R(·; θ).
  public let regularizer: any PreparedRegularizer

  init(
    _ problem: BilevelProblem, theta: Parameters, regularizer: any PreparedRegularizer
  ) {
    self.problem = problem
    self.theta = theta
    self.regularizer = regularizer
  }

  /// The given sample, for the worker whose workspace it is; valid until that worker takes another one.
  public func sample(_ index: Int, in workspace: Workspace, workers: Int = 1) -> SampleProblem {
    let sample = problem.samples[index]
    let energy = workspace.kept(EnergyCache.self, make: EnergyCache.init)
      .energy(of: self, for: sample.truth.shape, workers: workers)
    energy.observe(sample.observed)
    return SampleProblem(
      energy: energy, loss: problem.model.loss, truth: sample.truth,
      initial: problem.initialImage(index))
  }
}

/// The energies of one worker at the current θ, one for each shape.
private final class EnergyCache {
  private var owner: PreparedProblem?  // kept alive, so that its identity stays its own
  private var energies: [Shape: VariationalEnergy] = [:]

  func energy(of owner: PreparedProblem, for shape: Shape, workers: Int) -> VariationalEnergy {
    if self.owner !== owner {
      energies = [:]
      self.owner = owner
    }
    if let energy = energies[shape] { return energy }
    let model = owner.problem.model
    let energy = VariationalEnergy(
      fidelity: model.fidelity, operator: owner.problem.forward(for: shape),
      regularizer: owner.regularizer, strongConvexity: model.strongConvexity, workers: workers)
    energies[shape] = energy
    return energy
  }
}

extension ParameterLayout {
  /// For instance `filters {30, 7, 7}, log_weights {30}`.
  public var sketch: String {
    blocks.map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
  }
}
