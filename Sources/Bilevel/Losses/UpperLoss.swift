import Tensors

/// The upper-level loss ℓ(x) of one sample with truth x*: an immutable description.
///
/// Law: ∇ℓ is `smoothness`-Lipschitz.
public protocol UpperLoss: Sendable {
  /// L_ℓ: Lipschitz constant of ∇ℓ.
  var smoothness: Double { get }
  /// Whether ℓ is convex, which sharpens the lower bound of the loss.
  var isConvex: Bool { get }
  /// ℓ(x).
  func value(at x: Tensor, truth: Tensor) -> Double
  /// gradient ← ∇ℓ(x); returns ℓ(x).
  func gradient(at x: Tensor, truth: Tensor, into gradient: inout Tensor) -> Double
}
