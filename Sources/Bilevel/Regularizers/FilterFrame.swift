import Kernels
import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Filters that are given, not learned, in groups whose weights are:
/// R(x; θ) = Σ_k β_g(k) Σ_p √((c_k ⋆ x)_p² + ν_h(k)²), θ = (log β, log ν).
///
/// Runs on the kernels of Fields of Experts; convex. The blocks are `log_weights`, one per weight
/// group, and `log_smoothing`, one per smoothing group.
public struct FilterFrame: Sendable, Hashable {
  /// c_k, each channels × size × size numbers.
  public var filters: [[Double]]
  /// Odd extent of the filters.
  public var size: Int
  /// Channels of the images.
  public var channels: Int
  /// What the filters see outside of the image.
  public var boundary: Boundary
  /// g(k), from 0.
  public var weightGroups: [Int]
  /// h(k), from 0.
  public var smoothingGroups: [Int]

  /// Number of weights.
  public var weightCount: Int { (weightGroups.max() ?? -1) + 1 }
  /// Number of smoothings.
  public var smoothingCount: Int { (smoothingGroups.max() ?? -1) + 1 }

  /// Every filter on each channel apart, in the groups of the filters; the taps are size × size
  /// numbers.
  init(
    planes: [[Double]], size: Int, channels: Int, boundary: Boundary, weightGroups: [Int],
    smoothingGroups: [Int]
  ) {
    self.size = size
    self.channels = channels
    self.boundary = boundary
    filters = []
    (self.weightGroups, self.smoothingGroups) = ([], [])
    for (k, plane) in planes.enumerated() {
      for channel in 0..<channels {
        var filter = [Double](repeating: 0, count: channels * plane.count)
        filter.replaceSubrange(channel * plane.count..<(channel + 1) * plane.count, with: plane)
        filters.append(filter)
        self.weightGroups.append(weightGroups[k])
        self.smoothingGroups.append(smoothingGroups[k])
      }
    }
  }

  /// `log_weights`, `log_smoothing`.
  var layout: ParameterLayout {
    ParameterLayout([
      ParameterBlock("log_weights", [weightCount], .exponential),
      ParameterBlock("log_smoothing", [smoothingCount], .exponential),
    ])
  }

  /// The filters as the first three axes of a tensor {filters, channels, size, size}.
  var tensor: Tensor {
    Tensor(filters.flatMap { $0 }, shape: [filters.count, channels, size, size])
  }

  /// The Fields of Experts of the same filters.
  var experts: FieldsOfExperts {
    FieldsOfExperts(
      filters: filters.count, size: size, boundary: boundary, potential: .smoothedAbsolute,
      channels: channels)
  }
}

/// A regularizer that is a filter frame.
public protocol FrameRegularizer: Regularizer {
  /// Its filters and groups.
  var frame: FilterFrame { get }
}

extension FrameRegularizer {
  /// `log_weights`, `log_smoothing`.
  public var layout: ParameterLayout { frame.layout }

  /// Images of another number of channels, or too small to be extended beyond their border.
  public func misfit(of shape: Shape) -> String? {
    let frame = frame
    if let misfit = shape.channelMisfit(
      frame.channels, of: "the regularizer", argument: "channels")
    {
      return misfit
    }
    return frame.experts.misfit(of: shape)
  }

  /// Packs the filters and computes the constants.
  public func prepared(
    for theta: Parameters, elementType: ElementType
  ) throws -> any PreparedRegularizer {
    guard theta.values.allSatisfy(\.isFinite) else {
      throw ScriptError("the regularizer's theta has a value that is not finite")
    }
    return PreparedFilterFrame(frame, theta.values, elementType)
  }
}

/// A filter frame at one θ.
///
/// Its constants with respect to x are those of the Fields of Experts. The derivative by log β of
/// a group is Σ β C_kᵀ φ′, by log ν −Σ β C_kᵀ(u φ″): both change with x by at most the curvature S
/// of the group's filters at 0, as |φ_1″| ≤ 1 and |φ_1″ + u φ_1‴| ≤ 1. So (Σ S²)^½ over all groups
/// is a Lipschitz constant.
final class PreparedFilterFrame: PreparedRegularizer {
  let frame: FilterFrame
  let experts: PreparedFieldsOfExperts
  let mixedLipschitz: Double

  init(_ frame: FilterFrame, _ theta: [Double], _ elementType: ElementType) {
    self.frame = frame
    let weights = frame.weightGroups.map { theta[$0] }
    let smoothing = frame.smoothingGroups.map { theta[frame.weightCount + $0] }
    experts = PreparedFieldsOfExperts(
      frame.experts, frame.filters.flatMap { $0 } + weights + smoothing, elementType)
    mixedLipschitz = Self.mixedLipschitz(frame, experts)
  }

  var parameterCount: Int { frame.weightCount + frame.smoothingCount }
  var strongConvexity: Double { 0 }
  var smoothness: Double { experts.smoothness }
  var hessianLipschitz: Double { experts.hessianLipschitz }

  func evaluator(for shape: Shape, workers: Int) -> any RegularizerEvaluator {
    FilterFrameEvaluator(self, shape, workers)
  }

  private static func mixedLipschitz(
    _ frame: FilterFrame, _ experts: PreparedFieldsOfExperts
  ) -> Double {
    let multiplicity = experts.smoothness / experts.symbolSupremum
    let ratios = zip(experts.weights, experts.smoothing).map { $0 / $1 }
    func square(_ groups: [Int], _ group: Int) -> Double {
      let weights = ratios.indices.map { groups[$0] == group ? ratios[$0] : 0 }
      let norm =
        multiplicity
        * experts.symbol.supremum(weights: weights, pointsPerDegree: FilterSymbol.coarseGrid)
      return norm * norm
    }
    let byWeight = (0..<frame.weightCount).map { square(frame.weightGroups, $0) }
    let bySmoothing = (0..<frame.smoothingCount).map { square(frame.smoothingGroups, $0) }
    return (byWeight + bySmoothing).reduce(0, +).squareRoot()
  }
}

/// One worker's filter frame: the Fields of Experts, and the sums over groups.
final class FilterFrameEvaluator: RegularizerEvaluator {
  private let prepared: PreparedFilterFrame
  private let experts: FieldsOfExpertsEvaluator
  private let shape: Shape
  private var full: [Double]  // all parameters of the Fields of Experts
  private let first: Int  // where the logarithms start

  init(_ prepared: PreparedFilterFrame, _ shape: Shape, _ workers: Int) {
    self.prepared = prepared
    self.shape = shape
    experts = FieldsOfExpertsEvaluator(prepared.experts, shape, workers)
    full = Array(repeating: 0, count: prepared.experts.parameterCount)
    first = prepared.experts.symbol.filters * prepared.experts.symbol.taps
  }

  var smoothness: Double { experts.smoothness }

  func value(at x: Tensor) -> Double { experts.value(at: x) }

  func addGradient(at x: Tensor, to gradient: inout Tensor) -> Double {
    experts.addGradient(at: x, to: &gradient)
  }

  func prepareCurvature(at x: Tensor) { experts.prepareCurvature(at: x) }

  func addHessianProduct(_ v: Tensor, to product: inout Tensor) {
    experts.addHessianProduct(v, to: &product)
  }

  func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double], offset: Int) {
    clear()
    experts.addMixedProduct(at: x, q, to: &full, offset: 0)
    gather(to: &theta, offset)
  }

  func addMixedDirection(at x: Tensor, _ direction: [Double], offset: Int, to image: inout Tensor) {
    clear()
    let frame = prepared.frame
    let count = frame.weightGroups.count
    for k in 0..<count {
      full[first + k] = direction[offset + frame.weightGroups[k]]
      full[first + count + k] = direction[offset + frame.weightCount + frame.smoothingGroups[k]]
    }
    experts.addMixedDirection(at: x, full, offset: 0, to: &image)
  }

  func addThirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, to image: inout Tensor) {
    experts.addThirdProduct(at: x, q, d, to: &image)
  }

  func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double], offset: Int
  ) {
    clear()
    experts.addMixedVariation(at: x, q, along: d, to: &full, offset: 0)
    gather(to: &theta, offset)
  }

  func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    experts.hessianVariationBound(at: x, q, radius: radius)
  }

  func pathVariationBound(at x: Tensor, _ q: Tensor, radius: Double, budget: Double) -> Double {
    experts.pathVariationBound(at: x, q, radius: radius, budget: budget)
  }

  private func clear() {
    for i in full.indices { full[i] = 0 }
  }

  private func gather(to theta: inout [Double], _ offset: Int) {
    let frame = prepared.frame
    let count = frame.weightGroups.count
    for k in 0..<count {
      theta[offset + frame.weightGroups[k]] += full[first + k]
      theta[offset + frame.weightCount + frame.smoothingGroups[k]] += full[first + count + k]
    }
  }
}

/// Local bounds of the few columns of ∂²R/∂x∂θ.
extension FilterFrameEvaluator {
  /// Group by group |Σ β ⟨ΔF, C_k q⟩| ≤ min((Σ β² ‖slope · C_k q‖²/price)^½ (L ε²)^½, Σ β cap |C_k
  /// q|), F = φ′ or −u φ″, as the responses share the budget Σ price ‖Δu‖² ≤ L ε².
  func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    guard radius > 0 else { return 0 }
    let frame = prepared.frame
    var groups = Array(
      repeating: GroupVariation(), count: frame.weightCount + frame.smoothingCount)
    experts.respond(x, q, radius: radius) { k, u, w, e in
      let beta = prepared.experts.weights[k]
      let price = beta * prepared.experts.smoothing[k]
      groups[frame.weightGroups[k]].add(
        Potential.smoothedAbsolute.derivativeVariation(u, within: w), beta, price, e)
      groups[frame.weightCount + frame.smoothingGroups[k]].add(
        Potential.smoothedAbsolute.smoothingDerivativeVariation(u, within: w), beta, price, e)
    }
    let budget = smoothness * radius * radius
    return groups.reduce(0) { $0 + $1.square(budget) }.squareRoot()
  }

  /// The norm of the columns at x, by (tr Gᵖ)^(1/p) of their Gram matrix G, p = 64, which is too
  /// large by at most the 64th root of their number; and their Lipschitz constant times ε.
  func mixedNormBound(at x: Tensor, radius: Double) -> Double {
    let count = prepared.parameterCount
    let columns = (0..<count).map { column in
      var direction = [Double](repeating: 0, count: count)
      direction[column] = 1
      var image = Tensor(zeros: shape, x.elementType)
      addMixedDirection(at: x, direction, offset: 0, to: &image)
      return image
    }
    let gram = columns.flatMap { a in columns.map { a.dot($0) } }
    return LargestEigenvalueByTrace.bound(gram, count).squareRoot()
      + prepared.mixedLipschitz * radius
  }
}

/// How much the derivative by one group's logarithm may change.
private struct GroupVariation {
  private var slopes = 0.0
  private var caps = 0.0

  mutating func add(_ variation: LocalVariation, _ beta: Double, _ price: Double, _ e: Double) {
    slopes += beta * beta * variation.slope * variation.slope * e * e / price
    caps += beta * variation.cap * abs(e)
  }

  func square(_ budget: Double) -> Double { min(slopes * budget, caps * caps) }
}

/// λ_max ≤ (tr Gᵖ)^(1/p) for positive semidefinite matrices.
enum LargestEigenvalueByTrace {
  private static let doublings = 6

  /// A bound for the matrix of n × n numbers, too large by at most n^(1/64).
  static func bound(_ matrix: [Double], _ n: Int) -> Double {
    func trace(_ a: [Double]) -> Double { (0..<n).reduce(0) { $0 + a[$1 * (n + 1)] } }
    var power = matrix
    var (exponent, logarithm) = (1.0, 0.0)
    for step in 0...doublings {
      let scale = trace(power)
      guard scale > 0 else { return 0 }
      logarithm += log(scale)
      if step == doublings { break }
      for i in power.indices { power[i] /= scale }
      power = squared(power, n)
      exponent *= 2
      logarithm *= 2
    }
    return exp(logarithm / exponent)
  }

  private static func squared(_ a: [Double], _ n: Int) -> [Double] {
    var product = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for k in 0..<n {
        for j in 0..<n { product[i * n + j] += a[i * n + k] * a[k * n + j] }
      }
    }
    return product
  }
}
