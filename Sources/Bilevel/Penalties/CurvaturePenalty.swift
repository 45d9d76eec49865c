import Imaging
import Script
import Synchronization
import Tensors

/// The squared norm of the regularizer's Hessian: J(θ) = w (1/n) Σ_i max(t, ‖∂²R/∂x²(x_i; θ)
/// v_i‖²).
///
/// x_i are the truths of the problem's first n images and v_i the unit vectors of steepest
/// curvature. It keeps the lower level easy to solve, and has no effect where ‖∂²R/∂x²‖² ≤ t.
///
/// v comes from at most m power iterations from signs drawn with a seed, ended where ‖H v‖ changes
/// by less than a part r. The gradient is 2 d/dt (∂²R/∂x∂θ)(x + t v)ᵀ H v, one mixed variation:
/// the derivative of ‖H v‖² with v held, and of ‖H‖² as v converges, because ‖H v‖² is stationary
/// at an eigenvector; it jumps where the maximum changes sides. m Hessian products for each image
/// and θ.
///
/// Source: the LearnedRegularizers code, which penalises every fifth step, from a start of all −1
/// that was meant to be random.
public final class CurvaturePenalty: Penalty {
  /// The arguments of `bl.penalty.curvature`.
  public struct Options: Sendable, Hashable {
    /// w ≥ 0.
    public var weight = 1e-6
    /// t ≥ 0.
    public var threshold = 200.0
    /// n ≥ 1.
    public var images = 4
    /// m ≥ 1.
    public var iterations = 200
    /// r ≥ 0.
    public var tolerance = 1e-8
    /// Of the signs at the start.
    public var seed = 0
    /// The default.
    public init() {}
  }

  /// What one image contributes: v, H v and ‖H v‖².
  private struct Steepest: Sendable {
    let x: Tensor
    let v: Tensor
    let product: Tensor
    var square: Double { product.squaredNorm }
  }

  /// What it was made of.
  public let options: Options
  private let lower: VariationalLowerLevel?
  /// Value and gradient are asked for at one θ after the other.
  private let last = Mutex<(theta: Parameters, found: [Steepest])?>(nil)

  /// The penalty of the problem that it becomes part of.
  public init(_ options: Options = Options()) {
    self.options = options
    lower = nil
  }

  private init(_ options: Options, _ lower: VariationalLowerLevel?) {
    self.options = options
    self.lower = lower
  }

  /// The same penalty of the given lower level.
  public func resolved(for lower: any LowerLevel) -> any Penalty {
    CurvaturePenalty(options, lower as? VariationalLowerLevel)
  }

  /// w times the mean of max(t, ‖H v‖²).
  public func value(at theta: Parameters) throws -> Double {
    let found = try steepest(at: theta)
    let sum = found.reduce(0) { $0 + max(options.threshold, $1.square) }
    return options.weight * sum / Double(found.count)
  }

  /// gradient ← gradient + 2 w/n Σ d/dt (∂²R/∂x∂θ)(x + t v)ᵀ H v over the images beyond t.
  public func addGradient(at theta: Parameters, to gradient: inout [Double]) throws {
    let found = try steepest(at: theta)
    let (_, prepared) = try self.prepared(at: theta)
    let count = gradient.count
    let slopes = try ThreadExecutor.shared.map(found.count) { index, _ in
      var slope = [Double](repeating: 0, count: count)
      let one = found[index]
      if one.square > self.options.threshold {
        prepared.evaluator(for: one.x.shape, workers: 1).addMixedVariation(
          at: one.x, one.product, along: one.v, to: &slope, offset: 0)
      }
      return slope
    }
    for slope in slopes {
      for i in 0..<count {
        gradient[i] += 2 * options.weight / Double(found.count) * slope[i]
      }
    }
  }

  private func prepared(
    at theta: Parameters
  ) throws -> (VariationalLowerLevel, any PreparedRegularizer) {
    guard let lower else {
      throw ScriptError(
        "bl.penalty.curvature: only the penalty of a problem over images (made with 'data' and "
          + "'regularizer') has a regularizer")
    }
    return (
      lower, try lower.regularizer.prepared(for: theta, elementType: lower.elementType)
    )
  }

  private func steepest(at theta: Parameters) throws -> [Steepest] {
    if let known = last.withLock({ $0?.theta == theta ? $0?.found : nil }) { return known }
    let (lower, prepared) = try self.prepared(at: theta)
    let samples = lower.samples.prefix(options.images)
    let found = try ThreadExecutor.shared.map(samples.count) { index, _ in
      self.steepest(samples[index].truth, prepared, stream: UInt64(index))
    }
    last.withLock { $0 = (theta, found) }
    return found
  }

  private func steepest(
    _ x: Tensor, _ prepared: any PreparedRegularizer, stream: UInt64
  ) -> Steepest {
    let evaluator = prepared.evaluator(for: x.shape, workers: 1)
    evaluator.prepareCurvature(at: x)
    var random = RandomSource(seed: UInt64(options.seed), stream: stream)
    let signs = (0..<x.count).map { _ in random.integer(below: 2) == 0 ? -1.0 : 1.0 }
    var v = Tensor(signs, shape: x.shape, x.elementType)
    var product = v
    var norm = 0.0
    for _ in 0..<options.iterations {
      let length = v.norm
      guard length > 0, length.isFinite else { break }
      v.scale(by: 1 / length)
      product.fill(with: 0)
      evaluator.addHessianProduct(v, to: &product)
      let next = product.norm
      let isSteady = abs(next - norm) <= options.tolerance * next
      norm = next
      if isSteady { break }
      v.copyElements(from: product)
    }
    return finished(x, v, evaluator)
  }

  /// v of norm 1 with its product.
  private func finished(
    _ x: Tensor, _ v: Tensor, _ evaluator: any RegularizerEvaluator
  ) -> Steepest {
    var unit = v
    let length = v.norm
    if length > 0, length.isFinite { unit.scale(by: 1 / length) }
    var product = Tensor(zeros: x.shape, x.elementType)
    evaluator.addHessianProduct(unit, to: &product)
    return Steepest(x: x, v: unit, product: product)
  }
}

extension CurvaturePenalty: Scriptable {
  /// `bl.penalty.curvature`.
  public static let declaration = Declaration(
    CurvaturePenalty.self, "curvature",
    "J(theta) = weight max(threshold, |d2R/dx2 v|^2), v the direction of steepest curvature.",
    details: """
      The mean over the truths of the first images of the problem. It bounds the norm of the \
      regularizer's Hessian and so keeps the lower level easy to solve; below the threshold it does \
      nothing. v comes from power iterations; the gradient is that of the norm at v.
      """,
    example: "bl.penalty.curvature { weight = 1e-6, threshold = 200 }"
  ) {
    Constructor(Options(), recorded: \CurvaturePenalty.options) {
      Field("weight", \.weight, .number(atLeast: 0), "w")
      Field("threshold", \.threshold, .number(atLeast: 0), "t, of the squared norm")
      Field("images", \.images, .integer(atLeast: 1), "so many of the problem's images")
      Field("iterations", \.iterations, .integer(atLeast: 1), "most power iterations")
      Field(
        "tolerance", \.tolerance, .number(atLeast: 0), "relative change of the norm that ends them")
      Field("seed", \.seed, .integer(atLeast: 0), "of the signs that they start from")
    } build: {
      CurvaturePenalty($0)
    }
  }
}
