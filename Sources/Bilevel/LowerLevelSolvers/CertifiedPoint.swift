import Tensors

/// A point x with its gradient, and so with a certificate: ‖x − x̂‖ ≤ ‖∇g(x)‖ / μ.
public struct CertifiedPoint {
  /// x.
  public var x: Tensor
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
  mutating func evaluate(_ energy: any Energy, _ cost: inout Cost) {
    value = energy.gradient(at: x, into: &gradient)
    gradientNorm = gradient.norm
    rounding = x.elementType.roundingError(norm: energy.smoothness, at: x.norm)
    cost.gradients += 1
  }

  /// ε with ‖x − x̂‖ ≤ ε.
  func errorBound(_ energy: any Energy) -> Double {
    (gradientNorm + rounding) / energy.strongConvexity
  }

  /// Whether the gradient is no larger than its own rounding error: nothing more can be gained.
  var isAtFloor: Bool { gradientNorm <= rounding }

  consuming func recycle(into workspace: Workspace) {
    workspace.recycle(x)
    workspace.recycle(gradient)
  }

  /// The descent inequality g(x − ∇g(x)/L) ≤ g(x) − ‖∇g(x)‖²/(2L) for the trial's value, up to the
  /// rounding of the two values.
  func descends(to value: Double, smoothness: Double) -> Bool {
    let rounding = 4 * x.elementType.unitRoundoff * (abs(value) + abs(self.value))
    return value <= self.value - gradientNorm * gradientNorm / (2 * smoothness) + rounding
  }
}
