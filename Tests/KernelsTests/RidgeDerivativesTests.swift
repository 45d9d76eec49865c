import Kernels
import Testing

/// Every derivative against central differences of the one below, in Float64.
@Suite struct RidgeDerivativesTests {
  /// Step of the differences, and the error that it leaves.
  private static let step = 1e-5
  private static let tolerance = 2e-8

  private static let cases: [RidgeCase] = Boundary.allCases.flatMap { boundary in
    [Potential.smoothedAbsolute, .logCosh].map {
      RidgeCase(channels: 2, filters: 7, size: 5, boundary, $0, single: false, 19, 13, .preferred)
    }
  }

  /// (f(x + h d) − f(x − h d))/(2 h).
  private func difference(
    _ x: [Double], along d: [Double], _ f: ([Double]) -> [Double]
  ) -> [Double] {
    let h = Self.step
    let plus = f(zip(x, d).map { $0 + h * $1 })
    let minus = f(zip(x, d).map { $0 - h * $1 })
    return zip(plus, minus).map { ($0 - $1) / (2 * h) }
  }

  private func inner(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  @Test(arguments: cases)
  func withRespectToTheImage(_ example: RidgeCase) {
    let naive = example.naive
    let access = RidgeAccess(naive, example.set)
    var numbers = TestNumbers(seed: 17)
    let (x, q, d) = (
      numbers.array(naive.count), numbers.array(naive.count), numbers.array(naive.count)
    )
    let slope = difference(x, along: d) { [access.value($0)] }
    #expect(relativeError([inner(access.gradient(x), d)], slope) < Self.tolerance)
    access.prepareCurvature(x)
    #expect(
      relativeError(access.hessianProduct(d), difference(x, along: d) { access.gradient($0) })
        < Self.tolerance)
    let bend = difference(x, along: d) { point in
      access.prepareCurvature(point)
      return access.hessianProduct(q)
    }
    #expect(relativeError(access.thirdProduct(x, q, d), bend) < Self.tolerance)
    let variation = difference(x, along: d) { access.mixedProduct($0, q) }
    #expect(relativeError(access.mixedVariation(x, q, d), variation) < Self.tolerance)
  }

  @Test(arguments: cases)
  func withRespectToTheParameters(_ example: RidgeCase) {
    let naive = example.naive
    let access = RidgeAccess(naive, example.set)
    var numbers = TestNumbers(seed: 19)
    let (x, q) = (numbers.array(naive.count), numbers.array(naive.count))
    let theta = naive.coefficients + naive.weights + naive.smoothing
    let direction = numbers.array(theta.count).map { $0 / 4 }
    let gradientAt = { (theta: [Double]) -> [Double] in
      RidgeAccess(naive.with(theta), example.set).gradient(x)
    }
    let change = difference(theta, along: direction, gradientAt)
    #expect(relativeError(access.mixedDirection(x, direction), change) < Self.tolerance)
    let product = inner(access.mixedProduct(x, q), direction)
    #expect(relativeError([product], [inner(change, q)]) < Self.tolerance)
  }
}

extension NaiveRidge {
  /// The same energy with other parameters: coefficients, then weights, then smoothing.
  fileprivate func with(_ theta: [Double]) -> NaiveRidge {
    var copy = self
    let (count, filters) = (coefficients.count, description.filters)
    copy.coefficients = Array(theta[0..<count])
    copy.weights = Array(theta[count..<(count + filters)])
    copy.smoothing = Array(theta[(count + filters)...])
    return copy
  }
}
