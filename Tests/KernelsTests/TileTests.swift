import Kernels
import Testing

/// The passes by tiles of 4 × 4 responses, which Float32 filters of 5 × 5 on 4 or 8 channels take.
@Suite struct TileTests {
  /// Images with whole and cut tiles, of less and of more than a vector of tiles, whole and cut blocks of
  /// filters.
  private static let cases: [RidgeCase] = InstructionSet.available.flatMap { set in
    Boundary.allCases.flatMap { boundary in
      [(4, 3, 7, 9), (8, 8, 16, 64), (8, 11, 21, 70), (4, 17, 3, 131)].map {
        (channels: Int, filters: Int, height: Int, width: Int) in
        RidgeCase(
          channels: channels, filters: filters, size: 5, boundary, .logCosh, single: true, height,
          width, set)
      }
    }
  }

  /// Responses reach some hundred times the largest coefficient; the transforms lose about a digit.
  private static let tolerance = 3e-5

  private func exact(_ example: RidgeCase) -> RidgeAccess {
    var naive = example.naive
    var description = naive.description
    description.singlePrecision = false
    naive = NaiveRidge(description, height: example.height, width: example.width, seed: 7)
    return RidgeAccess(naive, example.set)
  }

  @Test(arguments: cases, [0, 6.0])
  func agreesWithDoublePrecision(_ example: RidgeCase, _ ratio: Double) {
    for potential in Potential.allCases {
      var example = example
      example.description.potential = potential
      example.description.ratio = ratio
      let (single, double) = (RidgeAccess(example.naive, example.set), exact(example))
      var numbers = TestNumbers(seed: 23)
      let x = numbers.array(example.naive.count).map { Double(Float($0)) }
      let v = numbers.array(example.naive.count).map { Double(Float($0)) }
      #expect(relativeError([single.value(x)], [double.value(x)]) < Self.tolerance)
      #expect(relativeError(single.gradient(x), double.gradient(x)) < Self.tolerance)
      let both = single.gradientAndValue(x)
      #expect(both.gradient == single.gradient(x))
      #expect(relativeError([both.value], [double.value(x)]) < Self.tolerance)
      if potential == .huber { continue }  // rounding may cross a kink of φ′
      single.prepareCurvature(x)
      double.prepareCurvature(x)
      #expect(relativeError(single.hessianProduct(v), double.hessianProduct(v)) < 2e-4)
    }
  }

  /// Results are added, and those of several threads have the same bits.
  @Test(arguments: cases)
  func accumulatesInTheSameOrder(_ example: RidgeCase) {
    var numbers = TestNumbers(seed: 29)
    let x = numbers.array(example.naive.count)
    let alone = RidgeAccess(example.naive, example.set)
    let shared = RidgeAccess(example.naive, example.set, workers: 3)
    let (first, second) = (alone.gradientAndValue(x), shared.gradientAndValue(x))
    #expect(first.gradient == second.gradient && first.value == second.value)
    let added = alone.gradient(x, start: 1)
    #expect(relativeError(added.map { $0 - 1 }, first.gradient) < Self.tolerance)
    alone.prepareCurvature(x)
    shared.prepareCurvature(x)
    #expect(alone.hessianProduct(x) == shared.hessianProduct(x))
  }
}

/// φ(t; ν) − φ(t; κν) is what both potentials alone make of it.
@Suite struct PotentialDifferenceTests {
  private static let cases: [RidgeCase] = InstructionSet.available.flatMap { set in
    Potential.allCases.map {
      RidgeCase(channels: 2, filters: 7, size: 3, .reflect, $0, single: false, 9, 21, set)
    }
  }

  @Test(arguments: cases, [0.5, 8])
  func isTheDifference(_ example: RidgeCase, _ ratio: Double) {
    let narrow = example.naive
    var (wide, both) = (narrow, narrow)
    wide.smoothing = narrow.smoothing.map { ratio * $0 }
    var weak = example
    weak.description.ratio = ratio
    both = weak.naive
    let (a, b, c) = (
      RidgeAccess(narrow, example.set), RidgeAccess(wide, example.set),
      RidgeAccess(both, example.set)
    )
    var numbers = TestNumbers(seed: 31)
    let x = numbers.array(narrow.count)
    let (q, d) = (numbers.array(narrow.count), numbers.array(narrow.count))
    func check(_ factor: Int = 0, _ f: (RidgeAccess) -> [Double]) {
      // Derivatives by ν take κν along.
      let (first, second) = (f(a), f(b))
      let expected = first.indices.map {
        first[$0] - (factor > 0 && $0 >= factor ? ratio : 1) * second[$0]
      }
      #expect(relativeError(f(c), expected) < 1e-11)
    }
    check { [$0.value(x)] }
    check { $0.gradient(x) }
    check { $0.gradientAndValue(x).gradient + [$0.gradientAndValue(x).value] }
    check {
      $0.prepareCurvature(x)
      return $0.hessianProduct(q)
    }
    check { $0.thirdProduct(x, q, d) }
    let smoothing = narrow.coefficients.count + narrow.weights.count
    check(smoothing) { $0.mixedProduct(x, q) }
    check(smoothing) { $0.mixedVariation(x, q, d) }
  }
}
