import Tensors

extension ElementType {
  /// Size of the rounding error with which a map of Lipschitz constant `norm` is evaluated at a point
  /// of the given norm.
  ///
  /// Model: what is evaluated is the exact map at a point perturbed by two units of roundoff, so the
  /// value is off by 2u · norm · ‖x‖. Certificates add it, so that they do not promise more than the
  /// arithmetic can keep.
  public func roundingError(norm: Double, at pointNorm: Double) -> Double {
    2 * unitRoundoff * norm * pointNorm
  }
}
