import Imaging
import Script
import Synchronization
import Tensors

/// A bilevel problem: parameters of a lower level are learned by what its solutions are worth.
///
///     min_θ (1/n) Σ ℓ(x̂_i(θ)) + J(θ),   x̂_i(θ) = argmin_x g_i(x, θ).
///
/// An immutable description with the data in it. It runs in the element type of the lower level.
public final class BilevelProblem: Sendable {
  /// Everything but the data of a problem over images, whose lower level is
  /// g_i(x, θ) = D(A x, y_i) + R(x; θ) + μ/2 ‖x‖².
  public struct Model: Sendable {
    /// A.
    public var forward: any ForwardOperator = IdentityOperator()
    /// D.
    public var fidelity: any Fidelity = SquaredL2()
    /// R.
    public var regularizer: any Regularizer
    /// μ ≥ 0, besides what D and R bring.
    public var strongConvexity = 0.0
    /// The modulus that the lower level is taken to have where less is certified; nil for none.
    public var assumedConvexity: Double?
    /// ℓ.
    public var loss: any UpperLoss = SquaredL2Loss()
    /// J, if any.
    public var penalty: (any Penalty)?
    /// Who solves the samples.
    public var executor: any Executor = ThreadExecutor.shared

    /// Denoising with the given regularizer: A = I, D = ½‖x − y‖², ℓ = ‖x − x*‖², μ = 0, no penalty.
    public init(regularizer: any Regularizer) { self.regularizer = regularizer }
  }

  /// The energies g_i with their data.
  public let lower: any LowerLevel
  /// ℓ.
  public let loss: any UpperLoss
  /// J, if any.
  public let penalty: (any Penalty)?
  /// Who solves the samples.
  public let executor: any Executor
  /// What was prepared last, so that questions at one θ prepare it once.
  private let last = Mutex<(theta: Parameters, lower: any PreparedLowerLevel)?>(nil)

  /// The problem of the given two levels.
  ///
  /// Throws a misuse error where the loss does not fit the lower level, or the lower level is not
  /// strongly convex at the initial parameters.
  public init(
    lower: any LowerLevel, loss: any UpperLoss, penalty: (any Penalty)? = nil,
    executor: any Executor = ThreadExecutor.shared
  ) throws {
    self.lower = lower
    self.loss = loss.converted(to: lower.elementType)
    self.penalty = penalty?.resolved(for: lower)
    self.executor = executor
    try Self.check(loss, over: lower)
    _ = try prepared(for: initialParameters())
  }

  private static func check(_ loss: any UpperLoss, over lower: any LowerLevel) throws {
    if loss.needsTruth && lower.truth(0) == nil {
      throw ScriptError(
        "bl.problem: 'loss' compares images, which this lower level has none of; give a loss with "
          + "data of its own, such as bl.loss.least_squares or bl.loss.cross_entropy")
    }
    for index in 0..<lower.sampleCount {
      let shape = lower.truth(index)?.shape ?? lower.initialPoint(index).shape
      if let misfit = loss.misfit(of: shape) {
        throw ScriptError("bl.problem: 'loss': \(misfit)")
      }
    }
  }

  /// The problem over images with the given data.
  ///
  /// Throws a misuse error where there is no data, a shape does not fit the operator, an element is not
  /// finite, or the lower level is not strongly convex at the initial parameters.
  public convenience init(_ model: Model, samples: [Sample]) throws {
    try self.init(model, samples: samples, redrawing: nil)
  }

  /// The problem over images as they were observed; stochastic methods meet the new noise of each epoch
  /// where the observations redraw it.
  public convenience init(_ model: Model, data: Observations) throws {
    try self.init(model, samples: data.samples(), redrawing: data.redraws ? data : nil)
  }

  private convenience init(_ model: Model, samples: [Sample], redrawing data: Observations?) throws
  {
    let lower = try VariationalLowerLevel(
      forward: model.forward, fidelity: model.fidelity, regularizer: model.regularizer,
      strongConvexity: model.strongConvexity, assumedConvexity: model.assumedConvexity,
      samples: samples, redrawing: data)
    try self.init(
      lower: lower, loss: model.loss, penalty: model.penalty, executor: model.executor)
  }

  /// The same upper level over another lower level.
  func with(_ lower: any LowerLevel) throws -> BilevelProblem {
    try BilevelProblem(lower: lower, loss: loss, penalty: penalty, executor: executor)
  }

  /// The lower level where it is one of images.
  var images: VariationalLowerLevel? { lower as? VariationalLowerLevel }

  /// Number of samples.
  public var sampleCount: Int { lower.sampleCount }

  /// The element type of every x.
  public var elementType: ElementType { lower.elementType }

  /// The blocks of θ.
  public var layout: ParameterLayout { lower.layout }

  /// Initial parameters θ₀, a function of the seed.
  public func initialParameters(seed: UInt64 = 0) -> Parameters {
    lower.initialParameters(RandomSource(seed: seed))
  }

  /// What depends on θ only.
  ///
  /// Throws a misuse error for parameters of other blocks, that are not finite, or at which the lower
  /// level is not strongly convex.
  public func prepared(for theta: Parameters) throws -> PreparedProblem {
    guard theta.layout == layout else {
      throw ScriptError(
        "the parameters have the blocks \(theta.layout.sketch), the lower level needs "
          + layout.sketch)
    }
    guard theta.values.allSatisfy(\.isFinite) else {
      throw ScriptError("a parameter is NaN or infinite (see theta:vector())")
    }
    if let known = last.withLock({ $0?.theta == theta ? $0?.lower : nil }) {
      return PreparedProblem(self, theta: theta, lower: known)
    }
    let prepared = try lower.prepared(for: theta)
    last.withLock { $0 = (theta, prepared) }
    return PreparedProblem(self, theta: theta, lower: prepared)
  }
}

/// A bilevel problem at one θ: what all workers share.
public final class PreparedProblem: Sendable {
  /// The problem.
  public let problem: BilevelProblem
  /// θ.
  public let theta: Parameters
  private let lower: any PreparedLowerLevel

  init(_ problem: BilevelProblem, theta: Parameters, lower: any PreparedLowerLevel) {
    self.problem = problem
    self.theta = theta
    self.lower = lower
  }

  /// The given sample in an epoch, for the worker whose workspace it is; valid until that worker takes
  /// another one.
  public func sample(
    _ index: Int, epoch: Int = 0, in workspace: Workspace, workers: Int = 1
  ) -> SampleProblem {
    SampleProblem(
      energy: lower.energy(index, epoch: epoch, in: workspace, workers: workers),
      loss: problem.loss,
      truth: problem.lower.truth(index) ?? Tensor(zeros: [0], problem.elementType),
      initial: problem.lower.initialPoint(index, epoch: epoch))
  }
}

extension ParameterLayout {
  /// For instance `filters {30, 7, 7}, log_weights {30}`.
  public var sketch: String {
    blocks.map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
  }
}
