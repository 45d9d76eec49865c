import Bilevel
import Imaging
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct FourierOperatorTests {
  /// The unitary transform, by its sum, on a small image.
  @Test func transformsAreTheSum() throws {
    let (height, width) = (5, 6)
    var random = RandomSource(seed: 1)
    let x = Tensor(normal: [1, height, width], from: &random)
    let y = try FourierOperator().prepared(for: x.shape, .float64).apply(x).elements
    var (real, imaginary): ([Double], [Double]) = ([], [])
    for u in 0..<height {
      for v in 0..<width {
        var (a, b) = (0.0, 0.0)
        for place in 0..<height * width {
          let turn =
            Double(u * (place / width)) / Double(height)
            + Double(v * (place % width)) / Double(width)
          a += x[flat: place] * cos(2 * .pi * turn)
          b -= x[flat: place] * sin(2 * .pi * turn)
        }
        real.append(a / Double(height * width).squareRoot())
        imaginary.append(b / Double(height * width).squareRoot())
      }
    }
    #expect(relativeError(y, real + imaginary) < 1e-13)
  }

  /// Norm and lower bound are the extreme eigenvalues of A*A.
  @Test func boundsAreExact() throws {
    var random = RandomSource(seed: 2)
    let mask = Tensor(normal: [6, 5], from: &random)
    let prepared = try FourierOperator(mask: mask).prepared(for: [1, 6, 5], .float64)
    let matrix = DenseMatrix(of: Normal(prepared), [1, 6, 5], .float64)
    let (least, largest) = matrix.extremeEigenvalues
    #expect(relativeError(prepared.normBound * prepared.normBound, largest) < 1e-9)
    #expect(abs(prepared.normalLowerBound - least) < 1e-9 * largest)
  }

  @Test func patternsKeepTheirShare() throws {
    for (pattern, tolerance) in [
      (SamplingPattern.cartesian, 1e-12), (.variableDensity, 1e-12), (.radial, 0.07),
    ] {
      let mask = try FourierOperator(pattern: pattern, acceleration: 4, seed: 3)
        .mask(height: 64, width: 96)
      let elements = mask.elements
      #expect(elements.allSatisfy { $0 == 0 || $0 == 1 })
      #expect(elements[0] == 1, "the zero frequency is measured")
      let share = elements.reduce(0, +) / Double(elements.count)
      #expect(abs(share - 0.25) <= tolerance, "\(pattern): \(share)")
    }
    let cartesian = try FourierOperator(pattern: .cartesian, seed: 3).mask(height: 32, width: 8)
    for row in 0..<32 {
      #expect((0..<8).allSatisfy { cartesian[flat: 8 * row + $0] == cartesian[flat: 8 * row] })
    }
  }

  private final class Normal: SymmetricOperator {
    private let application: any OperatorApplication
    init(_ prepared: any PreparedOperator) { application = prepared.application(workers: 1) }
    func apply(_ v: Tensor, into product: inout Tensor) {
      application.applyNormal(v, into: &product)
    }
  }
}
