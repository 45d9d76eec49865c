import Kernels
import Testing

/// The same bits however many threads share a call.
@Suite struct RidgeWorkersTests {
  @Test(arguments: RidgeCase.large, [2, 3])
  func sameBitsForAllWorkers(_ example: RidgeCase, _ workers: Int) {
    let naive = example.naive
    let one = RidgeAccess(naive, example.set)
    let several = RidgeAccess(naive, example.set, workers: workers)
    var numbers = TestNumbers(seed: 11)
    let (x, q, d) = (
      numbers.array(naive.count), numbers.array(naive.count), numbers.array(naive.count)
    )
    let direction = numbers.array(example.description.filters * (example.description.taps + 2))

    #expect(one.value(x) == several.value(x))
    #expect(one.gradientAndValue(x) == several.gradientAndValue(x))
    one.prepareCurvature(x)
    several.prepareCurvature(x)
    #expect(one.hessianProduct(q) == several.hessianProduct(q))
    #expect(one.mixedProduct(x, q) == several.mixedProduct(x, q))
    #expect(one.mixedDirection(x, direction) == several.mixedDirection(x, direction))
    #expect(one.thirdProduct(x, q, d) == several.thirdProduct(x, q, d))
    #expect(one.mixedVariation(x, q, d) == several.mixedVariation(x, q, d))
    #expect(
      one.adjoint(Array(x[0..<naive.pixels]), 0) == several.adjoint(Array(x[0..<naive.pixels]), 0))
  }

  @Test func resultsAreAdded() {
    let example = RidgeCase.large[0]
    let access = RidgeAccess(example.naive, example.set)
    var numbers = TestNumbers(seed: 13)
    let x = numbers.array(example.naive.count)
    let plain = access.gradient(x)
    #expect(relativeError(access.gradient(x, start: 5), plain.map { $0 + 5 }) < 1e-12)
  }
}

extension RidgeCase {
  /// Images of several bands, as many as three workers need.
  static let large: [RidgeCase] = [false, true].flatMap { single in
    Boundary.allCases.flatMap { boundary in
      [
        RidgeCase(
          filters: 8, size: 7, boundary, .smoothedAbsolute, single: single, 131, 20, .preferred),
        RidgeCase(
          channels: 2, filters: 5, size: 13, boundary, .logCosh, single: single, 73, 14,
          .preferred),
      ]
    }
  }
}
