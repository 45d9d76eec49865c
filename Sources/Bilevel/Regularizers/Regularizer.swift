import Tensors

/// A family of regularizers R(x; θ): an immutable description.
public protocol Regularizer: Sendable {
  /// The blocks of θ.
  var layout: ParameterLayout { get }
  /// The natural initial parameters, drawn from the given stream where they are random.
  func initialParameters(_ random: RandomSource) -> Parameters
  /// Everything that depends on θ only, computed once and shared by all samples.
  ///
  /// Throws `ScriptError`-like misuse errors for non-finite θ or shapes that do not fit.
  func prepared(for theta: Parameters, elementType: ElementType) throws -> any PreparedRegularizer
  /// Why images {channels, height, width} of this shape cannot be used, in words; nil if they can.
  func misfit(of shape: Shape) -> String?
  /// θ ← the nearest admissible θ (for constrained blocks); does nothing where there are none.
  func project(_ theta: inout Parameters)
  /// What the projection lets the curvature fall below 0 by at most, as its user chose it; 0 where
  /// nothing is chosen.
  var largestConcavity: Double { get }
}

extension Regularizer {
  /// All images can be used.
  public func misfit(of shape: Shape) -> String? { nil }
  /// No block is constrained.
  public func project(_ theta: inout Parameters) {}
  /// Nothing is chosen.
  public var largestConcavity: Double { 0 }
}

extension Shape {
  /// Why an image of this shape does not suit what is made for so many channels; nil if it does.
  func channelMisfit(
    _ channels: Int, of name: String, argument: String = "image_channels"
  ) -> String? {
    if self[0] == channels { return nil }
    return "\(name) is made for \(channels) \(channels == 1 ? "channel" : "channels"), the images "
      + "have \(self[0]); give it \(argument) = \(self[0]), or other images"
  }
}

/// R(·; θ) at one θ: constants and packed data shared by all workers.
public protocol PreparedRegularizer: Sendable {
  /// Coordinates of θ.
  var parameterCount: Int { get }
  /// m with ∂²R/∂x² ≥ m I: 0 if convex, negative if weakly convex.
  var strongConvexity: Double { get }
  /// ‖∂²R/∂x²‖ ≤ smoothness.
  var smoothness: Double { get }
  /// Lipschitz constant of x ↦ ∂²R/∂x².
  var hessianLipschitz: Double { get }
  /// Lipschitz constant of x ↦ ∂²R/∂x∂θ.
  var mixedLipschitz: Double { get }
  /// ∂²R/∂x² ≥ this times I for images of one shape: at least `strongConvexity`.
  func strongConvexity(for shape: Shape) -> Double
  /// ‖∂²R/∂x²‖ ≤ this for images of one shape: at most `smoothness`.
  func smoothness(for shape: Shape) -> Double
  /// How `smoothness(for:)` and `strongConvexity` change with θ; nil where that is not known.
  func boundDerivatives(for shape: Shape) -> BoundDerivatives?
  /// One worker's handle for images of one shape, with scratch of its own. `workers` > 1 lets its
  /// kernels split one image by strips over that many threads, with the same bits.
  func evaluator(for shape: Shape, workers: Int) -> any RegularizerEvaluator
}

extension PreparedRegularizer {
  /// That of all shapes.
  public func strongConvexity(for shape: Shape) -> Double { strongConvexity }

  /// What the evaluator answers.
  public func smoothness(for shape: Shape) -> Double {
    evaluator(for: shape, workers: 1).smoothness
  }

  /// Not known.
  public func boundDerivatives(for shape: Shape) -> BoundDerivatives? { nil }
}

/// The gradients with respect to θ of the constants that bound ∂²R/∂x².
public struct BoundDerivatives: Sendable {
  /// ∂ smoothness/∂θ.
  public var smoothness: [Double]
  /// ∂ strongConvexity/∂θ.
  public var strongConvexity: [Double]

  /// Both gradients.
  public init(smoothness: [Double], strongConvexity: [Double]) {
    self.smoothness = smoothness
    self.strongConvexity = strongConvexity
  }
}

/// One worker's access to R(·; θ).
///
/// Owns scratch; allocates nothing once made; everything accumulates. Laws and meaning of each function: as in `Energy`.
public protocol RegularizerEvaluator: AnyObject {
  /// ‖∂²R/∂x²‖ ≤ smoothness for images of this shape: at most the prepared regularizer's.
  var smoothness: Double { get }
  func value(at x: Tensor) -> Double
  /// gradient ← gradient + ∇R(x); returns R(x).
  func addGradient(at x: Tensor, to gradient: inout Tensor) -> Double
  /// Prepares φ″ and the like for the Hessian products that follow.
  func prepareCurvature(at x: Tensor)
  /// product ← product + ∂²R/∂x² v at the prepared x.
  func addHessianProduct(_ v: Tensor, to product: inout Tensor)
  func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double], offset: Int)
  func addMixedDirection(at x: Tensor, _ direction: [Double], offset: Int, to image: inout Tensor)
  func addThirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, to image: inout Tensor)
  func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double], offset: Int)
  func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double
  /// A bound of |⟨(H̄ − H) q, e⟩| over all e with ‖e‖ ≤ radius and ⟨e, H̄ e⟩ ≤ budget; H is ∂²R/∂x² at x, H̄
  /// its mean between x and x + e.
  func pathVariationBound(at x: Tensor, _ q: Tensor, radius: Double, budget: Double) -> Double
  func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double
  func mixedNormBound(at x: Tensor, radius: Double) -> Double
}

extension RegularizerEvaluator {
  /// The bound by Cauchy and Schwarz, whatever the budget.
  public func pathVariationBound(
    at x: Tensor, _ q: Tensor, radius: Double, budget: Double
  ) -> Double {
    radius * hessianVariationBound(at: x, q, radius: radius)
  }
}
