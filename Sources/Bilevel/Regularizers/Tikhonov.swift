import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The quadratic regularizer R(x; θ) = e^θ/2 ‖x‖², with one block `log_weight` = θ (Tikhonov 1963).
public struct Tikhonov: Regularizer, Hashable {
  /// The initial θ.
  public var initialLogWeight: Double

  /// e^θ/2 ‖x‖², by default starting from e^θ ≈ 0.018.
  public init(initialLogWeight: Double = -4) {
    self.initialLogWeight = initialLogWeight
  }

  /// `log_weight` {1}.
  public var layout: ParameterLayout {
    ParameterLayout([ParameterBlock("log_weight", [1], .exponential)])
  }

  /// `initialLogWeight`; nothing is random.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    Parameters([initialLogWeight], layout: layout)
  }

  /// The weight e^θ.
  public func prepared(
    for theta: Parameters, elementType: ElementType
  ) throws -> any PreparedRegularizer {
    PreparedTikhonov(weight: exp(theta.values[0]))
  }
}

private struct PreparedTikhonov: PreparedRegularizer {
  let weight: Double  // e^θ

  var parameterCount: Int { 1 }
  var strongConvexity: Double { weight }
  var smoothness: Double { weight }
  var hessianLipschitz: Double { 0 }
  var mixedLipschitz: Double { weight }

  func boundDerivatives(for shape: Shape) -> BoundDerivatives? {
    BoundDerivatives(smoothness: [weight], strongConvexity: [weight])
  }

  func evaluator(for shape: Shape, workers: Int) -> any RegularizerEvaluator {
    TikhonovEvaluator(weight: weight)
  }
}

private final class TikhonovEvaluator: RegularizerEvaluator {
  let weight: Double  // e^θ

  init(weight: Double) { self.weight = weight }

  var smoothness: Double { weight }

  func value(at x: Tensor) -> Double { 0.5 * weight * x.squaredNorm }

  func addGradient(at x: Tensor, to gradient: inout Tensor) -> Double {
    gradient.add(x, times: weight)
    return value(at: x)
  }

  func prepareCurvature(at x: Tensor) {}

  func addHessianProduct(_ v: Tensor, to product: inout Tensor) { product.add(v, times: weight) }

  func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double], offset: Int) {
    theta[offset] += weight * x.dot(q)
  }

  func addMixedDirection(at x: Tensor, _ direction: [Double], offset: Int, to image: inout Tensor) {
    image.add(x, times: weight * direction[offset])
  }

  func addThirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, to image: inout Tensor) {}

  func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double], offset: Int
  ) {
    theta[offset] += weight * d.dot(q)
  }

  func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double { 0 }
  func pathVariationBound(at x: Tensor, _ q: Tensor, radius: Double, budget: Double) -> Double { 0 }

  func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    weight * radius * q.norm
  }

  func mixedNormBound(at x: Tensor, radius: Double) -> Double { weight * (x.norm + radius) }
}

extension Tikhonov: Scriptable {
  /// `bl.regularizer.tikhonov`.
  public static let declaration = Declaration(
    Tikhonov.self, "tikhonov", "Half the squared norm of the image, with a weight.",
    details: "R(x) = weight/2 |x|^2; the block of theta is log_weight.",
    example: "bl.regularizer.tikhonov()", source: "Tikhonov 1963"
  ) {
    Constructor(Tikhonov()) {
      Field("initial_log_weight", \.initialLogWeight, .number, "log weight at first")
    }
    RegularizerMembers.shared
  }
}
