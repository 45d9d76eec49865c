import Script
import Tensors

/// y = Ax + σ n with independent standard normal n.
///
/// Float32 measurements get the Float64 noise, rounded. Costs a normal number an element.
public struct GaussianNoise: Noise, Hashable {
  /// σ ≥ 0, in units of the measurement; 0.1 by default.
  public var sigma: Double
  /// Key of the noise.
  public var seed: Int

  /// Noise of the given standard deviation and key.
  public init(sigma: Double = 0.1, seed: Int = 0) {
    precondition(sigma >= 0 && sigma.isFinite, "The standard deviation is finite, at least 0.")
    self.sigma = sigma
    self.seed = seed
  }

  /// The noisy measurement of a sample, never clipped.
  public func observed(_ clean: Tensor, index: Int, epoch: Int) -> Tensor {
    var source = RandomSource(seed: seed, .gaussianNoise, index: index, epoch: epoch)
    var result = Tensor(
      normal: clean.shape, deviation: sigma, clean.elementType, from: &source)
    result.add(clean)
    return result
  }
}

extension GaussianNoise: Scriptable {
  private struct Options {
    var sigma = 0.1
    var seed: Int?
  }
  private var options: Options { Options(sigma: sigma, seed: seed) }

  /// The script face of this noise.
  public static let declaration = Declaration(
    GaussianNoise.self, "gaussian", "Independent normal noise, never clipped.",
    example: "bl.noise.gaussian { sigma = 0.1, seed = 2 }"
  ) {
    Constructor(Options(), recorded: \.options) {
      Field("sigma", \.sigma, .number(atLeast: 0), "standard deviation", unit: "image units")
      Field("seed", \.seed, "key of the noise; drawn when absent")
    } build: { options in
      GaussianNoise(sigma: options.sigma, seed: options.seed ?? Session.shared.nextSeed())
    }
  }
}
