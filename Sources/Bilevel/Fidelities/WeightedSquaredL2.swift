import Kernels
import Script
import Tensors

/// The data term D(z, y) = ½ Σ_p w_p (z_p − y_p)² with weights w_p ≥ 0, for Gaussian noise of
/// deviations 1/√w_p.
///
/// ∇D = w · (z − y), ∂²D/∂z² = diag(w); strong convexity min w, smoothness max w, both exact. A
/// weight of 0 leaves a measurement out; then the problem needs a strong convexity of its own. One
/// pass each.
public struct WeightedSquaredL2: Fidelity {
  /// The arguments of `bl.fidelity.weighted_squared_l2`.
  public struct Options: Sendable {
    /// w, of the shape of the observations.
    public var weights: Tensor?
    /// Nothing given.
    public init() {}
  }

  /// min w.
  public let strongConvexity: Double
  /// max w.
  public let smoothness: Double
  private let given: Options
  private let single: Tensor
  private let double: Tensor

  /// The term with the given weights; throws a misuse error where one is negative or not finite, or
  /// all are 0.
  public init(_ options: Options) throws {
    let name = "bl.fidelity.weighted_squared_l2"
    guard let weights = options.weights, weights.count > 0 else {
      throw ScriptError("\(name): 'weights' must be a tensor of the shape of the observations")
    }
    let elements = weights.elements
    if let wrong = elements.first(where: { !($0 >= 0 && $0.isFinite) }) {
      throw ScriptError("\(name): 'weights' must be finite numbers >= 0, got \(wrong)")
    }
    (strongConvexity, smoothness) = (elements.min() ?? 0, elements.max() ?? 0)
    guard smoothness > 0 else { throw ScriptError("\(name): 'weights' must not all be 0") }
    given = options
    (single, double) = (weights.converted(to: .float32), weights.converted(to: .float64))
  }

  /// The weight, where there is only one.
  public var constantCurvature: Double? { strongConvexity == smoothness ? smoothness : nil }
  /// The Hessian is constant.
  public var hessianLipschitz: Double { 0 }

  /// The observations must have the shape of the weights.
  public func misfit(of observed: Tensor) -> String? {
    observed.shape == double.shape
      ? nil
      : "weighted_squared_l2: 'weights' have the shape \(double.shape), the observation "
        + "\(observed.shape)"
  }

  /// One pass.
  public func value(at prediction: Tensor, observed: Tensor) -> Double {
    0.5 * prediction.squaredDistance(to: observed, weights: weights(for: prediction))
  }

  /// Two passes.
  @discardableResult
  public func gradient(at prediction: Tensor, observed: Tensor, into gradient: inout Tensor)
    -> Double
  {
    gradient.setCombination(1, prediction, -1, observed)
    gradient.multiply(by: weights(for: prediction))
    return value(at: prediction, observed: observed)
  }

  /// product ← w · v.
  public func hessianProduct(
    at prediction: Tensor, observed: Tensor, _ v: Tensor, into product: inout Tensor
  ) {
    product.copyElements(from: v)
    product.multiply(by: weights(for: v))
  }

  /// image ← 0.
  public func thirdProduct(
    at prediction: Tensor, observed: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor
  ) {
    image.fill(with: 0)
  }

  private func weights(for tensor: Tensor) -> Tensor {
    tensor.elementType == .float32 ? single : double
  }
}

extension WeightedSquaredL2: Scriptable {
  /// `bl.fidelity.weighted_squared_l2`.
  public static let declaration = Declaration(
    WeightedSquaredL2.self, "weighted_squared_l2",
    "1/2 sum_p weights_p (Ax - y)_p^2, for Gaussian noise that differs from pixel to pixel.",
    example: "bl.fidelity.weighted_squared_l2 { weights = bl.ones {1, 96, 96} }"
  ) {
    Constructor(Options(), recorded: \WeightedSquaredL2.given) {
      Field(
        "weights", \.weights, .data,
        "of the shape of the observations, >= 0; 1/sigma^2 for noise of deviation sigma",
        required: true)
    } build: {
      try WeightedSquaredL2($0)
    }
  }
}
