import KernelInterface

/// One worker's passes by tiles along rows over images of one size: half of the multiplications or fewer,
/// and nothing of the responses is stored.
///
/// One task is a band of rows. What goes back from it reaches into the bands beside it; they write images of
/// their own in turn, which are added in the end, so the results do not depend on who works on which band.
final class RowTilePasses {
  private let spectra: RowTileSpectra
  private let layout: RowTileLayout
  private let border: ImageExtension
  private let shares: WorkerShares
  private let lanes: Int
  private let stride: Int
  private lazy var image = newImage()
  private lazy var other = newImage()
  private lazy var outputs = (0..<layout.outputs).map { _ in newImage() }
  private var factors: Memory?
  private let scratch: [Memory]  // by worker
  private let sums: Memory  // by band
  private lazy var derivatives = RowTileDerivatives(spectra, layout, lanes: lanes, shares.workers)

  /// Scratch for images of one size.
  init(
    _ spectra: RowTileSpectra, height: Int, width: Int, lanes: Int, workers: Int
  ) {
    self.spectra = spectra
    self.lanes = lanes
    layout = RowTileLayout(spectra, height: height, width: width, lanes: lanes)
    border = ImageExtension(layout: layout.planes, boundary: spectra.description.boundary)
    shares = WorkerShares(workers: workers)
    stride = spectra.description.elementStride
    sums = Memory(count: layout.bands, stride: MemoryLayout<Double>.stride)
    let (shape, stride) = (layout.shape, stride)
    scratch = (0..<workers).map { _ in
      Memory(count: spectra.entries.scratchCount(shape), stride: stride)
    }
  }

  /// The value of the energy.
  func value(_ x: UnsafeRawPointer, _ energy: TilePasses.Energy) -> Double {
    load(x, image)
    run(.value, energy)
    return sum()
  }

  /// Adds the gradient; returns the value if wanted, else 0.
  func gradient(
    _ x: UnsafeRawPointer, _ gradient: UnsafeMutableRawPointer, _ energy: TilePasses.Energy,
    wantsValue: Bool
  ) -> Double {
    load(x, image)
    run(wantsValue ? .gradientAndValue : .gradient, energy)
    fold(into: gradient)
    return wantsValue ? sum() : 0
  }

  /// Stores β φ″.
  func prepareCurvature(_ x: UnsafeRawPointer, _ energy: TilePasses.Energy) {
    load(x, image)
    factors = factors ?? Memory(count: layout.bands * layout.factorsPerBand, stride: stride)
    run(.curvature, energy)
  }

  /// Adds the product with the prepared Hessian.
  func hessianProduct(_ v: UnsafeRawPointer, _ product: UnsafeMutableRawPointer) {
    precondition(factors != nil, "prepareCurvature comes first.")
    load(v, image)
    run(.product, nil)
    fold(into: product)
  }

  /// Adds the derivatives of ⟨∇R(x), q⟩ with respect to the filters, β and ν.
  func mixedProduct(
    _ x: UnsafeRawPointer, _ q: UnsafeRawPointer, _ energy: TilePasses.Energy, to sums: RidgeSums
  ) {
    load(x, image)
    load(q, other)
    derivatives.sum(shares, into: sums) { bands, worker, sums, spectrumSums in
      for band in bands {
        var task = task(.mixed, band, energy, scratch[worker])
        task.other = UnsafeRawPointer(other.start + firstTap(band))
        task.sums = sums.weights
        task.smoothingSums = sums.smoothing
        task.spectrumSums = spectrumSums
        spectra.entries.run(task)
      }
    }
  }

  // MARK: Bands

  private func newImage() -> Memory {
    Memory(count: layout.planes.channels * layout.planes.planeStride, stride: stride)
  }

  /// Bytes to what the first tap of a band sees.
  private func firstTap(_ band: Int) -> Int {
    band * layout.bandRows * layout.planes.rowStride * stride
  }

  private func run(_ operation: RowTileOperation, _ energy: TilePasses.Energy?) {
    let outputs = operation.goesBack ? outputs : []
    let (layout, workers) = (layout, shares.workers)
    let usesFactors = operation == .curvature || operation == .product
    shares.divide(workers) { [self] range in
      for worker in range {
        for band in (worker * layout.bands / workers)..<((worker + 1) * layout.bands / workers) {
          var task = task(operation, band, energy, scratch[worker])
          task.output =
            outputs.isEmpty ? nil : outputs[band % layout.outputs].start + firstTap(band)
          if usesFactors {
            task.factors = factors.map { $0.start + band * layout.factorsPerBand * stride }
          }
          task.sums = sums.doubles + band
          spectra.entries.run(task)
        }
      }
    }
  }

  private func task(
    _ operation: RowTileOperation, _ band: Int, _ energy: TilePasses.Energy?, _ scratch: Memory
  ) -> RowTileTask {
    let planes = layout.planes
    var task = RowTileTask(
      operation: operation, shape: layout.shape,
      rows: min(layout.bandRows, planes.height - band * layout.bandRows), columns: planes.width,
      numbers: spectra.numbers, spectra: spectra.start,
      image: UnsafeRawPointer(image.start + firstTap(band)), rowStride: planes.rowStride,
      planeStride: planes.planeStride, scratch: scratch.start)
    if let energy {
      task.potential = energy.potential
      task.ratio = energy.ratio
      task.weights = energy.weights
      task.smoothing = energy.smoothing
    }
    return task
  }

  private func sum() -> Double {
    var sum = 0.0
    for band in 0..<layout.bands { sum += sums.doubles[band] }
    return sum
  }

  // MARK: Images

  private func load(_ x: UnsafeRawPointer, _ image: Memory) {
    if spectra.description.singlePrecision {
      border.extend(
        x.assumingMemoryBound(to: Float.self), image.start.assumingMemoryBound(to: Float.self))
    } else {
      border.extend(x.assumingMemoryBound(to: Double.self), image.doubles)
    }
  }

  private func fold(into image: UnsafeMutableRawPointer) {
    for output in outputs {
      if spectra.description.singlePrecision {
        border.fold(
          UnsafePointer(output.start.assumingMemoryBound(to: Float.self)),
          image.assumingMemoryBound(to: Float.self))
      } else {
        border.fold(UnsafePointer(output.doubles), image.assumingMemoryBound(to: Double.self))
      }
    }
  }
}
