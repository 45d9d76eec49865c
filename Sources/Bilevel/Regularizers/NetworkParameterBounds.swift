import Tensors

/// Bounds of J = ∂²N/∂x∂θ of one network and of its change, in raw coordinates, over a ball of images.
///
/// With the notation of `NetworkBounds`, unit vectors q and d, Q = Wx q, E = Wx d, P pixels, the radius
/// X ≥ ‖x‖ and s taps: all factors below are norms over maps and pixels. A correlation of maps A and B over
/// s taps has a norm of at most √s ‖A‖ ‖B‖; the sum of a map over the pixels is at most √P of its norm.
struct NetworkParameterBounds {
  private let bounds: NetworkBounds
  private let network: PreparedNetwork
  private let pixels: Double
  private let reach: Double  // X
  // Norms of the layers and of what passes through them.
  private let first: Double  // ‖Wx‖
  private let second: Double  // ‖Wz‖
  private let weight: [Double]  // w ≥ 0
  private let slopes: [Double]  // |h|
  private let root: Double  // √s of one plane: the size
  private let last: Double  // ‖w Wz a′ Wx‖
  private let values: Double  // ‖z‖

  /// Bounds over all images of at most this norm.
  init(_ network: PreparedNetwork, pixels: Int, reach: Double) {
    self.network = network
    self.reach = reach
    self.pixels = Double(pixels)
    bounds = network.bounds
    let bounds = bounds
    let masses = bounds.masses
    weight = network.weights.map(\.magnitude)
    first = bounds.symbol.supremum(
      weights: bounds.norms.map { _ in 1 }, pointsPerDegree: FilterSymbol.coarseGrid
    ).squareRoot()
    second = masses.norm
    slopes = masses.adjoint(masses.whole, weight)
    root = Double(network.network.size)
    last = Self.form(bounds, masses.dominance(weight.map { $0 * $0 }, bounds.norms)).squareRoot()
    // a(t) ≤ |Wx x| + max(bx, 0) + excess.
    let offsets = network.biases.map { max($0, 0) + bounds.activation.excess }
    values = first * reach + (Double(pixels)).squareRoot() * Self.norm(offsets)
  }

  /// ‖J‖.
  ///
  /// From the formulas of the mixed product: p = w a″ r and g = w a′ of the last layer, k = Wzᵀ p, h = Wzᵀ g,
  /// p₀ = a′ k + h a″ Q and g₀ = h a′ of the first.
  var norm: Double {
    let kappa = bounds.activation.second
    let count = pixels.squareRoot()
    let p = kappa * last
    let k = second * p
    let p0 = k + kappa * (slopes.max() ?? 0) * first
    let byWeights = count * last
    let byBiases = count * (p + p0)
    let bySecond = root * (p * values + count * Self.norm(weight) * first)
    let byFirst = root * (p0 * reach + count * Self.norm(slopes))
    let features = Double(weight.count).squareRoot()
    let bySmoothing =
      bounds.activation.secondByScale * count * (features * last + Self.norm(slopes) * first)
      + bounds.activation.valueByScale * count * features * k
    return combine(
      first: byFirst, second: bySecond, biases: byBiases, weights: byWeights,
      weightSum: features * byWeights, smoothing: bySmoothing)
  }

  /// The Lipschitz constant of J; infinite where a″ jumps.
  ///
  /// From the formulas of the mixed variation; the sums for log w and bz are forms of Q and E.
  var lipschitz: Double {
    let activation = bounds.activation
    guard activation.third.isFinite else { return .infinity }
    let (kappa, third) = (activation.second, activation.third)
    let masses = bounds.masses
    let largest = bounds.norms.max() ?? 0
    let forms = Self.form(bounds, masses.dominance(weight, bounds.norms))  // Σ w |r_q| |r_d|
    let slopeForms = Self.form(bounds, slopes)  // Σ |h| |Q| |E|
    let along = kappa * last  // w a″ r
    let moved = masses.forward(masses.whole, bounds.norms)  // |r_d| at each pixel
    let bent = zip(weight, moved).map { ($0 * $1) * ($0 * $1) }
    let curved = bounds.norms.indices.map { c in
      bounds.norms[c] * masses.dominance(weight.map { $0 * $0 }, bounds.norms)[c] * bounds.norms[c]
    }
    let both =
      third * Self.form(bounds, masses.dominance(bent, bounds.norms)).squareRoot()
      + kappa * kappa * Self.form(bounds, curved).squareRoot()
    let scaled = zip(slopes, bounds.norms).map { ($0 * $1) * ($0 * $1) }
    let back =
      second * both + 2 * kappa * largest * second * along
      + third * Self.form(bounds, scaled).squareRoot()
    let backAlong = second * along + kappa * (slopes.max() ?? 0) * first
    let count = pixels.squareRoot()
    let byWeights = kappa * (forms + slopeForms)
    let byBiases = third * forms + kappa * kappa * slopeForms + count * back
    let bySecond =
      root * (both * values + 2 * along * first + Self.norm(weight) * kappa * first * first)
    let byFirst = root * (back * reach + 2 * backAlong)
    let features = Double(weight.count).squareRoot()
    let bySmoothing =
      (kappa + activation.thirdByScale) * (forms + slopeForms)
      + activation.secondByScale * (kappa * slopeForms + 2 * second * along * first)
      + activation.valueByScale * count * features * second * both
    return combine(
      first: byFirst, second: bySecond, biases: byBiases, weights: byWeights,
      weightSum: byWeights, smoothing: bySmoothing)
  }

  /// The norm of the derivatives by raw coordinates, α and t, see `PreparedNetwork.pullBack`.
  private func combine(
    first: Double, second: Double, biases: Double, weights: Double, weightSum: Double,
    smoothing: Double
  ) -> Double {
    let raw = network.stretch * first
    let scale = Self.norm(network.filters) * first + 2 * weightSum
    return Self.norm([raw, second, biases, weights, smoothing, weightSum, scale])
  }

  /// A bound of ‖Wxᵀ diag(weights) Wx‖.
  private static func form(_ bounds: NetworkBounds, _ weights: [Double]) -> Double {
    bounds.symbol.supremum(weights: weights, pointsPerDegree: FilterSymbol.coarseGrid)
  }

  private static func norm(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}

/// Local bounds over the ball ‖δ‖ ≤ ε around x: constants times ε where the activation is smooth, and what
/// the whole can be where it is not.
extension NetworksEvaluator {
  /// ‖(∂²R/∂x²(x + δ) − ∂²R/∂x²(x)) q‖: the Hessians are all between the same bounds.
  func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    guard radius > 0 else { return 0 }
    let spread = prepared.networks.reduce(0) { $0 + $1.bounds.hessianSpread }
    let constant = prepared.hessianLipschitz
    return (constant.isFinite ? min(constant * radius, spread) : spread) * q.norm
  }

  /// ‖(J(x + δ) − J(x))ᵀ q‖.
  func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    guard radius > 0 else { return 0 }
    return mixedChange(at: x, radius: radius) * q.norm
  }

  /// ‖J(x)‖ by the Lanczos method, and how much it may grow within the ball; at most what it can be there.
  func mixedNormBound(at x: Tensor, radius: Double) -> Double {
    var theta = [Double](repeating: 0, count: prepared.parameterCount)
    // The norm is the root of this eigenvalue: 0.2 of looseness become 0.1.
    let eigenvalue = LargestEigenvalue(looseness: 0.2).bound(
      shape: shape, prepared.elementType
    ) { v, product in
      for i in theta.indices { theta[i] = 0 }
      addMixedProduct(at: x, v, to: &theta, offset: 0)
      product.fill(with: 0)
      addMixedDirection(at: x, theta, offset: 0, to: &product)
    }
    let here = eigenvalue.squareRoot()
    guard radius > 0 else { return here }
    return min(here + mixedChange(at: x, radius: radius), sum(at: x, radius) { $0.norm })
  }

  /// ‖J(x + δ) − J(x)‖.
  private func mixedChange(at x: Tensor, radius: Double) -> Double {
    let whole = 2 * sum(at: x, radius) { $0.norm }
    let constant = sum(at: x, radius) { $0.lipschitz }
    return constant.isFinite ? min(constant * radius, whole) : whole
  }

  private func sum(
    at x: Tensor, _ radius: Double, _ value: (NetworkParameterBounds) -> Double
  ) -> Double {
    let pixels = shape[1] * shape[2]
    let reach = x.norm + radius
    return prepared.networks.reduce(0) {
      $0 + value(NetworkParameterBounds($1, pixels: pixels, reach: reach))
    }
  }
}
