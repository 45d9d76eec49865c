import Script
import Tensors

/// y = Ax.
public struct NoNoise: Noise, Hashable {
  /// No noise at all.
  public init() {}

  /// The noisy measurement of a sample, never clipped.
  public func observed(_ clean: Tensor, index: Int, epoch: Int) -> Tensor { clean }
}

extension NoNoise: Scriptable {
  /// The script face of no noise.
  public static let declaration = Declaration(NoNoise.self, "none", "No noise at all.") {
    Constructor { NoNoise() }
    Text<NoNoise> { _ in "none()" }
  }
}
