import Kernels
import Synchronization
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Fields of Experts at one θ: packed filters and certified constants.
///
/// With a_k = β_k/ν_k ≥ β_k φ″ and S(a) = sup λ_max of the symbol of Σ a_k C_kᵀC_k:
/// - ‖∂²R/∂x²‖ ≤ S(a) with zero or periodic boundaries. An image reflected at its borders shows no
///   pixel more than m times within reach of the filters (m = 2 per axis, 3 where the image is
///   smaller than a filter), so S(a) m bounds the reflected case; what `smoothness(for:)` returns is
///   sharper.
/// - φ″ is Lipschitz with the constant c/ν² and |C_k δ| ≤ ρ_k ‖δ‖ at each pixel, ρ_k the largest norm of
///   a row of C_k. So −Σ b_k C_kᵀC_k ≤ (H(x + δ) − H(x))/‖δ‖ ≤ Σ b_k C_kᵀC_k with b_k = c β_k ρ_k/ν_k², and
///   S(b) is a Lipschitz constant of the Hessian.
/// - The derivative with respect to a filter contains x itself, which is not bounded: its Lipschitz
///   constant is infinite, and only the local bounds are finite.
final class PreparedFieldsOfExperts: PreparedRegularizer {
  let description: FieldsOfExperts
  let elementType: ElementType
  let weights: [Double]  // β
  let smoothing: [Double]  // ν
  let symbol: FilterSymbol
  let kernel: RidgeKernel
  /// S(a), on the infinite grid.
  let symbolSupremum: Double
  let hessianLipschitz: Double
  private let sharpened = Mutex<[Shape: Double]>([:])

  init(_ description: FieldsOfExperts, _ theta: [Double], _ elementType: ElementType) {
    self.description = description
    self.elementType = elementType
    let filters = description.filters
    let taps = description.channels * description.size * description.size
    let coefficients = Array(theta[..<(filters * taps)])
    weights = theta[(filters * taps)..<(filters * (taps + 1))].map { exp($0) }
    smoothing = theta[(filters * (taps + 1))...].map { exp($0) }
    symbol = FilterSymbol(
      filters: filters, channels: description.channels, size: description.size,
      coefficients: coefficients)
    kernel = RidgeKernel(
      RidgeKernel.Description(
        channels: description.channels, filters: filters, size: description.size,
        boundary: description.boundary, potential: description.potential,
        singlePrecision: elementType == .float32),
      coefficients: coefficients, weights: weights, smoothing: smoothing)
    let ratios = zip(weights, smoothing).map { $0 / $1 }
    symbolSupremum = symbol.supremum(weights: ratios)
    hessianLipschitz = Self.hessianLipschitz(description, symbol, ratios, smoothing)
  }

  var parameterCount: Int { symbol.filters * (symbol.taps + 2) }
  var strongConvexity: Double { 0 }
  /// Holds for images of any shape; `smoothness(for:)` is sharper.
  var smoothness: Double { symbolSupremum * Self.largestMultiplicity(description) }
  var mixedLipschitz: Double { .infinity }

  func evaluator(for shape: Shape, workers: Int) -> any RegularizerEvaluator {
    FieldsOfExpertsEvaluator(self, shape, workers)
  }

  /// A bound of ‖∂²R/∂x²‖ for images of one shape; computed once.
  ///
  /// With reflected borders no closed form is sharp: there the largest eigenvalue of Σ a_k C_kᵀC_k, the
  /// Hessian at x = 0, is bounded by the Lanczos method with a random start.
  func smoothness(for shape: Shape, workers: Int) -> Double {
    guard description.boundary == .reflect else { return symbolSupremum }
    return sharpened.withLock { known in
      if let bound = known[shape] { return bound }
      let bound = reflectedBound(shape, workers)
      known[shape] = bound
      return bound
    }
  }

  private func reflectedBound(_ shape: Shape, _ workers: Int) -> Double {
    let workspace = RidgeWorkspace(kernel, height: shape[1], width: shape[2], workers: workers)
    let origin = Tensor(zeros: shape, elementType)
    origin.withBytes { workspace.prepareCurvature($0) }
    let lanczos = LargestEigenvalue().bound(shape: shape, elementType) { v, product in
      product.fill(with: 0)
      v.withBytes { v in product.withMutableBytes { workspace.hessianProduct(v, $0) } }
    }
    let map = BoundaryMap(description.boundary, radius: description.size / 2)
    return min(lanczos, symbolSupremum * map.multiplicity(shape[1]) * map.multiplicity(shape[2]))
  }

  /// How often a pixel can be seen, over all shapes of images.
  private static func largestMultiplicity(_ description: FieldsOfExperts) -> Double {
    description.boundary == .reflect ? 9 : 1
  }

  private static func hessianLipschitz(
    _ description: FieldsOfExperts, _ symbol: FilterSymbol, _ ratios: [Double],
    _ smoothing: [Double]
  ) -> Double {
    let third = description.potential.thirdDerivativeBound
    guard third.isFinite else { return .infinity }
    // A row of C_k with folded borders is at most √m times longer than the filter.
    let multiplicity = largestMultiplicity(description)
    let weights = (0..<symbol.filters).map { k in
      third * ratios[k] / smoothing[k] * symbol.norm(of: k) * multiplicity.squareRoot()
    }
    return multiplicity
      * symbol.supremum(weights: weights, pointsPerDegree: FilterSymbol.coarseGrid)
  }
}
