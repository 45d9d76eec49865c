import Bilevel
import Tensors

/// Another regularizer with one mistake in it, for checks that must find it.
public struct BrokenRegularizer: Regularizer {
  /// What is wrong.
  public enum Mistake: String, Sendable, CaseIterable {
    case gradient, hessian, asymmetry, mixed, third, smoothness, convexity
  }

  let base: any Regularizer
  let mistake: Mistake

  /// The regularizer with the mistake.
  public init(_ base: any Regularizer, _ mistake: Mistake) {
    self.base = base
    self.mistake = mistake
  }

  public var layout: ParameterLayout { base.layout }
  public func initialParameters(_ random: RandomSource) -> Parameters {
    base.initialParameters(random)
  }
  public func prepared(
    for theta: Parameters, elementType: ElementType
  ) throws -> any PreparedRegularizer {
    BrokenPrepared(
      base: try base.prepared(for: theta, elementType: elementType), mistake: mistake)
  }
  public func misfit(of shape: Shape) -> String? { base.misfit(of: shape) }
}

private struct BrokenPrepared: PreparedRegularizer {
  let base: any PreparedRegularizer
  let mistake: BrokenRegularizer.Mistake

  var parameterCount: Int { base.parameterCount }
  var strongConvexity: Double { mistake == .convexity ? 100 : base.strongConvexity }
  var smoothness: Double { mistake == .smoothness ? 1e-3 * base.smoothness : base.smoothness }
  var hessianLipschitz: Double { base.hessianLipschitz }
  var mixedLipschitz: Double { base.mixedLipschitz }
  func evaluator(for shape: Shape, workers: Int) -> any RegularizerEvaluator {
    BrokenEvaluator(base.evaluator(for: shape, workers: workers), mistake, smoothness)
  }
}

private final class BrokenEvaluator: RegularizerEvaluator {
  let base: any RegularizerEvaluator
  let mistake: BrokenRegularizer.Mistake
  let smoothness: Double

  init(
    _ base: any RegularizerEvaluator, _ mistake: BrokenRegularizer.Mistake, _ smoothness: Double
  ) {
    self.base = base
    self.mistake = mistake
    self.smoothness = mistake == .smoothness ? smoothness : base.smoothness
  }

  func value(at x: Tensor) -> Double { base.value(at: x) }
  func addGradient(at x: Tensor, to gradient: inout Tensor) -> Double {
    guard mistake == .gradient else { return base.addGradient(at: x, to: &gradient) }
    var own = Tensor(zeros: x.shape, x.elementType)
    let value = base.addGradient(at: x, to: &own)
    gradient.add(own, times: 1.01)
    return value
  }
  func prepareCurvature(at x: Tensor) { base.prepareCurvature(at: x) }
  func addHessianProduct(_ v: Tensor, to product: inout Tensor) {
    switch mistake {
    case .hessian:
      var own = Tensor(zeros: v.shape, v.elementType)
      base.addHessianProduct(v, to: &own)
      product.add(own, times: 0.9)
    case .asymmetry:
      base.addHessianProduct(v, to: &product)
      product[flat: 0] += 0.01 * v[flat: 1]
    default: base.addHessianProduct(v, to: &product)
    }
  }
  func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double], offset: Int) {
    base.addMixedProduct(at: x, q, to: &theta, offset: offset)
    if mistake == .mixed { theta[offset] *= -1 }
  }
  func addMixedDirection(at x: Tensor, _ direction: [Double], offset: Int, to image: inout Tensor) {
    base.addMixedDirection(at: x, direction, offset: offset, to: &image)
  }
  func addThirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, to image: inout Tensor) {
    base.addThirdProduct(at: x, q, d, to: &image)
    if mistake == .third { image.scale(by: -1) }
  }
  func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double], offset: Int
  ) {
    base.addMixedVariation(at: x, q, along: d, to: &theta, offset: offset)
  }
  func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    base.hessianVariationBound(at: x, q, radius: radius)
  }
  func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    base.mixedVariationBound(at: x, q, radius: radius)
  }
  func mixedNormBound(at x: Tensor, radius: Double) -> Double {
    base.mixedNormBound(at: x, radius: radius)
  }
}
