import Tensors

/// A point x with its gradient, and so with a certificate: ‖x − x̂‖ ≤ ‖∇g(x)‖ / μ.
public struct CertifiedPoint {
  /// x.
  public internal(set) var x: Tensor
  /// ∇g(x), after `evaluate`.
  public private(set) var gradient: Tensor
  /// g(x).
  public private(set) var value = 0.0
  /// ‖∇g(x)‖.
  public private(set) var gradientNorm = Double.infinity
  /// How far the evaluated gradient may be from the true one, by the arithmetic's precision.
  public private(set) var rounding = 0.0

  init(at x0: Tensor, _ workspace: Workspace) {
    x = workspace.tensor(x0.shape, x0.elementType)
    gradient = workspace.tensor(x0.shape, x0.elementType)
    x.copyElements(from: x0)
  }

  /// Computes value, gradient and norms at x: one gradient, two dot products.
  mutating func evaluate(_ energy: any Energy, smoothness: Double) {
    value = energy.gradient(at: x, into: &gradient)
    gradientNorm = gradient.norm
    rounding = x.elementType.roundingError(norm: smoothness, at: x.norm)
  }

  /// x ← point − step · ∇g(point).
  mutating func descend(from point: CertifiedPoint, step: Double) {
    x.setCombination(1, point.x, -step, point.gradient)
  }

  /// ε with ‖x − x̂‖ ≤ ε.
  func errorBound(_ energy: any Energy) -> Double {
    (gradientNorm + rounding) / energy.strongConvexity
  }

  /// Whether the gradient is no larger than its own rounding error: nothing more can be gained.
  var isAtFloor: Bool { gradientNorm <= rounding }

  /// Changes of a gradient below this many roundings of μ x are taken for noise.
  private static let noise = 64.0

  /// ‖∇g(x) − ∇g(x′)‖ / ‖x − x′‖, a lower bound of L; nil where rounding hides it.
  func slope(to other: CertifiedPoint, _ energy: any Energy) -> Double? {
    let change = gradient.squaredDistance(to: other.gradient).squareRoot()
    let distance = x.squaredDistance(to: other.x).squareRoot()
    let noise = x.elementType.roundingError(norm: energy.strongConvexity, at: x.norm)
    return change > Self.noise * noise && distance > 0 ? change / distance : nil
  }

  consuming func recycle(into workspace: Workspace) {
    workspace.recycle(x)
    workspace.recycle(gradient)
  }
}
