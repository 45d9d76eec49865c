import Kernels
import Script
import Synchronization
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A convex or weakly convex ridge regularizer at one θ: packed filters and certified constants.
///
/// All w_k/ν_k are e^(α + β)/‖W‖², so 0 ≤ ∂²R/∂x² ≤ e^(α + β) WᵀW/‖W‖² for the convex one. With κ = e^β ≥ 1 the
/// potentials' φ″ are even and fall with |t|, so −1/κ ≤ ν (φ_ν″ − φ_κν″) ≤ 1 − 1/κ, and the weakly convex one is
/// within −e^α and e^α (e^β − 1) times WᵀW/‖W‖²; with κ < 1 it is within −e^α and e^(α + β). How large WᵀW
/// is against what stands for ‖W‖² is bounded for images of each shape, by the Lanczos method with a
/// random start, and for all shapes by the product of the layers' norms.
final class PreparedConvexRidge: PreparedRegularizer {
  let description: ConvexRidge
  let isWeaklyConvex: Bool
  let elementType: ElementType
  let stack: ConvolutionStack
  let filters: [Double]  // of all layers, the first one's centred
  let norm: StackNorm
  let weights: [Double]  // w
  let narrow: [Double]  // ν
  let wide: [Double]  // κν
  let innerKernels: [ConvolutionKernel]  // all layers but the last
  let kernel: RidgeKernel  // the last layer with the potential
  /// The last layer with each potential alone, the second of weights −w: for derivatives by θ.
  let parts: [RidgeKernel]
  /// e^α and e^β.
  let amplitude: Double
  let ratio: Double
  private let measured = Mutex<[Shape: Double]>([:])
  private let product = Mutex<Double?>(nil)

  init(
    _ description: ConvexRidge, _ theta: [Double], _ elementType: ElementType,
    isWeaklyConvex: Bool
  ) throws {
    let name = isWeaklyConvex ? "weakly_convex_ridge" : "convex_ridge"
    guard theta.allSatisfy(\.isFinite) else {
      throw ScriptError("\(name): theta has a value that is not finite")
    }
    let stack = description.stack
    var filters = Array(theta[..<stack.weightCount])
    filters.withUnsafeMutableBufferPointer { stack.center($0.baseAddress!) }
    self.filters = filters
    norm =
      switch description.normalization {
      case .fourier: StackNorm.fourier(stack, filters)
      case .power:
        StackNorm.power(
          stack, filters, boundary: description.boundary, side: description.normalizationSize)
      }
    let scaling = theta[stack.weightCount..<stack.weightCount + stack.filters]
    let (beta, alpha, scale) = (
      theta[theta.count - 3], theta[theta.count - 2], theta[theta.count - 1]
    )
    let logNorm = log(norm.value) / 2
    weights = scaling.map { exp(alpha - scale - $0 - logNorm) }
    narrow = scaling.map { exp(logNorm - beta - scale - $0) }
    wide = scaling.map { exp(logNorm - scale - $0) }
    amplitude = exp(alpha)
    ratio = exp(beta)
    try Self.check(name, norm.value, weights + narrow + wide + [amplitude, ratio])
    self.description = description
    self.isWeaklyConvex = isWeaklyConvex
    self.elementType = elementType
    self.stack = stack
    let kernels = Kernels(description, filters, elementType)
    innerKernels = kernels.inner
    kernel = kernels.ridge(weights, narrow, ratio: isWeaklyConvex ? ratio : 0)
    parts =
      isWeaklyConvex
      ? [kernels.ridge(weights, narrow), kernels.ridge(weights.map { -$0 }, wide)] : [kernel]
  }

  /// Filters that vanish cannot be normalised, and kernels divide by widths.
  private static func check(_ name: String, _ norm: Double, _ scales: [Double]) throws {
    guard norm.isNormal else {
      throw ScriptError(
        "\(name): the filters' product has the squared norm \(norm), so it cannot be normalised; "
          + "filters of the first layer count minus their mean")
    }
    guard scales.allSatisfy({ $0.isNormal && (1 / $0).isNormal }) else {
      throw ScriptError(
        "\(name): alpha, beta, scale and scaling make weights or widths of the potential that are 0 "
          + "or infinite")
    }
  }

  /// Packs layers.
  private struct Kernels {
    let stack: ConvolutionStack
    let inner: [ConvolutionKernel]
    private let template: RidgeKernel.Description
    private let last: [Double]

    init(_ description: ConvexRidge, _ filters: [Double], _ elementType: ElementType) {
      stack = description.stack
      inner =
        stack.inner?.kernels(filters, boundary: description.boundary, elementType) ?? []
      last = Array(filters[stack.range(of: stack.count - 1)])
      template = RidgeKernel.Description(
        channels: stack.inputs(of: stack.count - 1), filters: stack.filters,
        size: stack.sizes[stack.count - 1], boundary: description.boundary,
        potential: description.potential, singlePrecision: elementType == .float32)
    }

    func ridge(_ weights: [Double], _ smoothing: [Double], ratio: Double = 0) -> RidgeKernel {
      var description = template
      description.ratio = ratio
      return RidgeKernel(description, coefficients: last, weights: weights, smoothing: smoothing)
    }
  }

  var parameterCount: Int { stack.weightCount + stack.filters + 3 }
  var strongConvexity: Double { isWeaklyConvex ? -amplitude * normProduct : 0 }
  /// Holds for images of any shape; `smoothness(for:)` is sharper.
  var smoothness: Double { largestCurvature * normProduct }
  var hessianLipschitz: Double { thirdDerivativeBound }
  var mixedLipschitz: Double { .infinity }

  /// ∂²R/∂x² ≤ this times WᵀW/‖W‖².
  var largestCurvature: Double {
    guard isWeaklyConvex else { return amplitude * ratio }
    return max(amplitude, amplitude * (ratio >= 1 ? ratio - 1 : ratio))
  }

  func strongConvexity(for shape: Shape) -> Double {
    isWeaklyConvex ? -amplitude * squaredNorm(for: shape, workers: 1) : 0
  }

  func smoothness(for shape: Shape) -> Double { smoothness(for: shape, workers: 1) }

  func smoothness(for shape: Shape, workers: Int) -> Double {
    largestCurvature * squaredNorm(for: shape, workers: workers)
  }

  func evaluator(for shape: Shape, workers: Int) -> any RegularizerEvaluator {
    ConvexRidgeEvaluator(self, shape, workers)
  }

  /// A bound of ‖WᵀW‖/‖W‖² for images of one shape; computed once.
  func squaredNorm(for shape: Shape, workers: Int) -> Double {
    measured.withLock { known in
      if let bound = known[shape] { return bound }
      let bound = min(measuredNorm(shape, workers), normProduct)
      known[shape] = bound
      return bound
    }
  }

  /// By products with the Hessian of the narrow potential at 0, which is e^(α + β) WᵀW/‖W‖².
  ///
  /// The bound is at most 1.25 times too large, with 30 products for small images; where strong convexity
  /// hangs on it, 1.05 times with twice as many.
  private func measuredNorm(_ shape: Shape, _ workers: Int) -> Double {
    let maps = LayeredRidge(self, parts[0], shape, workers)
    maps.prepareCurvature(at: Tensor(zeros: shape, elementType))
    let lanczos = LargestEigenvalue(looseness: isWeaklyConvex ? 0.05 : 0.2)
    let largest = lanczos.bound(shape: shape, elementType) { v, product in
      product.fill(with: 0)
      maps.addHessianProduct(v, to: &product)
    }
    return largest / (amplitude * ratio)
  }

  /// The product of the layers' ‖C‖² over ‖W‖², for images of all shapes.
  private var normProduct: Double {
    product.withLock { known in
      if let bound = known { return bound }
      let bound =
        (0..<stack.count).reduce(1 / norm.value) { $0 * layerNorm($1) }
      known = bound
      return bound
    }
  }

  /// A bound of a layer's ‖C‖²; reflected images show no pixel more than 9 times.
  func layerNorm(_ layer: Int) -> Double {
    let ones = [Double](repeating: 1, count: stack.channels[layer])
    return multiplicity * symbolBound(layer, weights: ones)
  }

  /// A bound of ‖Σ_k a_k C_kᵀC_k‖ on the infinite grid: by the symbol for few channels, whose square it
  /// costs; else by Schur's test, ‖C‖² ≤ (largest sum of a row's magnitudes) (that of a column's).
  func symbolBound(_ layer: Int, weights: [Double]) -> Double {
    let symbol = symbol(layer)
    if symbol.channels <= Self.fewChannels {
      return symbol.supremum(weights: weights, pointsPerDegree: FilterSymbol.coarseGrid)
    }
    let plane = symbol.size * symbol.size
    var rows = [Double](repeating: 0, count: symbol.filters)
    var columns = [Double](repeating: 0, count: symbol.channels)
    for (index, coefficient) in symbol.coefficients.enumerated() {
      rows[index / symbol.taps] += abs(coefficient)
      columns[index % symbol.taps / plane] += abs(coefficient)
    }
    return (weights.max() ?? 0) * (rows.max() ?? 0) * (columns.max() ?? 0)
  }

  private static let fewChannels = 16

  func symbol(_ layer: Int) -> FilterSymbol {
    FilterSymbol(
      filters: stack.channels[layer], channels: stack.inputs(of: layer),
      size: stack.sizes[layer], coefficients: Array(filters[stack.range(of: layer)]))
  }

  /// How often a pixel can be seen, over all shapes of images.
  var multiplicity: Double { description.boundary == .reflect ? 9 : 1 }
}
