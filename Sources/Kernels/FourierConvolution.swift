/// One worker's convolution of real planes of one size with one kernel, by Fourier transforms, and its
/// adjoint; agrees with `PlaneConvolution` up to rounding.
///
/// The plane is continued by the boundary's rule and followed by zeros up to a convenient size, where
/// the circular convolution does not wrap into the result. Costs two real transforms of that size,
/// whatever the kernel. Owns its memory and allocates nothing once made.
public final class FourierConvolution {
  private let height: Int
  private let width: Int
  private let rows: Int
  private let columns: Int
  private let boundary: Boundary
  private let isSingle: Bool
  private let transform: FourierPlane
  private let symbolMemory: Memory
  private let symbol: FourierColumns.Plane
  private let canvas: Memory  // of the transform's size

  /// Planes of height × width and a kernel of rows × columns.
  public init(
    height: Int, width: Int, rows: Int, columns: Int, kernel: [Double], boundary: Boundary,
    singlePrecision: Bool, instructions: InstructionSet = .preferred
  ) {
    precondition(kernel.count == rows * columns, "The kernel has rows × columns entries.")
    self.height = height
    self.width = width
    self.rows = rows
    self.columns = columns
    self.boundary = boundary
    isSingle = singlePrecision
    let size = Self.size(height: height, width: width, rows: rows, columns: columns)
    func plane(_ singlePrecision: Bool) -> FourierPlane {
      FourierPlane(
        height: size.height, width: size.width, isReal: true, singlePrecision: singlePrecision,
        instructions: instructions)
    }
    transform = plane(singlePrecision)
    canvas = Memory(count: size.height * size.width, stride: singlePrecision ? 4 : 8)
    (symbolMemory, symbol) = Self.symbol(
      kernel, rows, columns, plane(false), singlePrecision: singlePrecision)
  }

  /// Extents of the transforms: even widths without large prime factors.
  static func size(height: Int, width: Int, rows: Int, columns: Int) -> (height: Int, width: Int) {
    (
      FourierPlan.smoothLength(atLeast: height + rows - 1),
      2 * FourierPlan.smoothLength(atLeast: (width + columns) / 2)
    )
  }

  /// Operations of a convolution, roughly.
  public static func operations(height: Int, width: Int, rows: Int, columns: Int) -> Double {
    let size = size(height: height, width: width, rows: rows, columns: columns)
    let count = Double(size.height * size.width)
    var bits = 0.0
    while Double(1 << Int(bits)) < count { bits += 1 }
    return 5 * count * bits
  }

  /// The kernel's transform, divided by the number of elements, computed in Float64.
  private static func symbol(
    _ kernel: [Double], _ rows: Int, _ columns: Int, _ transform: FourierPlane,
    singlePrecision: Bool
  ) -> (Memory, FourierColumns.Plane) {
    let canvas = Memory(count: transform.height * transform.width, stride: 8)
    let scale = 1 / Double(transform.height * transform.width)
    for a in 0..<rows {
      for b in 0..<columns {
        canvas.doubles[a * transform.width + b] = scale * kernel[a * columns + b]
      }
    }
    transform.transform(UnsafeRawPointer(canvas.start))
    let count = transform.width * transform.frequencies
    // Whole vectors are read.
    let (memory, stride) = (
      Memory(count: 2 * (count + 16), stride: singlePrecision ? 4 : 8), singlePrecision ? 4 : 8
    )
    let real = transform.spectrum.real.assumingMemoryBound(to: Double.self)
    let imaginary = transform.spectrum.imaginary.assumingMemoryBound(to: Double.self)
    for i in 0..<count {
      memory.set(i, real[i], singlePrecision)
      memory.set(count + 16 + i, imaginary[i], singlePrecision)
    }
    let plane = FourierColumns.Plane(
      real: memory.start, imaginary: memory.start + (count + 16) * stride,
      stride: transform.frequencies)
    return (memory, plane)
  }

  /// y ← k * x.
  public func apply(_ x: UnsafeRawPointer, into y: UnsafeMutableRawPointer) {
    if isSingle { apply(x, y, Float.self) } else { apply(x, y, Double.self) }
  }

  /// x ← the adjoint of `apply`, of y.
  public func applyAdjoint(_ y: UnsafeRawPointer, into x: UnsafeMutableRawPointer) {
    if isSingle { applyAdjoint(y, x, Float.self) } else { applyAdjoint(y, x, Double.self) }
  }

  /// What the plane is continued by above and to the left.
  private var top: Int { rows - 1 - rows / 2 }
  private var left: Int { columns - 1 - columns / 2 }

  private func apply<Element: BinaryFloatingPoint>(
    _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _ type: Element.Type
  ) {
    let (x, y) = (x.assumingMemoryBound(to: type), y.assumingMemoryBound(to: type))
    let canvas = canvas.start.assumingMemoryBound(to: type)
    let stride = transform.width
    canvas.update(repeating: 0, count: transform.height * stride)
    for i in 0..<height + rows - 1 {
      guard let row = boundary.source(of: i - top, extent: height) else { continue }
      let (from, to) = (x + row * width, canvas + i * stride)
      (to + left).update(from: from, count: width)
      if boundary == .zero { continue }
      for j in 0..<left { to[j] = from[source(j - left)] }
      for j in left + width..<width + columns - 1 { to[j] = from[source(j - left)] }
    }
    convolve(isConjugate: false)
    // (k * x)[i, j] is met at row i + rows − 1 of the full convolution with x continued.
    for i in 0..<height {
      (y + i * width).update(
        from: canvas + (i + rows - 1) * stride + columns - 1, count: width)
    }
  }

  private func applyAdjoint<Element: BinaryFloatingPoint>(
    _ y: UnsafeRawPointer, _ x: UnsafeMutableRawPointer, _ type: Element.Type
  ) {
    let (y, x) = (y.assumingMemoryBound(to: type), x.assumingMemoryBound(to: type))
    let canvas = canvas.start.assumingMemoryBound(to: type)
    let stride = transform.width
    canvas.update(repeating: 0, count: transform.height * stride)
    for i in 0..<height {
      (canvas + (i + rows - 1) * stride + columns - 1).update(from: y + i * width, count: width)
    }
    convolve(isConjugate: true)
    x.update(repeating: 0, count: height * width)
    for i in 0..<height + rows - 1 {
      guard let row = boundary.source(of: i - top, extent: height) else { continue }
      let (from, to) = (canvas + i * stride, x + row * width)
      for j in 0..<width { to[j] += from[left + j] }
      if boundary == .zero { continue }
      for j in 0..<left { to[source(j - left)] += from[j] }
      for j in left + width..<width + columns - 1 { to[source(j - left)] += from[j] }
    }
  }

  private func source(_ column: Int) -> Int { boundary.source(of: column, extent: width) ?? 0 }

  private func convolve(isConjugate: Bool) {
    transform.transform(UnsafeRawPointer(canvas.start))
    transform.multiply(symbol, isConjugate: isConjugate)
    transform.inverse(into: canvas.start)
  }
}
