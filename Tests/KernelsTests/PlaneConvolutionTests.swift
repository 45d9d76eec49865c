import Kernels
import Testing

/// Every instruction set, element type and boundary against the sums that define them.
@Suite struct PlaneConvolutionTests {
  static let extents = [
    (1, 1, 1, 1), (7, 70, 3, 3), (9, 33, 5, 4), (4, 5, 9, 12), (18, 141, 7, 19),
  ]

  private static func numbers(_ count: Int, _ seed: Int) -> [Double] {
    (0..<count).map { Double(($0 * 7919 + seed * 104_729) % 1009) / 504.5 - 1 }
  }

  @Test(arguments: InstructionSet.available, Boundary.allCases)
  func agreesWithTheSum(_ set: InstructionSet, _ boundary: Boundary) {
    for (height, width, rows, columns) in Self.extents {
      let workspace = PlaneConvolution(
        height: height, width: width, rows: rows, columns: columns, boundary: boundary,
        singlePrecision: false, instructions: set)
      let x = Self.numbers(height * width, 1)
      let kernel = Self.numbers(rows * columns, 2)
      let w = Self.numbers(height * width, 3)
      workspace.setKernel(kernel)
      var y = [Double](repeating: 7, count: height * width)
      var adjoint = y
      var derivative = [Double](repeating: 1, count: rows * columns)
      workspace.apply(x, into: &y)
      workspace.applyAdjoint(w, into: &adjoint)
      workspace.addDerivative(x, w, to: &derivative)

      var expected = [Double](repeating: 0, count: height * width)
      var expectedAdjoint = expected
      var expectedDerivative = [Double](repeating: 1, count: rows * columns)
      for i in 0..<height {
        for j in 0..<width {
          for a in 0..<rows {
            for b in 0..<columns {
              guard let p = boundary.source(of: i + rows / 2 - a, extent: height),
                let q = boundary.source(of: j + columns / 2 - b, extent: width)
              else { continue }
              expected[i * width + j] += kernel[a * columns + b] * x[p * width + q]
              expectedAdjoint[p * width + q] += kernel[a * columns + b] * w[i * width + j]
              expectedDerivative[a * columns + b] += x[p * width + q] * w[i * width + j]
            }
          }
        }
      }
      #expect(Self.error(y, expected) < 1e-13)
      #expect(Self.error(adjoint, expectedAdjoint) < 1e-13)
      #expect(Self.error(derivative, expectedDerivative) < 1e-13)
    }
  }

  @Test(arguments: InstructionSet.available, Boundary.allCases)
  func singlePrecisionAgrees(_ set: InstructionSet, _ boundary: Boundary) {
    let (height, width, rows, columns) = (19, 57, 5, 7)
    func results(_ single: Bool) -> [[Double]] {
      let workspace = PlaneConvolution(
        height: height, width: width, rows: rows, columns: columns, boundary: boundary,
        singlePrecision: single, instructions: set)
      workspace.setKernel(Self.numbers(rows * columns, 2))
      let (x, w) = (Self.numbers(height * width, 1), Self.numbers(height * width, 3))
      var derivative = [Double](repeating: 0, count: rows * columns)
      if single {
        var (y, adjoint) = (
          [Float](repeating: 0, count: x.count), [Float](repeating: 0, count: x.count)
        )
        workspace.apply(x.map(Float.init), into: &y)
        workspace.applyAdjoint(w.map(Float.init), into: &adjoint)
        workspace.addDerivative(x.map(Float.init), w.map(Float.init), to: &derivative)
        return [y.map(Double.init), adjoint.map(Double.init), derivative]
      }
      var (y, adjoint) = (
        [Double](repeating: 0, count: x.count), [Double](repeating: 0, count: x.count)
      )
      workspace.apply(x, into: &y)
      workspace.applyAdjoint(w, into: &adjoint)
      workspace.addDerivative(x, w, to: &derivative)
      return [y, adjoint, derivative]
    }
    for (narrow, wide) in zip(results(true), results(false)) {
      #expect(Self.error(narrow, wide) < 2e-6)
    }
  }

  private static func error(_ a: [Double], _ b: [Double]) -> Double {
    let difference = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let size = b.reduce(0) { $0 + $1 * $1 }
    return (difference / max(size, 1e-300)).squareRoot()
  }
}
