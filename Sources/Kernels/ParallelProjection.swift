import KernelInterface

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where the parallel rays of each angle meet the pixels of an image; immutable, shared by all workers.
///
/// Pixels are squares of side 1, the image's centre is the origin, x goes right and y up; ray k of angle
/// θ is the line x cos θ + y sin θ = k − (detectors − 1)/2. A ray's integral is taken where it crosses
/// the rows (|cos θ| ≥ |sin θ|) or the columns of pixels, with linear interpolation along them, times
/// the way between two crossings (Joseph 1982). Positions are rounded to multiples of 2⁻ˢ pixels, with
/// s as large as 32-bit numbers allow (19 for 256 × 256 pixels).
public final class ProjectionGeometry: Sendable {
  /// Rows of the image.
  public let height: Int
  /// Columns of the image.
  public let width: Int
  /// Angles in radians.
  public let angles: [Double]
  /// Rays of an angle.
  public let detectors: Int
  let shift: Int32
  let views: [View]
  private let offsets: OffsetTable

  struct View: Sendable {
    /// Whether rays cross columns, so that the image is read transposed.
    let isTransposed: Bool
    /// Whether ray k is met as ray detectors − 1 − k.
    let isReversed: Bool
    let start: Int  // in the table of offsets
    let step: Int32
    let weight: Double
  }

  private final class OffsetTable: @unchecked Sendable {
    let values: UnsafeMutablePointer<Int32>
    init(_ numbers: [Int32]) {
      values = .allocate(capacity: max(numbers.count, 1))
      for (i, number) in numbers.enumerated() { values[i] = number }
    }
    deinit { values.deallocate() }
  }

  /// The geometry of height × width pixels.
  public init(height: Int, width: Int, angles: [Double], detectors: Int) {
    precondition(height > 0 && width > 0 && detectors > 0, "Extents are positive.")
    self.height = height
    self.width = width
    self.angles = angles
    self.detectors = detectors
    let diagonal = hypot(Double(height), Double(width))
    let reach = 2 * (Int(diagonal.rounded(.up)) + detectors + 2)
    shift = Int32(30 - (Int.bitWidth - reach.leadingZeroBitCount))
    precondition(shift > 4, "The image is not too large.")
    var offsets: [Int32] = []
    var views: [View] = []
    for angle in angles {
      let (cosine, sine) = (cos(angle), sin(angle))
      let isTransposed = abs(sine) > abs(cosine)
      // Rows of the image as it is read, and where along a row: x = (s − y sin θ)/cos θ.
      let (main, side) = isTransposed ? (sine, cosine) : (cosine, sine)
      let sign: Double = main < 0 ? -1 : 1
      let (rows, columns) = isTransposed ? (width, height) : (height, width)
      let unit = Double(1 << Int(shift))
      views.append(
        View(
          isTransposed: isTransposed, isReversed: main < 0, start: offsets.count,
          step: Int32((unit / abs(main)).rounded()), weight: 1 / abs(main)))
      for i in 0..<rows {
        // y grows up, rows grow down; transposed, the row index grows with x and columns against y.
        let across = Double(i) - 0.5 * Double(rows - 1)
        let position = isTransposed ? across : -across
        let first = -0.5 * Double(detectors - 1)
        let along = (first - sign * side * position) / abs(main)
        let column = along + 0.5 * Double(columns - 1)
        offsets.append(Int32((column * unit).rounded()))
      }
    }
    self.views = views
    self.offsets = OffsetTable(offsets)
  }

  func offsets(of view: View) -> UnsafePointer<Int32> {
    UnsafePointer(offsets.values + view.start)
  }
}

/// One worker's projections of images of one size, and their adjoint.
///
/// The adjoint has the projection's own weights, and is exact up to rounding. About 6 operations for each
/// ray and row of pixels it crosses. Owns its memory and allocates nothing once made.
public final class ParallelProjection {
  private let geometry: ProjectionGeometry
  private let entries: ProjectionEntries
  private let isSingle: Bool
  private let upright: Memory  // the image with a column of zeros on either side
  private let transposed: Memory
  private let rays: Memory  // of one angle

  /// A worker's access to the geometry.
  public init(
    _ geometry: ProjectionGeometry, singlePrecision: Bool,
    instructions: InstructionSet = .preferred
  ) {
    self.geometry = geometry
    isSingle = singlePrecision
    let table = instructions.table
    entries = table.projection
    let (height, width, size) = (geometry.height, geometry.width, singlePrecision ? 4 : 8)
    upright = Memory(count: height * (width + 2) + 2, stride: size)
    transposed = Memory(count: width * (height + 2) + 2, stride: size)
    rays = Memory(count: geometry.detectors, stride: size)
  }

  private var size: Int { isSingle ? 4 : 8 }
  private var height: Int { geometry.height }
  private var width: Int { geometry.width }

  /// y ← line integrals of x: angles × detectors.
  public func apply(_ x: UnsafeRawPointer, into y: UnsafeMutableRawPointer) {
    for row in 0..<height {
      (upright.start + (row * (width + 2) + 1) * size).copyMemory(
        from: x + row * width * size, byteCount: width * size)
    }
    flip(x, stride: width, into: transposed.start + size, stride: height + 2)
    for (index, view) in geometry.views.enumerated() {
      clear(rays)
      var task = task(view)
      (isSingle ? entries.single : entries.double)(&task)
      move(view, measurement: y + index * geometry.detectors * size, isStored: true)
    }
  }

  /// x ← the adjoint of `apply`, of y.
  public func applyAdjoint(_ y: UnsafeRawPointer, into x: UnsafeMutableRawPointer) {
    clear(upright)
    clear(transposed)
    for (index, view) in geometry.views.enumerated() {
      move(
        view,
        measurement: UnsafeMutableRawPointer(mutating: y) + index * geometry.detectors * size,
        isStored: false)
      var task = task(view)
      (isSingle ? entries.adjointSingle : entries.adjointDouble)(&task)
    }
    collect(into: x)
    // What fell beside the rows was nobody's; the next projection reads zeros there.
    clear(upright)
    clear(transposed)
  }

  private func task(_ view: ProjectionGeometry.View) -> ProjectionTask {
    let (rows, columns) = view.isTransposed ? (width, height) : (height, width)
    return ProjectionTask(
      rows: rows, columns: columns,
      image: (view.isTransposed ? transposed : upright).start + size, stride: columns + 2,
      rays: geometry.detectors, projection: rays.start, offsets: geometry.offsets(of: view),
      step: view.step,
      shift: geometry.shift, weight: view.weight)
  }

  private func clear(_ memory: Memory) {
    memory.start.initializeMemory(as: UInt8.self, repeating: 0, count: memory.byteCount)
  }
}

/// Between images and measurements and the buffers.
extension ParallelProjection {
  private func move(
    _ view: ProjectionGeometry.View, measurement: UnsafeMutableRawPointer, isStored: Bool
  ) {
    if isSingle {
      move(view, measurement.assumingMemoryBound(to: Float.self), isStored)
    } else {
      move(view, measurement.assumingMemoryBound(to: Double.self), isStored)
    }
  }

  private func move<Element>(
    _ view: ProjectionGeometry.View, _ measurement: UnsafeMutablePointer<Element>,
    _ isStored: Bool
  ) {
    let rays = rays.start.assumingMemoryBound(to: Element.self)
    let last = geometry.detectors - 1
    for k in 0...last {
      let place = view.isReversed ? last - k : k
      if isStored { measurement[k] = rays[place] } else { rays[place] = measurement[k] }
    }
  }

  /// target[j, height − 1 − i] ← x[i, j]: columns grow with y.
  private func flip(
    _ x: UnsafeRawPointer, stride: Int, into target: UnsafeMutableRawPointer, stride rows: Int
  ) {
    if isSingle {
      flip(x.assumingMemoryBound(to: Float.self), target.assumingMemoryBound(to: Float.self), rows)
    } else {
      flip(
        x.assumingMemoryBound(to: Double.self), target.assumingMemoryBound(to: Double.self), rows)
    }
  }

  private func flip<Element>(
    _ x: UnsafePointer<Element>, _ target: UnsafeMutablePointer<Element>, _ stride: Int
  ) {
    for j in 0..<width {
      for i in 0..<height { target[j * stride + height - 1 - i] = x[i * width + j] }
    }
  }

  private func collect(into x: UnsafeMutableRawPointer) {
    if isSingle {
      collect(x.assumingMemoryBound(to: Float.self))
    } else {
      collect(x.assumingMemoryBound(to: Double.self))
    }
  }

  private func collect<Element: BinaryFloatingPoint>(_ x: UnsafeMutablePointer<Element>) {
    let upright = upright.start.assumingMemoryBound(to: Element.self) + 1
    let transposed = transposed.start.assumingMemoryBound(to: Element.self) + 1
    for i in 0..<height {
      for j in 0..<width {
        x[i * width + j] =
          upright[i * (width + 2) + j] + transposed[j * (height + 2) + height - 1 - i]
      }
    }
  }
}
