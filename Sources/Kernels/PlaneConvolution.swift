import KernelInterface

/// One worker's convolution of planes of one size with kernels of one size, its adjoint, and its
/// derivative by the kernel.
///
/// y[i, j] = Σ_{a,b} k[a, b] x[i + c − a, j + d − b] with the centre (c, d) = (rows/2, columns/2) and x
/// continued by the boundary's rule; y has the size of x. Kernels may be larger than the planes. Two
/// operations per tap and pixel. Owns its memory and allocates nothing once made.
public final class PlaneConvolution {
  private let height: Int
  private let width: Int
  private let rows: Int
  private let columns: Int
  private let boundary: Boundary
  private let isSingle: Bool
  private let entries: CorrelationEntries
  private let extended: Memory  // x continued by the boundary's rule
  private let framed: Memory  // y with zeros around it
  private let folding: Memory  // the adjoint before it is folded back
  private let packed: Memory  // the kernel, and after it the kernel turned round
  private let turned: Memory  // a derivative in reverse
  private let scratch: Memory

  /// Planes of height × width and kernels of rows × columns.
  public init(
    height: Int, width: Int, rows: Int, columns: Int, boundary: Boundary, singlePrecision: Bool,
    instructions: InstructionSet = .preferred
  ) {
    precondition(height > 0 && width > 0 && rows > 0 && columns > 0, "Extents are positive.")
    self.height = height
    self.width = width
    self.rows = rows
    self.columns = columns
    self.boundary = boundary
    isSingle = singlePrecision
    entries = instructions.table.correlation
    let stride = singlePrecision ? 4 : 8
    let (tall, wide) = (height + rows - 1, width + columns - 1)
    extended = Memory(count: tall * wide + Self.slack, stride: stride)
    framed = Memory(
      count: (height + 2 * rows - 2) * (width + 2 * columns - 2) + Self.slack, stride: stride)
    folding = Memory(count: boundary == .zero ? 0 : tall * wide, stride: stride)
    packed = Memory(count: 2 * rows * columns, stride: stride)
    turned = Memory(count: rows * columns, stride: 8)
    scratch = Memory(count: 1, stride: 64)
  }

  /// Elements after the last row that a tile may read.
  private static let slack = 64

  /// Elements from one row of x, continued, to the next.
  private var wide: Int { width + columns - 1 }
  private var tall: Int { height + rows - 1 }
  /// Rows and columns that x is continued by above and to the left.
  private var top: Int { rows - 1 - rows / 2 }
  private var left: Int { columns - 1 - columns / 2 }

  /// Takes the kernel, the first rows × columns of the numbers.
  public func setKernel(_ kernel: [Double]) {
    precondition(kernel.count >= rows * columns, "The kernel has rows × columns entries.")
    let count = rows * columns
    for i in 0..<count {
      let value = kernel[i]
      if isSingle {
        let all = packed.start.assumingMemoryBound(to: Float.self)
        all[i] = Float(value)
        all[2 * count - 1 - i] = Float(value)
      } else {
        packed.doubles[i] = value
        packed.doubles[2 * count - 1 - i] = value
      }
    }
  }

  /// y ← k * x.
  public func apply(_ x: UnsafeRawPointer, into y: UnsafeMutableRawPointer) {
    extend(x)
    var task = task(height, width, extended, wide, turned: true)
    task.result = y
    task.resultStride = width
    (isSingle ? entries.single : entries.double)(&task)
  }

  /// x ← the adjoint of `apply`, of y.
  public func applyAdjoint(_ y: UnsafeRawPointer, into x: UnsafeMutableRawPointer) {
    frame(y)
    let stride = width + 2 * columns - 2
    let folds = boundary != .zero
    var task = task(
      folds ? tall : height, folds ? wide : width, framed, stride, turned: false)
    if !folds { task.plane += (top * stride + left) * elementStride }
    task.result = folds ? folding.start : x
    task.resultStride = folds ? wide : width
    (isSingle ? entries.single : entries.double)(&task)
    if folds { fold(into: x) }
  }

  /// derivative[a, b] ← derivative[a, b] + factor ∂⟨k * x, y⟩/∂k[a, b].
  public func addDerivative(
    _ x: UnsafeRawPointer, _ y: UnsafeRawPointer, times factor: Double = 1,
    to derivative: UnsafeMutablePointer<Double>
  ) {
    extend(x)
    // As a correlation has its taps in reverse, so has its derivative.
    let count = rows * columns
    turned.doubles.update(repeating: 0, count: count)
    var task = task(height, width, extended, wide, turned: true)
    task.result = UnsafeMutableRawPointer(mutating: y)
    task.resultStride = width
    task.derivative = turned.doubles
    (isSingle ? entries.derivativeSingle : entries.derivativeDouble)(&task)
    for i in 0..<count { derivative[i] += factor * turned.doubles[count - 1 - i] }
  }

  private var elementStride: Int { isSingle ? 4 : 8 }

  private func task(
    _ height: Int, _ width: Int, _ plane: Memory, _ stride: Int, turned: Bool
  ) -> CorrelationTask {
    CorrelationTask(
      height: height, width: width, rows: rows, columns: columns, plane: plane.start,
      planeStride: stride, kernel: packed.start + (turned ? rows * columns * elementStride : 0),
      result: scratch.start, resultStride: width, scratch: scratch.start,
      derivative: scratch.doubles)
  }
}

/// How planes are continued, and folded back.
extension PlaneConvolution {
  private func extend(_ x: UnsafeRawPointer) {
    if isSingle {
      extend(
        x.assumingMemoryBound(to: Float.self), extended.start.assumingMemoryBound(to: Float.self))
    } else {
      extend(x.assumingMemoryBound(to: Double.self), extended.doubles)
    }
  }

  private func frame(_ y: UnsafeRawPointer) {
    if isSingle {
      frame(y.assumingMemoryBound(to: Float.self), framed.start.assumingMemoryBound(to: Float.self))
    } else {
      frame(y.assumingMemoryBound(to: Double.self), framed.doubles)
    }
  }

  private func fold(into x: UnsafeMutableRawPointer) {
    if isSingle {
      fold(folding.start.assumingMemoryBound(to: Float.self), x.assumingMemoryBound(to: Float.self))
    } else {
      fold(folding.doubles, x.assumingMemoryBound(to: Double.self))
    }
  }

  private func extend<Element: BinaryFloatingPoint>(
    _ x: UnsafePointer<Element>, _ target: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<tall {
      // Outside of a zero boundary stays what it was made: zero.
      guard let row = boundary.source(of: i - top, extent: height) else { continue }
      let (from, to) = (x + row * width, target + i * wide)
      (to + left).update(from: from, count: width)
      if boundary == .zero { continue }
      for j in 0..<left { to[j] = from[source(j - left)] }
      for j in left + width..<wide { to[j] = from[source(j - left)] }
    }
  }

  private func frame<Element: BinaryFloatingPoint>(
    _ y: UnsafePointer<Element>, _ target: UnsafeMutablePointer<Element>
  ) {
    let stride = width + 2 * columns - 2
    for i in 0..<height {
      (target + (i + rows - 1) * stride + columns - 1).update(from: y + i * width, count: width)
    }
  }

  private func fold<Element: BinaryFloatingPoint>(
    _ folding: UnsafePointer<Element>, _ x: UnsafeMutablePointer<Element>
  ) {
    x.update(repeating: 0, count: height * width)
    for i in 0..<tall {
      guard let row = boundary.source(of: i - top, extent: height) else { continue }
      let (from, to) = (folding + i * wide, x + row * width)
      for j in 0..<width { to[j] += from[left + j] }
      for j in 0..<left { to[source(j - left)] += from[j] }
      for j in left + width..<wide { to[source(j - left)] += from[j] }
    }
  }

  private func source(_ column: Int) -> Int { boundary.source(of: column, extent: width) ?? 0 }
}
