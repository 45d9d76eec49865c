import Bilevel
import Imaging
import Kernels
import Script
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the frames are; their laws are checked with those of all regularizers.
@Suite struct FilterFrameTests {
  /// Σ_k ‖c_k ⋆ x‖² + ‖low ⋆ x‖² = ‖x‖² for periodic images.
  @Test(
    arguments: WaveletFrame.Wavelet.allCases.flatMap { wavelet in
      (1...wavelet.mostLevels).map { (wavelet, $0) }
    })
  func waveletsAreATightFrame(_ wavelet: WaveletFrame.Wavelet, _ levels: Int) {
    let frame = WaveletFrame(wavelet: wavelet, levels: levels, boundary: .periodic)
    let bands = frame.frame
    let size = bands.size
    #expect(bands.filters.count == levels * (wavelet == .haar ? 3 : 8))
    var random = RandomSource(seed: 3)
    let x = Tensor(normal: [1, 14, 17], from: &random)
    let energies = (bands.filters + [frame.lowPass]).map { filter in
      (0..<x.count).reduce(0.0) { sum, p in
        var response = 0.0
        for i in 0..<size {
          for j in 0..<size {
            let row = (p / 17 + i - size / 2 + 28) % 14
            let column = (p % 17 + j - size / 2 + 34) % 17
            response += filter[i * size + j] * x[flat: row * 17 + column]
          }
        }
        return sum + response * response
      }
    }
    #expect(relativeError(energies.reduce(0, +), x.squaredNorm) < 1e-13)
  }

  /// All sums written out.
  @Test func higherOrderVariationIsItsDefinition() throws {
    let regularizer = HigherOrderVariation(boundary: .zero)
    var random = RandomSource(seed: 4)
    let (height, width) = (6, 7)
    let x = Tensor(normal: [1, height, width], from: &random)
    func at(_ i: Int, _ j: Int) -> Double {
      i < 0 || j < 0 || i >= height || j >= width ? 0 : x[flat: i * width + j]
    }
    let theta = Parameters([-1, -2, -1.5, -0.5], layout: regularizer.layout)
    let (beta, nu) = ([exp(-1.0), exp(-2.0)], [exp(-1.5), exp(-0.5)])
    var expected = 0.0
    for i in 0..<height {
      for j in 0..<width {
        let first = [at(i, j + 1) - at(i, j), at(i + 1, j) - at(i, j)]
        let mixed = at(i, j) - at(i, j + 1) - at(i + 1, j) + at(i + 1, j + 1)
        let second = [
          at(i, j - 1) - 2 * at(i, j) + at(i, j + 1), at(i - 1, j) - 2 * at(i, j) + at(i + 1, j),
          2.0.squareRoot() * mixed,
        ]
        for t in first { expected += beta[0] * (t * t + nu[0] * nu[0]).squareRoot() }
        for t in second { expected += beta[1] * (t * t + nu[1] * nu[1]).squareRoot() }
      }
    }
    let evaluator = try regularizer.prepared(for: theta, elementType: .float64)
      .evaluator(for: x.shape, workers: 1)
    #expect(relativeError(evaluator.value(at: x), expected) < 1e-13)
  }

  /// Second differences of a slope vanish inside: only its border costs more than a flat image.
  @Test func slopesCostSecondDifferencesNothing() throws {
    let regularizer = HigherOrderVariation(boundary: .reflect)
    let slope = Tensor((0..<400).map { 0.01 * Double($0 % 20) }, shape: [1, 20, 20])
    func value(_ weights: [Double], _ x: Tensor) throws -> Double {
      let theta = Parameters(weights.map { log($0) } + [-9, -9], layout: regularizer.layout)
      return try regularizer.prepared(for: theta, elementType: .float64)
        .evaluator(for: x.shape, workers: 1).value(at: x)
    }
    let flat = Tensor(zeros: [1, 20, 20])
    let second = try value([1e-9, 1], slope) - value([1e-9, 1], flat)
    let first = try value([1, 1e-9], slope) - value([1, 1e-9], flat)
    #expect(first > 3.5)
    // Mirrored columns are kinks: twice 0.02 in each of 20 rows.
    #expect(abs(second - 0.8) < 0.02)
  }

  @Test func misfitsAndMisuseAreNamed() throws {
    #expect(
      HigherOrderVariation(channels: 3).misfit(of: [1, 9, 9])?.contains("3 channels") == true)
    #expect(WaveletFrame(levels: 3).misfit(of: [1, 4, 9])?.contains("too small") == true)
    #expect(WaveletFrame(levels: 3, boundary: .zero).misfit(of: [1, 4, 9]) == nil)
    let constructor = try #require(WaveletFrame.declaration.constructor)
    do {
      _ = try constructor.call(
        [.record(["wavelet": .string("linear_spline"), "levels": .integer(3)])], as: "frame")
      Issue.record("no error")
    } catch { #expect("\(error)".contains("at most 2")) }
  }

  /// Both learn: the loss on noisy scenes falls, and their initial parameters are of use.
  @Test(arguments: [HigherOrderVariation(), WaveletFrame()] as [any Regularizer])
  func theyRemoveNoise(_ regularizer: any Regularizer) throws {
    var options = DeadLeaves.Options()
    (options.count, options.size, options.seed) = (2, Extent(height: 32, width: 32), 1)
    let scenes = DeadLeaves(options)
    let data = Observations(of: scenes, noise: GaussianNoise(sigma: 0.1, seed: 2))
    let problem = try BilevelProblem(BilevelProblem.Model(regularizer: regularizer), data: data)
    let start = problem.initialParameters()
    let solution = try iterate(
      MAID(), on: UpperLevelTask(BilevelObjective(problem), tolerance: 1e-3), from: start,
      until: Stopping(tolerance: 1e-3, maximumIterations: 15, budget: 20_000)
    )
    let before = try problem.evaluate(at: start, accuracy: 1e-3)
    let after = try problem.evaluate(at: solution.state.theta, accuracy: 1e-3)
    let noise = try data.samples().map { $0.truth.squaredDistance(to: $0.observed) }
    for i in 0..<2 { #expect(after[i].loss < 0.6 * noise[i]) }
    #expect(after[0].loss + after[1].loss < before[0].loss + before[1].loss)
  }
}
