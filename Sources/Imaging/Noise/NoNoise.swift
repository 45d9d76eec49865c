import Tensors

/// y = Ax.
public struct NoNoise: Noise, Hashable {
  /// No noise at all.
  public init() {}

  public func observed(_ clean: Tensor, index: Int, epoch: Int) -> Tensor { clean }
}
