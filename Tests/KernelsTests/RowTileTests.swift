import Kernels
import Testing

/// The passes by tiles along rows, which are taken where there are some filters.
@Suite struct RowTileTests {
  /// All widths; whole and cut tiles, bands and blocks of filters; images lower than a filter is wide.
  private static let cases = cases(single: false) + cases(single: true)

  private static func cases(single: Bool) -> [RidgeCase] {
    InstructionSet.available.flatMap { set in
      Boundary.allCases.flatMap { boundary in
        RidgeKernel.sizes.flatMap { size in
          [(1, 4, size / 2 + 1, 37), (2, 5, 33, size / 2 + 2), (1, 7, 50, 66)].map {
            (channels: Int, filters: Int, height: Int, width: Int) in
            RidgeCase(
              channels: channels, filters: filters, size: size, boundary, .smoothedAbsolute,
              single: single, height, width, set)
          }
        }
      }
    }
  }

  @Test(arguments: cases)
  func agreesWithFormulas(_ example: RidgeCase) {
    let naive = example.naive
    let access = RidgeAccess(naive, example.set)
    var numbers = TestNumbers(seed: 37)
    let (x, q) = (numbers.array(naive.count), numbers.array(naive.count))
    #expect(relativeError([access.value(x)], [naive.value(x)]) < example.tolerance)
    #expect(relativeError(access.gradient(x), naive.gradient(x)) < example.tolerance)
    access.prepareCurvature(x)
    #expect(relativeError(access.hessianProduct(q), naive.hessianProduct(x, q)) < example.tolerance)
    #expect(relativeError(access.mixedProduct(x, q), naive.mixedProduct(x, q)) < example.tolerance)
  }

  /// Results of several threads have the same bits.
  @Test(arguments: cases, [2, 5])
  func sharesTheWork(_ example: RidgeCase, _ workers: Int) {
    let alone = RidgeAccess(example.naive, example.set)
    let shared = RidgeAccess(example.naive, example.set, workers: workers)
    var numbers = TestNumbers(seed: 41)
    let (x, q) = (numbers.array(example.naive.count), numbers.array(example.naive.count))
    #expect(alone.gradientAndValue(x) == shared.gradientAndValue(x))
    alone.prepareCurvature(x)
    shared.prepareCurvature(x)
    #expect(alone.hessianProduct(q) == shared.hessianProduct(q))
    #expect(alone.mixedProduct(x, q) == shared.mixedProduct(x, q))
  }
}
