import Imaging
import Kernels
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct ForwardOperatorTests {
  @Test(arguments: OperatorCatalogue.cases)
  func lawsHold(_ example: OperatorCase) throws {
    try checkLaws(of: example.forward, on: example.shape)
  }

  /// The bound of the norm is a bound, and power iteration comes near it.
  @Test(arguments: OperatorCatalogue.cases)
  func normIsNearlyAttained(_ example: OperatorCase) throws {
    let prepared = try example.forward.prepared(for: example.shape, .float64)
    let application = prepared.application(workers: 1)
    var random = RandomSource(seed: 11)
    var x = Tensor(normal: example.shape, from: &random)
    var product = x
    var size = 0.0
    for _ in 0..<200 {
      x.scale(by: 1 / max(x.norm, 1e-300))
      application.applyNormal(x, into: &product)
      size = product.norm.squareRoot()
      swap(&x, &product)
    }
    #expect(size <= prepared.normBound * (1 + 1e-12))
    #expect(size >= example.tightness * prepared.normBound, "\(size / prepared.normBound)")
  }

  /// Float32 gives the same up to its rounding, with a bound that holds for it.
  @Test(arguments: OperatorCatalogue.cases)
  func singlePrecisionAgrees(_ example: OperatorCase) throws {
    let double = try example.forward.prepared(for: example.shape, .float64)
    let single = try example.forward.prepared(for: example.shape, .float32)
    var random = RandomSource(seed: 12)
    let x = Tensor(normal: example.shape, from: &random)
    let y = Tensor(normal: double.codomain, from: &random)
    let image = single.apply(x.converted(to: .float32)).converted(to: .float64)
    let scale = double.normBound
    #expect(
      image.squaredDistance(to: double.apply(x)).squareRoot() <= 2e-6 * scale * x.norm)
    let adjoint = single.applyAdjoint(y.converted(to: .float32)).converted(to: .float64)
    #expect(
      adjoint.squaredDistance(to: double.applyAdjoint(y)).squareRoot() <= 2e-6 * scale * y.norm)
    #expect(abs(single.normBound - double.normBound) <= 1e-5 * scale)
  }

  /// y = A x is met by A⁺ y again; filtered back projection is no pseudoinverse, but stands in its place.
  @Test(arguments: OperatorCatalogue.cases.filter { !($0.forward is RadonOperator) })
  func pseudoInverseFits(_ example: OperatorCase) throws {
    let prepared = try example.forward.prepared(for: example.shape, .float64)
    var random = RandomSource(seed: 13)
    let y = prepared.apply(Tensor(normal: example.shape, from: &random))
    guard let image = prepared.pseudoInverse(of: y) else { return }
    let error = prepared.apply(image).squaredDistance(to: y).squareRoot()
    #expect(error <= 1e-12 * y.norm + 1e-300)
  }
}

@Suite struct BlurOperatorTests {
  /// The sum that defines the blur.
  private static func naive(_ x: Tensor, _ kernel: Tensor, _ boundary: Boundary) -> [Double] {
    let (height, width) = (x.shape[1], x.shape[2])
    let (rows, columns) = (kernel.shape[0], kernel.shape[1])
    return (0..<x.count).map { position in
      let (channel, pixel) = (position / (height * width), position % (height * width))
      var sum = 0.0
      for a in 0..<rows {
        for b in 0..<columns {
          guard
            let i = boundary.source(of: pixel / width + rows / 2 - a, extent: height),
            let j = boundary.source(of: pixel % width + columns / 2 - b, extent: width)
          else { continue }
          sum += kernel[flat: a * columns + b] * x[flat: (channel * height + i) * width + j]
        }
      }
      return sum
    }
  }

  @Test(arguments: Boundary.allCases, OperatorCatalogue.shapes)
  func convolves(_ boundary: Boundary, _ shape: Shape) throws {
    var random = RandomSource(seed: 14)
    let x = Tensor(normal: shape, from: &random)
    for extents in [[1, 1], [3, 3], [2, 5], [6, 1], [9, 9], [13, 4], [25, 31]] as [Shape] {
      let kernel = Tensor(normal: extents, from: &random)
      let forward = try BlurOperator(kernel: kernel, boundary: boundary)
      let blurred = try forward.prepared(for: shape, .float64).apply(x)
      #expect(
        relativeError(blurred.elements, Self.naive(x, kernel, boundary)) < 1e-13, "\(extents)")
    }
  }

  /// By rows and columns, as by its matrix.
  @Test(arguments: Boundary.allCases)
  func normalDensityIsItsMatrix(_ boundary: Boundary) throws {
    var random = RandomSource(seed: 15)
    let x = Tensor(normal: [3, 20, 17], from: &random)
    let sigma = 1.3
    let factor = (-6...6).map { exp(-0.5 * Double($0 * $0) / (sigma * sigma)) }
    let sum = factor.reduce(0, +)
    let kernel = Tensor(
      factor.flatMap { a in factor.map { a * $0 / (sum * sum) } }, shape: [13, 13])
    let blurred = try BlurOperator(sigma: sigma, boundary: boundary).prepared(
      for: x.shape, .float64
    ).apply(x)
    #expect(relativeError(blurred.elements, Self.naive(x, kernel, boundary)) < 1e-13)
  }

  /// The singular values of a periodic blur are its Fourier transform: both bounds are met.
  @Test func boundsOfPeriodicBlursAreExact() throws {
    let kernel = Tensor([0, 0.1, 0, 0.2, 0.6, 0.1, 0, 0, 0], shape: [3, 3])
    let prepared = try BlurOperator(kernel: kernel, boundary: .periodic).prepared(
      for: [1, 6, 6], .float64)
    let matrix = DenseMatrix(rows: 36, columns: 36) { i, j in
      var unit = Tensor(zeros: [1, 6, 6])
      unit[flat: j] = 1
      return prepared.apply(prepared.apply(unit)).count == 36 ? prepared.apply(unit)[flat: i] : 0
    }
    let (least, largest) = (matrix.transposed * matrix).extremeEigenvalues
    #expect(relativeError(prepared.normBound * prepared.normBound, largest) < 1e-9)
    #expect(relativeError(prepared.normalLowerBound, least) < 1e-9)
  }
}

@Suite struct MaskOperatorTests {
  @Test func keepsTheShareInAllChannels() throws {
    let prepared = try MaskOperator(keep: 0.3, seed: 5).prepared(for: [3, 128, 80], .float64)
    let mask = prepared.apply(Tensor(repeating: 1, shape: [3, 128, 80]))
    let elements = mask.elements
    #expect(elements.allSatisfy { $0 == 0 || $0 == 1 })
    #expect(abs(elements.reduce(0, +) / Double(elements.count) - 0.3) < 0.02)
    let plane = 128 * 80
    #expect((0..<plane).allSatisfy { elements[$0] == elements[$0 + 2 * plane] })
  }

  @Test func seedsTellMasksApart() throws {
    let ones = Tensor(repeating: 1, shape: [1, 32, 32])
    func mask(_ seed: Int) throws -> [Double] {
      try MaskOperator(keep: 0.5, seed: seed).prepared(for: ones.shape, .float64).apply(ones)
        .elements
    }
    #expect(try mask(1) == mask(1))
    #expect(try mask(1) != mask(2))
  }
}
