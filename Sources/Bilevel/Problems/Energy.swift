import Tensors

/// A symmetric linear operator v ↦ Hv on images.
public protocol SymmetricOperator: AnyObject {
  /// product ← H v.
  func apply(_ v: Tensor, into product: inout Tensor)
}

/// The lower-level energy g(·, θ) of one sample at one θ, as one worker sees it.
///
/// Laws: g is `strongConvexity`-strongly convex and twice differentiable in x; `smoothness` ≥ ‖∂²g/∂x²‖
/// everywhere; `hessianLipschitz` and `mixedLipschitz` are Lipschitz constants of x ↦ ∂²g/∂x² and
/// x ↦ ∂²g/∂x∂θ in the spectral norm (`.infinity` where there is none). All four are true bounds.
/// An instance owns scratch memory: it belongs to one worker and allocates nothing once made.
public protocol Energy: AnyObject {
  /// Shape and element type of x are those of this image.
  var shape: Shape { get }
  var elementType: ElementType { get }
  /// Coordinates of θ.
  var parameterCount: Int { get }
  /// μ > 0 with ∂²g/∂x² ≥ μ I.
  var strongConvexity: Double { get }
  /// L with ∂²g/∂x² ≤ L I.
  var smoothness: Double { get }
  /// Lipschitz constant of x ↦ ∂²g/∂x².
  var hessianLipschitz: Double { get }
  /// Lipschitz constant of x ↦ ∂²g/∂x∂θ.
  var mixedLipschitz: Double { get }

  /// g(x).
  func value(at x: Tensor) -> Double
  /// gradient ← ∇g(x); returns g(x).
  @discardableResult
  func gradient(at x: Tensor, into gradient: inout Tensor) -> Double
  /// v ↦ (∂²g/∂x²)(x) v, prepared once; valid until the next call of `curvature`.
  func curvature(at x: Tensor) -> any SymmetricOperator
  /// theta ← theta + (∂²g/∂x∂θ)(x)ᵀ q, in raw coordinates.
  func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double])
  /// image ← (∂²g/∂x∂θ)(x) direction.
  func mixedDirection(at x: Tensor, _ direction: [Double], into image: inout Tensor)
  /// image ← ∂³g/∂x³(x)[q, d]: d/dt (∂²g/∂x²)(x + t d) q at t = 0.
  func thirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor)
  /// theta ← theta + d/dt (∂²g/∂x∂θ)(x + t d)ᵀ q at t = 0.
  func addMixedVariation(at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double])

  /// A bound of ‖(∂²g/∂x²(x′) − ∂²g/∂x²(x)) q‖ over all ‖x′ − x‖ ≤ radius (reference C7).
  func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double
  /// A bound of |⟨(H̄ − H) q, e⟩| for the way e = x̂ − x to the minimiser, if ‖∇g(x)‖ ≤ μ · radius; H is
  /// ∂²g/∂x² at x, H̄ its mean on that way.
  func pathVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double
  /// A bound of ‖(∂²g/∂x∂θ(x′) − ∂²g/∂x∂θ(x))ᵀ q‖ over all ‖x′ − x‖ ≤ radius (reference C7).
  func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double
  /// A bound of the spectral norm ‖∂²g/∂x∂θ(x′)‖ over all ‖x′ − x‖ ≤ radius.
  func mixedNormBound(at x: Tensor, radius: Double) -> Double
}

extension Energy {
  /// The bound by the global Lipschitz constant.
  public func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    radius == 0 ? 0 : hessianLipschitz * radius * q.norm
  }

  /// The bound by Cauchy and Schwarz, as ‖e‖ ≤ radius.
  public func pathVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    radius * hessianVariationBound(at: x, q, radius: radius)
  }

  /// The bound by the global Lipschitz constant.
  public func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    radius == 0 ? 0 : mixedLipschitz * radius * q.norm
  }
}
