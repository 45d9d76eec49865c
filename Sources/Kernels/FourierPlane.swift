import KernelInterface

/// One worker's two-dimensional transforms of planes of one size, complex or real.
///
/// X[u, v] = Σ exp(−2πi (iu/height + jv/width)) x[i, j], not scaled, so that the inverse of the
/// transform is height · width times the plane. The spectrum is kept transposed, `width` rows of
/// frequencies u: all of them for complex planes, u ≤ height/2 for real ones, whose others are
/// conjugates. So each direction transposes once, between its two passes. A real transform costs about
/// half a complex one: pairs of columns are transformed as one complex column. Any extents; owns its
/// memory and allocates nothing once made.
public final class FourierPlane {
  /// Rows of a plane.
  public let height: Int
  /// Elements of a row.
  public let width: Int
  /// Whether planes are real.
  public let isReal: Bool
  /// Frequencies u in a row of the spectrum.
  public let frequencies: Int
  let size: Int  // of an element
  private let down: FourierColumns  // along columns of the plane
  private let along: FourierColumns  // along its rows
  private let entries: FourierEntries
  private let memory: Memory
  private let pairs: Int  // columns of the first pass
  private let pairPlane: FourierColumns.Plane  // the first pass of a real plane
  private let halfPlane: FourierColumns.Plane  // between the passes
  private let remainder: Memory  // imaginary parts of real results, for odd widths
  private let spectrumMemory: Memory
  /// The spectrum, `width` × `frequencies`.
  let spectrum: FourierColumns.Plane

  /// Elements that whole vectors may reach beyond a row.
  private static let slack = 16

  /// Planes of height × width elements.
  public init(
    height: Int, width: Int, isReal: Bool, singlePrecision: Bool,
    instructions: InstructionSet = .preferred
  ) {
    self.height = height
    self.width = width
    self.isReal = isReal
    frequencies = isReal ? height / 2 + 1 : height
    size = singlePrecision ? 4 : 8
    let table = instructions.table
    entries = singlePrecision ? table.fourier.single : table.fourier.double
    down = FourierColumns(
      FourierPlan(length: height, singlePrecision: singlePrecision),
      singlePrecision: singlePrecision, instructions: instructions)
    along =
      width == height
      ? down
      : FourierColumns(
        FourierPlan(length: width, singlePrecision: singlePrecision),
        singlePrecision: singlePrecision, instructions: instructions)
    pairs = isReal && width % 2 == 0 ? width / 2 : width
    let pairStride = pairs + Self.slack
    let halfStride = width + 2 * Self.slack
    let counts = (isReal ? height * pairStride : 0, frequencies * halfStride)
    memory = Memory(count: 2 * (counts.0 + counts.1), stride: size)
    func plane(_ start: UnsafeMutableRawPointer, _ count: Int, _ stride: Int)
      -> FourierColumns.Plane
    {
      FourierColumns.Plane(real: start, imaginary: start + count * size, stride: stride)
    }
    let size = size
    pairPlane = plane(memory.start, counts.0, pairStride)
    halfPlane = plane(memory.start + 2 * counts.0 * size, counts.1, halfStride)
    remainder = Memory(count: isReal && pairs == width ? height * width : 0, stride: size)
    spectrumMemory = Memory(count: 2 * (width * frequencies + Self.slack), stride: size)
    spectrum = plane(spectrumMemory.start, width * frequencies + Self.slack, frequencies)
  }

  /// Whether pairs of columns are transformed as one.
  private var isPaired: Bool { pairs < width }

  /// spectrum ← transform of a complex plane.
  public func transform(_ real: UnsafeRawPointer, _ imaginary: UnsafeRawPointer) {
    precondition(!isReal, "A transform of real planes.")
    down.run(from: plane(real, imaginary), to: halfPlane, columns: width)
    transformRows()
  }

  /// plane ← height · width times the plane whose spectrum this is.
  public func inverse(
    into real: UnsafeMutableRawPointer, _ imaginary: UnsafeMutableRawPointer
  ) {
    precondition(!isReal, "A transform of real planes.")
    inverseRows()
    let target = FourierColumns.Plane(real: real, imaginary: imaginary, stride: width)
    down.run(from: halfPlane.exchanged, to: target.exchanged, columns: width)
  }

  /// spectrum ← transform of a real plane.
  public func transform(_ plane: UnsafeRawPointer) {
    precondition(isReal, "A transform of complex planes.")
    if isPaired {
      down.run(
        from: self.plane(plane, plane + pairs * size), to: pairPlane, columns: pairs)
      var task = pairTask
      entries.split(&task)
    } else {
      down.run(
        from: self.plane(plane, plane), to: halfPlane, columns: width, isReal: true,
        frequencies: frequencies)
    }
    transformRows()
  }

  /// plane ← height · width times the real plane whose spectrum this is.
  ///
  /// The spectrum must be that of a real plane: where u and −u are one frequency, X[u, −v] is the
  /// conjugate of X[u, v].
  public func inverse(into plane: UnsafeMutableRawPointer) {
    precondition(isReal, "A transform of complex planes.")
    inverseRows()
    if isPaired {
      var task = pairTask
      entries.merge(&task)
      let target = FourierColumns.Plane(
        real: plane, imaginary: plane + pairs * size, stride: width)
      down.run(from: pairPlane.exchanged, to: target.exchanged, columns: pairs)
    } else {
      completeColumns()
      // The imaginary part is rounding; it goes where nothing is needed any more.
      let target = FourierColumns.Plane(real: plane, imaginary: remainder.start, stride: width)
      down.run(from: pairPlane.exchanged, to: target.exchanged, columns: width)
    }
  }

  /// X[u, v] of the last transform, for u < `frequencies`.
  public func value(_ u: Int, _ v: Int) -> (real: Double, imaginary: Double) {
    let place = v * frequencies + u
    if size == 4 {
      return (
        Double(spectrum.real.assumingMemoryBound(to: Float.self)[place]),
        Double(spectrum.imaginary.assumingMemoryBound(to: Float.self)[place])
      )
    }
    return (
      spectrum.real.assumingMemoryBound(to: Double.self)[place],
      spectrum.imaginary.assumingMemoryBound(to: Double.self)[place]
    )
  }

  /// spectrum ← spectrum · symbol, or times its conjugate; the symbol lies as the spectrum does.
  func multiply(_ symbol: FourierColumns.Plane, isConjugate: Bool = false) {
    var task = FourierProduct(
      rows: 1, columns: width * frequencies, real: spectrum.real, imaginary: spectrum.imaginary,
      stride: width * frequencies, factorReal: symbol.real, factorImaginary: symbol.imaginary,
      isConjugate: isConjugate)
    entries.product(&task)
  }

  // MARK: Passes

  private func transformRows() {
    along.run(from: halfPlane, to: spectrum, columns: frequencies, transposesSource: true)
  }

  private func inverseRows() {
    along.run(
      from: spectrum.exchanged, to: halfPlane.exchanged, columns: frequencies,
      transposesTarget: true)
  }

  private var pairTask: FourierPairs {
    FourierPairs(
      rows: height, pairs: pairs, pairReal: pairPlane.real, pairImaginary: pairPlane.imaginary,
      pairStride: pairPlane.stride, halfReal: halfPlane.real,
      halfImaginary: halfPlane.imaginary, halfStride: halfPlane.stride)
  }

  private func plane(_ real: UnsafeRawPointer, _ imaginary: UnsafeRawPointer)
    -> FourierColumns.Plane
  {
    FourierColumns.Plane(
      real: UnsafeMutableRawPointer(mutating: real),
      imaginary: UnsafeMutableRawPointer(mutating: imaginary), stride: width)
  }

  /// All frequencies of real columns from the first half, for odd widths.
  private func completeColumns() {
    if size == 4 { completeColumns(Float.self) } else { completeColumns(Double.self) }
  }

  private func completeColumns<Element: BinaryFloatingPoint>(_ type: Element.Type) {
    let (real, imaginary) = (
      pairPlane.real.assumingMemoryBound(to: type),
      pairPlane.imaginary.assumingMemoryBound(to: type)
    )
    let (halfReal, halfImaginary) = (
      halfPlane.real.assumingMemoryBound(to: type),
      halfPlane.imaginary.assumingMemoryBound(to: type)
    )
    for u in 0..<height {
      let isFirst = u < frequencies
      let row = (isFirst ? u : height - u) * halfPlane.stride
      let sign: Element = u == 0 || 2 * u == height ? 0 : (isFirst ? 1 : -1)
      for c in 0..<width {
        real[u * pairPlane.stride + c] = halfReal[row + c]
        imaginary[u * pairPlane.stride + c] = sign * halfImaginary[row + c]
      }
    }
  }
}
