import Kernels
import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Smoothed total variation R(x; θ) = α Σ √(|Dx|² + ν²), θ = (log α, log ν) (Rudin, Osher and Fatemi 1992).
///
/// D takes forward differences that are 0 in the last column and row; the channels of an image are
/// summed. The blocks `log_weight` = log α and `log_smoothing` = log ν hold one number each. The
/// gradient and each product are one pass over the image.
public struct TotalVariation: Regularizer, Hashable {
  /// Which differences stand under one root.
  public enum Coupling: String, Sendable, CaseIterable {
    /// √(|horizontal|² + |vertical|² + ν²) at each pixel.
    case isotropic
    /// √(|horizontal|² + ν²) + √(|vertical|² + ν²) at each pixel.
    case anisotropic
  }

  /// Isotropic by default.
  public var coupling: Coupling
  /// The initial log α.
  public var initialLogWeight: Double
  /// The initial log ν.
  public var initialLogSmoothing: Double

  /// α Σ √(|Dx|² + ν²), by default starting from α = ν ≈ 0.05.
  public init(
    coupling: Coupling = .isotropic, initialLogWeight: Double = -3, initialLogSmoothing: Double = -3
  ) {
    self.coupling = coupling
    self.initialLogWeight = initialLogWeight
    self.initialLogSmoothing = initialLogSmoothing
  }

  /// `log_weight` {1}, `log_smoothing` {1}.
  public var layout: ParameterLayout {
    ParameterLayout([
      ParameterBlock("log_weight", [1], .exponential),
      ParameterBlock("log_smoothing", [1], .exponential),
    ])
  }

  /// The given logarithms; nothing is random.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    Parameters([initialLogWeight, initialLogSmoothing], layout: layout)
  }

  /// α and ν.
  public func prepared(
    for theta: Parameters, elementType: ElementType
  ) throws -> any PreparedRegularizer {
    PreparedTotalVariation(
      coupling: coupling, elementType: elementType, weight: exp(theta.values[0]),
      smoothing: exp(theta.values[1]))
  }
}

/// The constants follow from ‖D‖² ≤ 8 (4 for images of one row or column), from |f″| ≤ 1/ν and from the Lipschitz constant 48/(25 √5 ν²) of f″
/// for f(p) = √(|p|² + ν²): the third derivative is symmetric, so its norm is the supremum of
/// 3t (s² − t²)/s⁵ over t ≤ |p|, s² = |p|² + ν² (Banach 1938), which is attained at |p| = t = ν/2.
struct PreparedTotalVariation: PreparedRegularizer {
  let coupling: TotalVariation.Coupling
  let elementType: ElementType
  let weight: Double  // α
  let smoothing: Double  // ν

  /// ‖D‖² ≤ 4 per axis; two axes.
  static let squaredDifferenceNorm = 8.0

  /// ‖D‖² ≤ 4 for each axis along which there is more than one pixel.
  static func squaredDifferenceNorm(_ shape: Shape) -> Double {
    isLine(shape) ? squaredDifferenceNorm / 2 : squaredDifferenceNorm
  }

  /// Whether there are differences along one axis only, so that none are coupled.
  static func isLine(_ shape: Shape) -> Bool { shape[1] == 1 || shape[2] == 1 }
  /// ν² times the Lipschitz constant of f″.
  static let thirdDerivative = 48 / (25 * 5.0.squareRoot())

  var parameterCount: Int { 2 }
  var strongConvexity: Double { 0 }
  var smoothness: Double { Self.squaredDifferenceNorm * weight / smoothing }
  var hessianLipschitz: Double {
    weight * Self.squaredDifferenceNorm * Self.squaredDifferenceNorm.squareRoot()
      * Self.thirdDerivative / (smoothing * smoothing)
  }
  /// Each of the two columns α Dᵀ(p/s) and −α ν² Dᵀ(p/s³) is Lipschitz with the constant 8 α/ν.
  var mixedLipschitz: Double { smoothness * 2.0.squareRoot() }

  func smoothness(for shape: Shape) -> Double {
    Self.squaredDifferenceNorm(shape) * weight / smoothing
  }

  /// smoothness ∝ α/ν.
  func boundDerivatives(for shape: Shape) -> BoundDerivatives? {
    let smoothness = smoothness(for: shape)
    return BoundDerivatives(smoothness: [smoothness, -smoothness], strongConvexity: [0, 0])
  }

  func evaluator(for shape: Shape, workers: Int) -> any RegularizerEvaluator {
    precondition(shape.rank == 3, "An image has the shape {channels, height, width}.")
    return TotalVariationEvaluator(self, shape, workers)
  }
}

final class TotalVariationEvaluator: RegularizerEvaluator {
  let prepared: PreparedTotalVariation
  let shape: Shape
  private let workspace: TotalVariationWorkspace

  init(_ prepared: PreparedTotalVariation, _ shape: Shape, _ workers: Int) {
    self.prepared = prepared
    self.shape = shape
    workspace = TotalVariationWorkspace(
      channels: shape[0], height: shape[1], width: shape[2],
      isotropic: prepared.coupling == .isotropic, singlePrecision: prepared.elementType == .float32,
      weight: prepared.weight, smoothing: prepared.smoothing, workers: workers)
  }

  private var slope: Double { -prepared.weight * prepared.smoothing * prepared.smoothing }  // −α ν²

  var smoothness: Double { prepared.smoothness(for: shape) }

  func value(at x: Tensor) -> Double { x.withBytes { workspace.value($0) } }

  func addGradient(at x: Tensor, to gradient: inout Tensor) -> Double {
    x.withBytes { x in gradient.withMutableBytes { workspace.gradient(x, $0) } }
  }

  func prepareCurvature(at x: Tensor) { x.withBytes { workspace.prepareCurvature($0) } }

  func addHessianProduct(_ v: Tensor, to product: inout Tensor) {
    v.withBytes { v in product.withMutableBytes { workspace.hessianProduct(v, $0) } }
  }

  func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double], offset: Int) {
    let (first, second) = x.withBytes { x in q.withBytes { workspace.mixedProduct(x, $0) } }
    theta[offset] += prepared.weight * first
    theta[offset + 1] += slope * second
  }

  func addMixedDirection(at x: Tensor, _ direction: [Double], offset: Int, to image: inout Tensor) {
    x.withBytes { x in
      image.withMutableBytes {
        workspace.mixedDirection(
          x, first: prepared.weight * direction[offset], second: slope * direction[offset + 1], $0)
      }
    }
  }

  func addThirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, to image: inout Tensor) {
    x.withBytes { x in
      q.withBytes { q in
        d.withBytes { d in image.withMutableBytes { workspace.thirdProduct(x, q, d, $0) } }
      }
    }
  }

  func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double], offset: Int
  ) {
    let (first, second) = x.withBytes { x in
      q.withBytes { q in d.withBytes { workspace.mixedVariation(x, q, $0) } }
    }
    theta[offset] += prepared.weight * first
    theta[offset + 1] += slope * second
  }
}

extension TotalVariation: Scriptable {
  /// `bl.regularizer.total_variation`.
  public static let declaration = Declaration(
    TotalVariation.self, "total_variation", "Smoothed total variation.",
    details: """
      R(x) = alpha sum sqrt(|Dx|^2 + nu^2) with forward differences D, summed over channels. The \
      blocks of theta are log_weight (log alpha) and log_smoothing (log nu), which scripts also \
      read as weight and smoothing.
      """,
    example: "bl.regularizer.total_variation { coupling = \"isotropic\" }",
    source: "Rudin, Osher & Fatemi 1992"
  ) {
    Constructor(TotalVariation()) {
      Field("coupling", \.coupling, .choice, "whether both differences stand under one root")
      Field("initial_log_weight", \.initialLogWeight, .number, "log alpha at first")
      Field("initial_log_smoothing", \.initialLogSmoothing, .number, "log nu at first")
    }
    RegularizerMembers.shared
  }
}
