import Kernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Potentials at every magnitude, through one filter that copies the image.
@Suite struct PotentialTests {
  /// Arguments from 10⁻⁹ to 10², of both signs.
  private static let arguments: [Double] = (0...110).flatMap { step -> [Double] in
    let t = pow(10, Double(step) / 10 - 9)
    return [t, -t]
  }

  private static let cases: [RidgeCase] = InstructionSet.available.flatMap { set in
    Potential.allCases.flatMap { potential in
      [false, true].map { single in
        RidgeCase(
          filters: 1, size: 3, .zero, potential, single: single, 1, arguments.count, set)
      }
    }
  }

  private func copying(_ example: RidgeCase, _ nu: Double) -> NaiveRidge {
    var naive = example.naive
    naive.coefficients = [0, 0, 0, 0, 1, 0, 0, 0, 0]
    naive.weights = [1]
    naive.smoothing = [nu]
    return naive
  }

  /// The largest |a/b − 1|.
  private func error(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).map { $1 == 0 ? abs($0) : abs($0 / $1 - 1) }.max() ?? .infinity
  }

  @Test(arguments: cases, [0.25, 3])
  func accurateAtAllMagnitudes(_ example: RidgeCase, _ nu: Double) {
    let single = example.description.singlePrecision
    // Beyond this φ″ of log cosh is below the least normal Float.
    let t = Self.arguments.filter { !single || abs($0) < 38 * nu }
      .map { single ? Double(Float($0)) : $0 }
    var example = example
    example.width = t.count
    let access = RidgeAccess(copying(example, nu), example.set)
    let phi = t.map { NaivePotential(example.description.potential, $0, nu) }
    let tolerance = single ? 2e-6 : 1e-13
    #expect(error(access.gradient(t), phi.map(\.first)) < tolerance)
    access.prepareCurvature(t)
    let ones = [Double](repeating: 1, count: t.count)
    // sech² loses as many digits as its argument has to keep before the point.
    let growth = t.map(abs).max()! / nu
    #expect(error(access.hessianProduct(ones), phi.map(\.second)) < tolerance * growth)
  }

  @Test(arguments: cases, [0.25, 3])
  func valueOfOnePixel(_ example: RidgeCase, _ nu: Double) {
    let single = example.description.singlePrecision
    var example = example
    example.width = 1
    let access = RidgeAccess(copying(example, nu), example.set)
    for argument in Self.arguments where !single || abs(argument) > 1e-6 {
      let t = single ? Double(Float(argument)) : argument
      let phi = NaivePotential(example.description.potential, t, nu).value
      #expect(error([access.value([t])], [phi]) < (single ? 2e-6 : 1e-13), "t = \(t)")
    }
  }
}
