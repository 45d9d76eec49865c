import Bilevel
import Tensors

/// g(x, θ) = w/2 ‖x − y‖² + Σ_k e^{θ_k} √(⟨c_k, x⟩² + ν_k²), with log β, log ν and all c_k in θ.
///
/// A smooth, strongly convex, non-quadratic energy with dense filters, certified constants of its own
/// and every derivative, for a handful of unknowns.
public final class SmoothedRidgeEnergy: Energy {
  public let shape: Shape
  public let elementType: ElementType
  public let strongConvexity: Double
  public let smoothness: Double
  public let hessianLipschitz: Double
  /// The filters multiply x, so ∂²g/∂x∂θ has no global constant.
  public let mixedLipschitz = Double.infinity

  /// θ: log β, log ν, then the filters.
  public let theta: [Double]
  private let observed: [Double]  // y
  private let weight: Double  // w
  private let ridges: [Ridge]

  private struct Ridge {
    let beta: Double
    let nu: Double
    let filter: [Double]
    let norm: Double
    /// sup |φ‴| of √(t² + ν²).
    var thirdBound: Double { 0.85865 / (nu * nu) }
  }

  /// The energy at θ (`ridges` · (2 + count of y) coordinates).
  public init(
    observed: [Double], weight: Double, ridges count: Int, theta: [Double],
    elementType: ElementType = .float64
  ) {
    let n = observed.count
    shape = Shape([n])
    self.elementType = elementType
    self.observed = observed
    self.weight = weight
    self.theta = theta
    let ridges = (0..<count).map { k in
      let filter = Array(theta[2 * count + k * n..<2 * count + (k + 1) * n])
      return Ridge(
        beta: exponential(theta[k]), nu: exponential(theta[count + k]), filter: filter,
        norm: norm(filter))
    }
    self.ridges = ridges
    strongConvexity = weight
    smoothness = ridges.reduce(weight) { $0 + $1.beta * $1.norm * $1.norm / $1.nu }
    hessianLipschitz = ridges.reduce(0) {
      $0 + $1.beta * $1.norm * $1.norm * $1.norm * $1.thirdBound
    }
  }

  /// A random energy: `stiffness` is about the largest β/ν.
  public static func random(
    unknowns n: Int = 12, ridges count: Int = 6, stiffness: Double = 10,
    elementType: ElementType = .float64, _ random: inout RandomSource
  ) -> SmoothedRidgeEnergy {
    let observed = (0..<n).map { _ in random.normal() }
    let logWeights = (0..<count).map { _ in random.uniform(-2, 0) }
    let logWidths = (0..<count).map { _ in -logarithm(stiffness) + random.uniform(-0.5, 1.5) }
    let filters = (0..<n * count).map { _ in random.normal() / Double(n).squareRoot() }
    return SmoothedRidgeEnergy(
      observed: observed, weight: 1, ridges: count, theta: logWeights + logWidths + filters,
      elementType: elementType)
  }

  /// The same energy at another θ.
  public func at(_ theta: [Double]) -> SmoothedRidgeEnergy {
    SmoothedRidgeEnergy(
      observed: observed, weight: weight, ridges: ridges.count, theta: theta,
      elementType: elementType)
  }

  public var parameterCount: Int { theta.count }

  // MARK: Derivatives in x

  public func value(at x: Tensor) -> Double {
    var value = 0.0
    for i in 0..<x.count { value += weight / 2 * square(x[flat: i] - observed[i]) }
    return ridges.reduce(value) { $0 + $1.beta * s($1, response($1, x)) }
  }

  public func gradient(at x: Tensor, into gradient: inout Tensor) -> Double {
    let round = Rounding(elementType: elementType)
    for i in 0..<x.count {
      gradient[flat: i] = round(weight * round(x[flat: i] - round(observed[i])))
    }
    for ridge in ridges {
      let r = response(ridge, x)
      addFilter(ridge, times: ridge.beta * r / s(ridge, r), to: &gradient)
    }
    return value(at: x)
  }

  public func curvature(at x: Tensor) -> any SymmetricOperator {
    Curvature(energy: self, second: ridges.map { $0.beta * second($0, response($0, x)) })
  }

  private final class Curvature: SymmetricOperator {
    let energy: SmoothedRidgeEnergy
    let second: [Double]

    init(energy: SmoothedRidgeEnergy, second: [Double]) {
      self.energy = energy
      self.second = second
    }

    func apply(_ v: Tensor, into product: inout Tensor) {
      product.setCombination(energy.weight, v, 0, v)
      for (ridge, factor) in zip(energy.ridges, second) {
        energy.addFilter(ridge, times: factor * energy.response(ridge, v), to: &product)
      }
    }
  }

  public func thirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor) {
    image.fill(with: 0)
    for ridge in ridges {
      let factor = third(ridge, response(ridge, x)) * response(ridge, q) * response(ridge, d)
      addFilter(ridge, times: ridge.beta * factor, to: &image)
    }
  }

  // MARK: Mixed derivatives

  public func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double]) {
    for (k, ridge) in ridges.enumerated() {
      let (r, e) = (response(ridge, x), response(ridge, q))
      let first = r / s(ridge, r)
      theta[k] += ridge.beta * first * e
      theta[ridges.count + k] += ridge.beta * e * widthDerivative(ridge, r)
      for a in 0..<x.count {
        theta[filterStart(k) + a] +=
          ridge.beta * (first * q[flat: a] + second(ridge, r) * e * x[flat: a])
      }
    }
  }

  public func mixedDirection(at x: Tensor, _ direction: [Double], into image: inout Tensor) {
    image.fill(with: 0)
    for (k, ridge) in ridges.enumerated() {
      let r = response(ridge, x)
      let first = r / s(ridge, r)
      var along = first * direction[k] + widthDerivative(ridge, r) * direction[ridges.count + k]
      for a in 0..<x.count {
        along += second(ridge, r) * x[flat: a] * direction[filterStart(k) + a]
        image[flat: a] += ridge.beta * first * direction[filterStart(k) + a]
      }
      addFilter(ridge, times: ridge.beta * along, to: &image)
    }
  }

  public func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double]
  ) {
    for (k, ridge) in ridges.enumerated() {
      let (r, e, along) = (response(ridge, x), response(ridge, q), response(ridge, d))
      let (second, third) = (second(ridge, r), third(ridge, r))
      theta[k] += ridge.beta * second * along * e
      theta[ridges.count + k] += ridge.beta * e * along * widthVariation(ridge, r)
      for a in 0..<x.count {
        let explicit = second * (along * q[flat: a] + e * d[flat: a])
        theta[filterStart(k) + a] += ridge.beta * (explicit + third * along * e * x[flat: a])
      }
    }
  }

  // MARK: Bounds over a ball

  public func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    ridges.reduce(0) { sum, ridge in
      let change = ridge.thirdBound * ridge.norm * radius
      return sum + ridge.beta * ridge.norm * abs(response(ridge, q)) * change
    }
  }

  public func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    ridges.reduce(0) { sum, ridge in
      let e = abs(response(ridge, q))
      let slope = ridge.norm * radius / ridge.nu  // ≥ |φ′(r′) − φ′(r)|, and for log ν alike
      let curvature = ridge.thirdBound * ridge.norm * radius  // ≥ |φ″(r′) − φ″(r)|
      let filters =
        q.norm * slope + e * (curvature * (x.norm + radius) + radius / ridge.nu)
      return sum + square(ridge.beta) * (2 * square(e * slope) + square(filters))
    }.squareRoot()
  }

  public func mixedNormBound(at x: Tensor, radius: Double) -> Double {
    ridges.reduce(0) { sum, ridge in
      // ν² |r| / s³ ≤ 2/√27 < 0.4
      let scalars = square(ridge.norm) * (1 + square(0.4))
      return sum + square(ridge.beta)
        * (scalars + square(1 + ridge.norm * (x.norm + radius) / ridge.nu))
    }.squareRoot()
  }

  // MARK: One ridge

  private func filterStart(_ k: Int) -> Int { 2 * ridges.count + k * shape.count }

  private func response(_ ridge: Ridge, _ x: Tensor) -> Double {
    Rounding(elementType: elementType).dot({ ridge.filter[$0] }, x)
  }

  private func addFilter(_ ridge: Ridge, times factor: Double, to image: inout Tensor) {
    let round = Rounding(elementType: elementType)
    for a in 0..<image.count {
      image[flat: a] = round(image[flat: a] + round(round(factor) * round(ridge.filter[a])))
    }
  }

  private func s(_ ridge: Ridge, _ r: Double) -> Double {
    (r * r + ridge.nu * ridge.nu).squareRoot()
  }

  private func second(_ ridge: Ridge, _ r: Double) -> Double {
    let s = s(ridge, r)
    return square(ridge.nu) / (s * s * s)
  }

  private func third(_ ridge: Ridge, _ r: Double) -> Double {
    let s = s(ridge, r)
    return -3 * square(ridge.nu) * r / (s * s * s * s * s)
  }

  /// ∂φ′/∂log ν = −ν² r / s³.
  private func widthDerivative(_ ridge: Ridge, _ r: Double) -> Double {
    -second(ridge, r) * r
  }

  /// The derivative of that in r.
  private func widthVariation(_ ridge: Ridge, _ r: Double) -> Double {
    -second(ridge, r) - third(ridge, r) * r
  }
}

private func square(_ value: Double) -> Double { value * value }
