import Bilevel
import Tensors

/// A regularizer with parameters and an image, on which its laws are checked in Float64.
public struct RegularizerCase: Sendable, CustomStringConvertible {
  /// What it is.
  public let description: String
  /// R.
  public let regularizer: any Regularizer
  /// θ, near the initial parameters.
  public let theta: Parameters
  /// A picture with edges and noise.
  public let x: Tensor

  /// A case named after what it is.
  public init(
    _ description: String, _ regularizer: any Regularizer, shape: Shape, seed: UInt64 = 5,
    spread: Double = 0.3
  ) {
    self.description = description
    self.regularizer = regularizer
    var random = RandomSource(seed: seed)
    var theta = regularizer.initialParameters(random)
    let shift = Tensor(normal: [theta.values.count], deviation: spread, from: &random)
    for i in theta.values.indices { theta.values[i] += shift[flat: i] }
    regularizer.project(&theta)
    self.theta = theta
    x = RegularizerCase.picture(shape, &random)
  }

  /// The evaluator at θ for x.
  public func evaluator() throws -> any RegularizerEvaluator {
    try regularizer.prepared(for: theta, elementType: .float64).evaluator(for: x.shape, workers: 1)
  }

  /// Normal numbers of the shape of x.
  public func noise(seed: UInt64) -> Tensor {
    var random = RandomSource(seed: seed, stream: 1)
    return Tensor(normal: x.shape, from: &random)
  }

  /// Two flat regions and a slope, with noise of deviation 0.05.
  private static func picture(_ shape: Shape, _ random: inout RandomSource) -> Tensor {
    var image = Tensor(normal: shape, deviation: 0.05, from: &random)
    for index in 0..<shape.count {
      let column = index % shape[2]
      let row = index / shape[2] % shape[1]
      let level = column * 2 < shape[2] ? 0.2 : 0.8
      image[flat: index] += level + 0.3 * Double(row) / Double(shape[1])
    }
    return image
  }
}

/// What a regularizer's derivatives and constants are measured against.
extension RegularizerCase {
  /// ∇R(x).
  public func gradient(_ evaluator: any RegularizerEvaluator, at x: Tensor) -> Tensor {
    var gradient = Tensor(zeros: x.shape)
    _ = evaluator.addGradient(at: x, to: &gradient)
    return gradient
  }

  /// ∂²R/∂x² v.
  public func hessianProduct(
    _ evaluator: any RegularizerEvaluator, at x: Tensor, _ v: Tensor
  ) -> Tensor {
    var product = Tensor(zeros: x.shape)
    evaluator.prepareCurvature(at: x)
    evaluator.addHessianProduct(v, to: &product)
    return product
  }

  /// (∂²R/∂x∂θ)ᵀ q.
  public func mixedProduct(
    _ evaluator: any RegularizerEvaluator, at x: Tensor, _ q: Tensor
  ) -> [Double] {
    var theta = [Double](repeating: 0, count: theta.values.count)
    evaluator.addMixedProduct(at: x, q, to: &theta, offset: 0)
    return theta
  }

  /// x + t d.
  public func moved(_ x: Tensor, _ d: Tensor, _ t: Double) -> Tensor {
    var moved = x
    moved.add(d, times: t)
    return moved
  }

  /// The largest curvature in the direction of the last of some power iterations: at most ‖∂²R/∂x²‖.
  public func powerIteration(
    _ evaluator: any RegularizerEvaluator, at x: Tensor, iterations: Int
  ) -> Double {
    var v = noise(seed: 77)
    evaluator.prepareCurvature(at: x)
    var product = v
    var value = 0.0
    for _ in 0..<iterations {
      v.scale(by: 1 / v.norm)
      product.fill(with: 0)
      evaluator.addHessianProduct(v, to: &product)
      value = product.dot(v)
      swap(&v, &product)
    }
    return value
  }
}

/// The central difference (f(t) − f(−t))/2t of a vector.
public func centralDifference(_ t: Double, _ f: (Double) -> Tensor) -> Tensor {
  var difference = f(t)
  difference.add(f(-t), times: -1)
  difference.scale(by: 1 / (2 * t))
  return difference
}

/// The central difference of a list of numbers.
public func centralDifference(
  _ t: Double, _ f: (Double) throws -> [Double]
) rethrows -> [Double] {
  try zip(f(t), f(-t)).map { ($0 - $1) / (2 * t) }
}
