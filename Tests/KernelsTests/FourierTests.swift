import Kernels
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Fourier transforms against the sums that define them, in every instruction set.
@Suite struct FourierTests {
  typealias Numbers = (real: [Double], imaginary: [Double])

  static func numbers(_ count: Int, seed: Int = 1) -> Numbers {
    func part(_ salt: Int) -> [Double] {
      (0..<count).map { Double(($0 * 7919 + salt * 104_729) % 10_007) / 5003.5 - 1 }
    }
    return (part(seed), part(seed + 5))
  }

  /// cos and sin of 2π k/n, from the angle of the least size.
  private static func turn(_ k: Int, _ n: Int) -> (Double, Double) {
    let residue = k % n
    let centred = 2 * residue > n ? residue - n : residue
    return (cos(2 * .pi * Double(centred) / Double(n)), sin(2 * .pi * Double(centred) / Double(n)))
  }

  /// Σ exp(−2πi jk/n) x_j.
  static func direct(_ x: Numbers) -> Numbers {
    let n = x.real.count
    let turns = (0..<n).map { turn($0, n) }
    var result: Numbers = (x.real, x.imaginary)
    for k in 0..<n {
      var (real, imaginary) = (0.0, 0.0)
      for j in 0..<n {
        let (c, s) = turns[j * k % n]
        real += c * x.real[j] + s * x.imaginary[j]
        imaginary += c * x.imaginary[j] - s * x.real[j]
      }
      result.real[k] = real
      result.imaginary[k] = imaginary
    }
    return result
  }

  static func error(_ a: Numbers, _ b: Numbers) -> Double {
    func square(_ x: [Double], _ y: [Double]) -> Double {
      zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    let zero = b.real.map { _ in 0.0 }
    let size = square(b.real, zero) + square(b.imaginary, zero)
    return ((square(a.real, b.real) + square(a.imaginary, b.imaginary)) / max(size, 1e-300))
      .squareRoot()
  }

  private static func spectrum(_ plane: FourierPlane) -> Numbers {
    var result: Numbers = ([], [])
    for u in 0..<plane.frequencies {
      for v in 0..<plane.width {
        let value = plane.value(u, v)
        result.real.append(value.real)
        result.imaginary.append(value.imaginary)
      }
    }
    return result
  }

  static let lengths =
    Array(1...64) + [81, 97, 121, 127, 128, 210, 243, 257, 343, 360, 512, 1009, 1024]

  /// Columns and rows of all lengths; transforming back gives the plane again.
  @Test(arguments: InstructionSet.available)
  func complexTransformsAreTheSum(_ set: InstructionSet) {
    for n in Self.lengths {
      let x = Self.numbers(n)
      let expected = Self.direct(x)
      for (height, width) in [(n, 1), (1, n)] {
        let plane = FourierPlane(
          height: height, width: width, isReal: false, singlePrecision: false, instructions: set)
        plane.transform(x.real, x.imaginary)
        let error = Self.error(Self.spectrum(plane), expected)
        #expect(error < 1e-13, "\(height) x \(width): \(error)")
        var back: Numbers = (x.real.map { _ in 7 }, x.real.map { _ in 7 })
        plane.inverse(into: &back.real, &back.imaginary)
        let scaled = (back.real.map { $0 / Double(n) }, back.imaginary.map { $0 / Double(n) })
        #expect(Self.error(scaled, x) < 1e-13, "\(height) x \(width), back")
      }
    }
  }

  /// Real planes have the first half of the complex spectrum.
  @Test(arguments: InstructionSet.available)
  func realTransformsAreHalfOfTheSum(_ set: InstructionSet) {
    for (height, width) in Self.planes {
      let x = Self.numbers(height * width).real
      let complex = FourierPlane(
        height: height, width: width, isReal: false, singlePrecision: false, instructions: set)
      let real = FourierPlane(
        height: height, width: width, isReal: true, singlePrecision: false, instructions: set)
      complex.transform(x, x.map { _ in 0 })
      real.transform(x)
      let count = real.frequencies * width
      let all = Self.spectrum(complex)
      let expected = (Array(all.real[..<count]), Array(all.imaginary[..<count]))
      #expect(Self.error(Self.spectrum(real), expected) < 1e-13, "\(height) x \(width)")
      var back = x.map { _ in 7.0 }
      real.inverse(into: &back)
      let scaled = back.map { $0 / Double(height * width) }
      #expect(Self.error((scaled, []), (x, [])) < 1e-13, "\(height) x \(width), back")
    }
  }

  static let planes = [
    (1, 1), (1, 2), (2, 1), (2, 2), (3, 5), (8, 8), (7, 12), (12, 7), (16, 31), (31, 16), (33, 34),
    (64, 80), (96, 100), (101, 64), (128, 37),
  ]

  /// Two axes against the sum over both.
  @Test func planesAreTransformedAlongBothAxes() {
    for (height, width) in [(4, 6), (11, 9), (16, 16), (5, 13)] {
      let x = Self.numbers(height * width)
      let plane = FourierPlane(height: height, width: width, isReal: false, singlePrecision: false)
      plane.transform(x.real, x.imaginary)
      var rows: Numbers = ([], [])
      for i in 0..<height {
        let range = i * width..<(i + 1) * width
        let row = Self.direct((Array(x.real[range]), Array(x.imaginary[range])))
        rows.real += row.real
        rows.imaginary += row.imaginary
      }
      var expected = rows
      for v in 0..<width {
        let places = (0..<height).map { $0 * width + v }
        let column = Self.direct((places.map { rows.real[$0] }, places.map { rows.imaginary[$0] }))
        for (u, place) in places.enumerated() {
          expected.real[place] = column.real[u]
          expected.imaginary[place] = column.imaginary[u]
        }
      }
      #expect(Self.error(Self.spectrum(plane), expected) < 1e-13, "\(height) x \(width)")
    }
  }

  @Test(arguments: InstructionSet.available)
  func singlePrecisionAgrees(_ set: InstructionSet) {
    for (height, width) in Self.planes {
      let x = Self.numbers(height * width)
      func plane(_ single: Bool, _ isReal: Bool) -> FourierPlane {
        FourierPlane(
          height: height, width: width, isReal: isReal, singlePrecision: single, instructions: set)
      }
      let (wide, narrow) = (plane(false, false), plane(true, false))
      wide.transform(x.real, x.imaginary)
      narrow.transform(x.real.map(Float.init), x.imaginary.map(Float.init))
      #expect(Self.error(Self.spectrum(narrow), Self.spectrum(wide)) < 2e-6)
      let (wideReal, narrowReal) = (plane(false, true), plane(true, true))
      wideReal.transform(x.real)
      narrowReal.transform(x.real.map(Float.init))
      #expect(Self.error(Self.spectrum(narrowReal), Self.spectrum(wideReal)) < 2e-6)
      var back = [Float](repeating: 7, count: x.real.count)
      narrowReal.inverse(into: &back)
      let scaled = back.map { Double($0) / Double(height * width) }
      #expect(Self.error((scaled, []), (x.real, [])) < 2e-6)
    }
  }

  /// Convolutions by transforms are the direct ones, and so are their adjoints.
  @Test(arguments: InstructionSet.available, Boundary.allCases)
  func convolutionsAgreeWithDirectOnes(_ set: InstructionSet, _ boundary: Boundary) {
    for (height, width, rows, columns) in PlaneConvolutionTests.extents {
      let kernel = Self.numbers(rows * columns, seed: 3).real
      let direct = PlaneConvolution(
        height: height, width: width, rows: rows, columns: columns, boundary: boundary,
        singlePrecision: false, instructions: set)
      direct.setKernel(kernel)
      let fourier = FourierConvolution(
        height: height, width: width, rows: rows, columns: columns, kernel: kernel,
        boundary: boundary, singlePrecision: false, instructions: set)
      let x = Self.numbers(height * width).real
      var (y, z) = (x, x)
      direct.apply(x, into: &y)
      fourier.apply(x, into: &z)
      #expect(Self.error((z, []), (y, [])) < 1e-13)
      direct.applyAdjoint(x, into: &y)
      fourier.applyAdjoint(x, into: &z)
      #expect(Self.error((z, []), (y, [])) < 1e-13)
    }
  }
}
