import Kernels
import Testing

/// An energy, an image size and an instruction set to test with.
struct RidgeCase: Sendable, CustomTestStringConvertible {
  var description: RidgeKernel.Description
  var height: Int
  var width: Int
  var set: InstructionSet

  init(
    channels: Int = 1, filters: Int = 7, size: Int, _ boundary: Boundary, _ potential: Potential,
    single: Bool, _ height: Int, _ width: Int, _ set: InstructionSet
  ) {
    description = .init(
      channels: channels, filters: filters, size: size, boundary: boundary, potential: potential,
      singlePrecision: single)
    self.height = height
    self.width = width
    self.set = set
  }

  var naive: NaiveRidge { NaiveRidge(description, height: height, width: width, seed: 7) }
  /// Accepted relative error: some roundings of the element type.
  var tolerance: Double { description.singlePrecision ? 2e-5 : 1e-12 }

  var testDescription: String {
    "\(set.rawValue) \(description.singlePrecision ? "Float" : "Double") "
      + "\(description.channels)x\(height)x\(width) \(description.filters) of \(description.size) "
      + "\(description.boundary.rawValue) \(description.potential.rawValue)"
  }

  /// Every size, boundary, potential, one and three channels, odd images, in both precisions.
  static let all: [RidgeCase] = InstructionSet.available.flatMap { set in
    [false, true].flatMap { single in
      Boundary.allCases.flatMap { boundary in
        Potential.allCases.flatMap { potential -> [RidgeCase] in
          [
            RidgeCase(size: 3, boundary, potential, single: single, 17, 23, set),
            RidgeCase(
              channels: 3, filters: 8, size: 5, boundary, potential, single: single, 5, 3, set),
            RidgeCase(filters: 6, size: 7, boundary, potential, single: single, 31, 32, set),
            // Too few filters for tiles.
            RidgeCase(filters: 3, size: 3, boundary, potential, single: single, 17, 23, set),
            RidgeCase(
              channels: 2, filters: 3, size: 5, boundary, potential, single: single, 31, 32, set),
          ]
        }
          + [
            RidgeCase(
              channels: 3, filters: 2, size: 7, boundary, .huber, single: single, 6, 40, set),
            RidgeCase(filters: 1, size: 9, boundary, .logCosh, single: single, 52, 11, set),
            RidgeCase(
              filters: 3, size: 11, boundary, .smoothedAbsolute, single: single, 12, 19, set),
            RidgeCase(
              channels: 2, filters: 7, size: 13, boundary, .logCosh, single: single, 29, 13, set),
          ]
      }
    }
  }
}

@Suite struct RidgeWorkspaceTests {
  @Test(arguments: RidgeCase.all)
  func agreesWithFormulas(_ example: RidgeCase) {
    let naive = example.naive
    let access = RidgeAccess(naive, example.set)
    var numbers = TestNumbers(seed: 3)
    let (x, q, d) = (
      numbers.array(naive.count), numbers.array(naive.count), numbers.array(naive.count)
    )
    let direction = numbers.array(naive.mixedProduct(x, q).count)
    let tolerance = example.tolerance

    let value = naive.value(x)
    #expect(relativeError([access.value(x)], [value]) < tolerance)
    let (gradient, gradientValue) = access.gradientAndValue(x)
    #expect(relativeError([gradientValue], [value]) < tolerance)
    #expect(relativeError(gradient, naive.gradient(x)) < tolerance)
    #expect(access.gradient(x) == gradient)
    access.prepareCurvature(x)
    let product = naive.hessianProduct(x, q)
    #expect(relativeError(access.hessianProduct(q), product) < tolerance)
    let mixed = naive.mixedProduct(x, q)
    #expect(relativeError(access.mixedProduct(x, q), mixed) < tolerance)
    #expect(
      relativeError(access.mixedDirection(x, direction), naive.mixedDirection(x, direction))
        < tolerance)
    let third = naive.thirdProduct(x, q, d)
    #expect(
      example.description.potential == .huber
        ? access.thirdProduct(x, q, d).allSatisfy { $0 == 0 }
        : relativeError(access.thirdProduct(x, q, d), third) < tolerance)
    let variation = naive.mixedVariation(x, q, d)
    #expect(relativeError(access.mixedVariation(x, q, d), variation) < tolerance)
    // What was prepared outlives other operations.
    #expect(relativeError(access.hessianProduct(d), naive.hessianProduct(x, d)) < tolerance)
  }

  @Test(arguments: RidgeCase.all)
  func singleFilterAndAdjoint(_ example: RidgeCase) {
    let naive = example.naive
    let access = RidgeAccess(naive, example.set)
    var numbers = TestNumbers(seed: 5)
    let x = numbers.array(naive.count)
    let response = numbers.array(naive.pixels)
    for k in 0..<example.description.filters {
      let forward = access.responses(x, k)
      let adjoint = access.adjoint(response, k)
      #expect(relativeError(forward, naive.responses(x, k)) < example.tolerance)
      #expect(relativeError(adjoint, naive.adjoint(response, k)) < example.tolerance)
      let left = zip(forward, response).reduce(0) { $0 + $1.0 * $1.1 }
      let right = zip(x, adjoint).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(left - right) < example.tolerance * Double(naive.count))
    }
  }
}
