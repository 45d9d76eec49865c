import Imaging
import Tensors
import Testing

@Suite struct NoiseTests {
  private static let noises: [any Noise] = [
    GaussianNoise(sigma: 0.1, seed: 2), PoissonNoise(peak: 30, seed: 2), NoNoise(),
  ]
  private let clean = Tensor(
    (0..<1200).map { Double($0 % 100) / 99 }, shape: [1, 30, 40])

  @Test(arguments: 0..<3)
  func isAFunctionOfSeedIndexAndEpoch(which: Int) {
    let noise = Self.noises[which]
    let first = noise.observed(clean, index: 3, epoch: 0)
    _ = noise.observed(clean, index: 8, epoch: 1)
    #expect(noise.observed(clean, index: 3, epoch: 0).elements == first.elements)
    guard !(noise is NoNoise) else { return }
    #expect(noise.observed(clean, index: 4, epoch: 0).elements != first.elements)
    #expect(noise.observed(clean, index: 3, epoch: 1).elements != first.elements)
  }

  @Test func otherSeedsGiveOtherNoise() {
    let (a, b) = (GaussianNoise(seed: 1), GaussianNoise(seed: 2))
    #expect(
      a.observed(clean, index: 0, epoch: 0).elements
        != b.observed(clean, index: 0, epoch: 0).elements)
  }

  @Test func scenesAndNoiseOfOneSeedAreIndependent() {
    var options = PiecewiseConstant.Options()
    (options.count, options.seed) = (400, 1)
    options.size = Extent(8)
    options.regions = 0
    let scenes = PiecewiseConstant(options)
    let zero = Tensor(zeros: [1, 1, 1])
    let noise = GaussianNoise(sigma: 1, seed: 1)
    var sum = 0.0
    for k in 0..<400 {
      let level = (scenes.image(at: k)[flat: 0] - 0.5) * 12.0.squareRoot()
      sum += level * noise.observed(zero, index: k, epoch: 0)[flat: 0]
    }
    // Four standard errors of the correlation, which a shared stream would far exceed.
    #expect(abs(sum / 400) < 4 / 400.0.squareRoot())
  }

  @Test func gaussianHasItsMeanAndDeviation() {
    let zero = Tensor(zeros: [1, 300, 300])
    let values = GaussianNoise(sigma: 0.1, seed: 5).observed(zero, index: 1, epoch: 0).elements
    let mean = values.reduce(0, +) / 90_000
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 90_000
    // Four standard errors.
    #expect(abs(mean) < 4 * 0.1 / 300)
    #expect(abs(variance / 0.01 - 1) < 4 * (2.0 / 90_000).squareRoot())
    #expect(values.contains { $0 < 0 })
  }

  @Test func poissonHasItsMeanAndVariance() {
    var level = Tensor(zeros: [1, 300, 300])
    level.fill(with: 0.4)
    let values = PoissonNoise(peak: 50, seed: 5).observed(level, index: 1, epoch: 0).elements
    let mean = values.reduce(0, +) / 90_000
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 90_000
    #expect(abs(mean - 0.4) < 4 * (0.4 / 50 / 90_000).squareRoot())
    #expect(abs(variance / (0.4 / 50) - 1) < 0.02)
    #expect(
      values.allSatisfy {
        ($0 * 50).rounded() == $0 * 50 || abs(($0 * 50).rounded() - $0 * 50) < 1e-9
      })
  }

  @Test func strangeValuesDoNotTrap() {
    let strange = Tensor([.nan, -1, .infinity, 1e300], shape: [1, 2, 2])
    let noisy = PoissonNoise(peak: 10, seed: 1).observed(strange, index: 0, epoch: 0)
    #expect(noisy[flat: 0].isNaN)
    #expect(noisy[flat: 1] == 0)
  }

  @Test func singlePrecisionHasTheSameNoise() {
    let noise = GaussianNoise(sigma: 0.1, seed: 7)
    let wide = noise.observed(clean, index: 2, epoch: 0)
    let narrow = noise.observed(clean.converted(to: .float32), index: 2, epoch: 0)
    #expect(narrow.elementType == .float32)
    #expect(wide.squaredDistance(to: narrow.converted(to: .float64)).squareRoot() < 1e-5)
  }
}
