import KernelInterface

/// One worker's weighted samples of the Fourier transform of real planes, y = m ⊙ F x with the unitary F,
/// the adjoint, and what follows from both.
///
/// y has real and imaginary parts of their own, {height, width} each, zero frequency first. All passes
/// use real transforms. Owns its memory and allocates nothing once made.
public final class FourierSampling {
  private let height: Int
  private let width: Int
  private let isSingle: Bool
  private let transform: FourierPlane
  private let entries: FourierEntries
  private let weights: Memory  // m/√(height · width)
  private let normal: Memory  // of A*A, as the spectrum lies
  private let inverse: Memory  // of its pseudoinverse, relative to A*
  private let canvas: Memory  // real and imaginary part of half a plane

  /// Planes of height × width elements with so many weights m.
  public init(
    height: Int, width: Int, weights: [Double], singlePrecision: Bool,
    instructions: InstructionSet = .preferred
  ) {
    precondition(weights.count == height * width, "Every frequency has a weight.")
    self.height = height
    self.width = width
    isSingle = singlePrecision
    let table = instructions.table
    entries = singlePrecision ? table.fourier.single : table.fourier.double
    transform = FourierPlane(
      height: height, width: width, isReal: true, singlePrecision: singlePrecision,
      instructions: instructions)
    let (count, size) = (height * width, singlePrecision ? 4 : 8)
    let half = width * transform.frequencies
    self.weights = Memory(count: count, stride: size)
    normal = Memory(count: half, stride: size)
    inverse = Memory(count: half, stride: size)
    canvas = Memory(count: 2 * half, stride: size)
    let symmetric = Self.symmetricSquares(weights, height: height, width: width)
    let scale = 1 / Double(count).squareRoot()
    for i in 0..<count { self.weights.set(i, scale * weights[i], singlePrecision) }
    for v in 0..<width {
      for u in 0..<transform.frequencies {
        let (place, square) = (v * transform.frequencies + u, symmetric[u * width + v])
        normal.set(place, square / Double(count), singlePrecision)
        inverse.set(place, square > 0 ? 1 / square : 0, singlePrecision)
      }
    }
  }

  /// (m(k)² + m(−k)²)/2: the eigenvalues of A*A on real planes.
  public static func symmetricSquares(_ weights: [Double], height: Int, width: Int) -> [Double] {
    (0..<height * width).map { i in
      let (u, v) = (i / width, i % width)
      let mirror = (height - u) % height * width + (width - v) % width
      return 0.5 * (weights[i] * weights[i] + weights[mirror] * weights[mirror])
    }
  }

  /// y ← m ⊙ F x.
  public func apply(
    _ x: UnsafeRawPointer, into real: UnsafeMutableRawPointer,
    _ imaginary: UnsafeMutableRawPointer
  ) {
    transform.transform(x)
    transpose(
      rows: width, columns: transform.frequencies, transform.spectrum.real, to: real)
    transpose(
      rows: width, columns: transform.frequencies, transform.spectrum.imaginary, to: imaginary)
    if isSingle {
      complete(real, imaginary, Float.self)
    } else {
      complete(real, imaginary, Double.self)
    }
  }

  /// x ← the real part of F*(m ⊙ y).
  public func applyAdjoint(
    _ real: UnsafeRawPointer, _ imaginary: UnsafeRawPointer, into x: UnsafeMutableRawPointer
  ) {
    setSpectrum(real, imaginary)
    transform.inverse(into: x)
  }

  /// x ← A⁺y: the adjoint, divided by the eigenvalues of A*A that are not 0.
  public func applyPseudoInverse(
    _ real: UnsafeRawPointer, _ imaginary: UnsafeRawPointer, into x: UnsafeMutableRawPointer
  ) {
    setSpectrum(real, imaginary)
    scaleSpectrum(inverse)
    transform.inverse(into: x)
  }

  /// product ← A*A x.
  public func applyNormal(_ x: UnsafeRawPointer, into product: UnsafeMutableRawPointer) {
    transform.transform(x)
    scaleSpectrum(normal)
    transform.inverse(into: product)
  }

  private func setSpectrum(_ real: UnsafeRawPointer, _ imaginary: UnsafeRawPointer) {
    if isSingle {
      halve(real, imaginary, Float.self)
    } else {
      halve(real, imaginary, Double.self)
    }
    let half = width * transform.frequencies * (isSingle ? 4 : 8)
    transpose(
      rows: transform.frequencies, columns: width, canvas.start, to: transform.spectrum.real)
    transpose(
      rows: transform.frequencies, columns: width, canvas.start + half,
      to: transform.spectrum.imaginary)
  }

  private func transpose(
    rows: Int, columns: Int, _ source: UnsafeMutableRawPointer,
    to target: UnsafeMutableRawPointer
  ) {
    var task = FourierTransposition(
      rows: rows, columns: columns, source: source, sourceStride: columns, target: target,
      targetStride: rows)
    entries.transpose(&task)
  }

  private func scaleSpectrum(_ factors: Memory) {
    if isSingle { scaleSpectrum(factors, Float.self) } else { scaleSpectrum(factors, Double.self) }
  }

  private func scaleSpectrum<Element: BinaryFloatingPoint>(_ factors: Memory, _ type: Element.Type)
  {
    let factors = factors.start.assumingMemoryBound(to: type)
    let real = transform.spectrum.real.assumingMemoryBound(to: type)
    let imaginary = transform.spectrum.imaginary.assumingMemoryBound(to: type)
    for i in 0..<width * transform.frequencies {
      real[i] *= factors[i]
      imaginary[i] *= factors[i]
    }
  }

  /// The other half of the frequencies, and all times the weights.
  private func complete<Element: BinaryFloatingPoint>(
    _ real: UnsafeMutableRawPointer, _ imaginary: UnsafeMutableRawPointer, _ type: Element.Type
  ) {
    let (real, imaginary) = (
      real.assumingMemoryBound(to: type), imaginary.assumingMemoryBound(to: type)
    )
    let weights = weights.start.assumingMemoryBound(to: type)
    for u in transform.frequencies..<max(height, transform.frequencies) {
      let (row, mirror) = (u * width, (height - u) * width)
      real[row] = real[mirror]
      imaginary[row] = -imaginary[mirror]
      for v in 1..<max(width, 1) {
        real[row + v] = real[mirror + width - v]
        imaginary[row + v] = -imaginary[mirror + width - v]
      }
    }
    for i in 0..<height * width {
      real[i] *= weights[i]
      imaginary[i] *= weights[i]
    }
  }

  /// canvas ← (z(k) + z̄(−k))/2 of z = m ⊙ y, for the first half of the frequencies.
  private func halve<Element: BinaryFloatingPoint>(
    _ real: UnsafeRawPointer, _ imaginary: UnsafeRawPointer, _ type: Element.Type
  ) {
    let (real, imaginary) = (
      real.assumingMemoryBound(to: type), imaginary.assumingMemoryBound(to: type)
    )
    let weights = weights.start.assumingMemoryBound(to: type)
    let first = canvas.start.assumingMemoryBound(to: type)
    let second = first + width * transform.frequencies
    for u in 0..<transform.frequencies {
      let (row, mirror) = (u * width, (u == 0 ? 0 : height - u) * width)
      for v in 0..<width {
        let (near, far) = (row + v, mirror + (v == 0 ? 0 : width - v))
        let (p, q) = (weights[near], weights[far])
        first[near] = 0.5 * (p * real[near] + q * real[far])
        second[near] = 0.5 * (p * imaginary[near] - q * imaginary[far])
      }
    }
  }
}
