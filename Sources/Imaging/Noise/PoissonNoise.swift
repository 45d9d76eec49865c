import Script
import Tensors

/// y = P / peak with independent P ~ Poisson(peak · max(Ax, 0)): counting photons.
///
/// Mean Ax and variance Ax / peak where Ax ≥ 0. Costs one or two Poisson numbers an element.
public struct PoissonNoise: Noise, Hashable {
  /// Expected count where the measurement is 1; > 0; 100 by default.
  public var peak: Double
  /// Key of the noise.
  public var seed: Int

  /// Noise of the given peak count and key.
  public init(peak: Double = 100, seed: Int = 0) {
    precondition(peak > 0 && peak.isFinite, "The peak count is positive and finite.")
    self.peak = peak
    self.seed = seed
  }

  /// The noisy measurement of a sample, never clipped.
  public func observed(_ clean: Tensor, index: Int, epoch: Int) -> Tensor {
    var source = RandomSource(seed: seed, .poissonNoise, index: index, epoch: epoch)
    let noisy = clean.elements.map { value in
      guard !value.isNaN else { return value }
      let mean = min(peak * max(value, 0), RandomSource.largestPoissonMean)
      return Double(source.poisson(mean: mean)) / peak
    }
    return Tensor(noisy, shape: clean.shape, clean.elementType)
  }
}

extension PoissonNoise: Scriptable {
  private struct Options {
    var peak = 100.0
    var seed: Int?
  }
  private var options: Options { Options(peak: peak, seed: seed) }

  /// The script face of this noise.
  public static let declaration = Declaration(
    PoissonNoise.self, "poisson", "Counting noise: P/peak with P ~ Poisson(peak max(Ax, 0)).",
    example: "bl.noise.poisson { peak = 30, seed = 2 }"
  ) {
    Constructor(Options(), recorded: \.options) {
      Field("peak", \.peak, .positive, "expected count where the measurement is 1", unit: "counts")
      Field("seed", \.seed, "key of the noise; drawn when absent")
    } build: { options in
      PoissonNoise(peak: options.peak, seed: options.seed ?? Session.shared.nextSeed())
    }
  }
}
