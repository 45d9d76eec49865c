import KernelInterface

/// One worker's passes by tiles over images of one size, in Float32: four times fewer multiplications, and
/// nothing of the responses is stored.
///
/// One task is a row of tiles. What goes back from it covers 8 rows of the image, 4 of which are also the
/// next row's; even and odd rows of tiles write images of their own, which are added in the end, so the
/// results do not depend on who works on which row.
final class TilePasses {
  private let spectra: TileSpectra
  private let planes: PaddedPlanes
  private let border: ImageExtension
  private let shares: WorkerShares
  private let lanes: Int
  private lazy var image = newImage()
  private lazy var evenOutput = newImage()
  private lazy var oddOutput = newImage()
  private lazy var factors = Memory(count: tileRows * factorsPerRow, stride: Self.stride)
  private var isPrepared = false
  private let scratch: [Memory]  // by worker
  private let sums: Memory  // by row of tiles
  private static let stride = MemoryLayout<Float>.stride

  /// What turns responses into a value and what goes back.
  struct Energy {
    var potential: RidgePotential
    var ratio: Double
    var weights: UnsafePointer<Double>
    var smoothing: UnsafePointer<Double>
  }

  /// Scratch for images of one size.
  init(
    _ spectra: TileSpectra, _ planes: PaddedPlanes, _ border: ImageExtension, lanes: Int,
    workers: Int
  ) {
    self.spectra = spectra
    self.planes = planes
    self.border = border
    self.lanes = lanes
    shares = WorkerShares(workers: workers)
    let groups = Self.groups(planes, lanes)
    sums = Memory(count: (planes.height + 3) / 4, stride: MemoryLayout<Double>.stride)
    scratch = (0..<workers).map { _ in
      Memory(count: spectra.entries.scratchCount(spectra.channels, groups), stride: Self.stride)
    }
  }

  /// The value of the energy.
  func value(_ x: UnsafeRawPointer, _ energy: Energy) -> Double {
    load(x)
    run(.value, energy)
    return sum()
  }

  /// Adds the gradient; returns the value if wanted, else 0.
  func gradient(
    _ x: UnsafeRawPointer, _ gradient: UnsafeMutableRawPointer, _ energy: Energy,
    wantsValue: Bool
  ) -> Double {
    load(x)
    run(wantsValue ? .gradientAndValue : .gradient, energy)
    fold(into: gradient)
    return wantsValue ? sum() : 0
  }

  /// Stores β φ″.
  func prepareCurvature(_ x: UnsafeRawPointer, _ energy: Energy) {
    load(x)
    run(.curvature, energy)
    isPrepared = true
  }

  /// Adds the product with the prepared Hessian.
  func hessianProduct(_ v: UnsafeRawPointer, _ product: UnsafeMutableRawPointer) {
    precondition(isPrepared, "prepareCurvature comes first.")
    load(v)
    run(.product, nil)
    fold(into: product)
  }

  /// maps ← responses, filters × height × width.
  func responses(_ x: UnsafeRawPointer, _ maps: UnsafeMutableRawPointer) {
    load(x)
    run(.responses, nil, maps: maps.assumingMemoryBound(to: Float.self))
  }

  /// Adds the adjoint of maps.
  func addAdjoint(_ maps: UnsafeRawPointer, to image: UnsafeMutableRawPointer) {
    let maps = UnsafeMutablePointer(mutating: maps.assumingMemoryBound(to: Float.self))
    run(.adjoint, nil, maps: maps)
    fold(into: image)
  }

  // MARK: Maps that lie as the planes do

  /// responses ← C input, whose outside is zero; `body` is called with the rows of every row of tiles.
  func forward(_ input: FeatureMaps, _ responses: FeatureMaps, _ body: (Range<Int>) -> Void) {
    eachRow { row, scratch in
      run(.responses, row, input, responses, responses, scratch)
      body(rows(row))
    }
  }

  /// The same, and even + odd ← Cᵀ of what `body` leaves of the responses, with more outside of the image.
  func forwardAndBack(
    _ input: FeatureMaps, _ responses: FeatureMaps, _ even: FeatureMaps, _ odd: FeatureMaps,
    _ body: (Range<Int>) -> Void
  ) {
    eachRow { row, scratch in
      run(.responses, row, input, responses, responses, scratch)
      body(rows(row))
      run(.adjoint, row, input, responses, row % 2 == 0 ? even : odd, scratch)
    }
  }

  private func rows(_ row: Int) -> Range<Int> { 4 * row..<min(4 * row + 4, planes.height) }

  private func run(
    _ operation: TileOperation, _ row: Int, _ input: FeatureMaps, _ responses: FeatureMaps,
    _ output: FeatureMaps, _ scratch: Memory
  ) {
    var task = task(
      operation, row, nil, input.start.assumingMemoryBound(to: Float.self),
      output.start.assumingMemoryBound(to: Float.self), scratch)
    task.maps = responses.pixel(0, row: 4 * row, column: 0).assumingMemoryBound(to: Float.self)
    task.mapRowStride = planes.rowStride
    task.mapStride = planes.planeStride
    spectra.entries.run(task)
  }

  // MARK: Rows of tiles

  private var tileRows: Int { (planes.height + 3) / 4 }
  private var groups: Int { Self.groups(planes, lanes) }
  private var factorsPerRow: Int { groups * spectra.filters * 16 * lanes }

  private static func groups(_ planes: PaddedPlanes, _ lanes: Int) -> Int {
    ((planes.width + 3) / 4 + lanes - 1) / lanes
  }

  private func newImage() -> Memory {
    Memory(count: spectra.channels * planes.planeStride, stride: Self.stride)
  }

  private func run(
    _ operation: TileOperation, _ energy: Energy?, maps: UnsafeMutablePointer<Float>? = nil
  ) {
    let usesFactors = operation == .curvature || operation == .product
    let factors = usesFactors ? factors.start.assumingMemoryBound(to: Float.self) : nil
    let (even, odd) = (
      evenOutput.start.assumingMemoryBound(to: Float.self),
      oddOutput.start.assumingMemoryBound(to: Float.self)
    )
    let image = image.start.assumingMemoryBound(to: Float.self)
    eachRow { row, scratch in
      var task = task(operation, row, energy, image, row % 2 == 0 ? even : odd, scratch)
      task.factors = factors.map { $0 + row * factorsPerRow }
      task.maps = maps.map { $0 + 4 * row * planes.width }
      task.mapRowStride = planes.width
      task.mapStride = planes.height * planes.width
      spectra.entries.run(task)
    }
  }

  /// Calls `body` with every row of tiles and memory for its passes.
  private func eachRow(_ body: (_ row: Int, _ scratch: Memory) -> Void) {
    let workers = shares.workers
    shares.divide(workers) { [self] range in
      for worker in range {
        for row in (worker * tileRows / workers)..<((worker + 1) * tileRows / workers) {
          body(row, scratch[worker])
        }
      }
    }
  }

  private func task(
    _ operation: TileOperation, _ row: Int, _ energy: Energy?,
    _ image: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ scratch: Memory
  ) -> TileTask {
    let first = planes.offset(row: 4 * row - planes.radius, column: -planes.radius)
    sums.doubles[row] = 0
    return TileTask(
      operation: operation, potential: energy?.potential ?? .huber, ratio: energy?.ratio ?? 0,
      filters: spectra.filters, channels: spectra.channels,
      rows: min(4, planes.height - 4 * row), columns: planes.width, groups: groups,
      spectra: spectra.start, weights: energy?.weights, smoothing: energy?.smoothing,
      image: image + first, output: output + first, rowStride: planes.rowStride,
      planeStride: planes.planeStride, sum: sums.doubles + row,
      scratch: scratch.start.assumingMemoryBound(to: Float.self))
  }

  private func sum() -> Double {
    var sum = 0.0
    for row in 0..<tileRows { sum += sums.doubles[row] }
    return sum
  }

  private func load(_ x: UnsafeRawPointer) {
    border.extend(
      x.assumingMemoryBound(to: Float.self), image.start.assumingMemoryBound(to: Float.self))
  }

  private func fold(into image: UnsafeMutableRawPointer) {
    let image = image.assumingMemoryBound(to: Float.self)
    border.fold(UnsafePointer(evenOutput.start.assumingMemoryBound(to: Float.self)), image)
    border.fold(UnsafePointer(oddOutput.start.assumingMemoryBound(to: Float.self)), image)
  }
}
