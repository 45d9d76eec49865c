import KernelInterface

/// One worker's access to a ridge energy for images of one size, with scratch of its own.
///
/// Images are contiguous channels × height × width of the kernel's element type. Results are added
/// to what the output holds. With `workers` > 1 every call is split by strips of whole bands over
/// that many threads; the results have the same bits as with one. Scratch is allocated at the first
/// use of an operation. Not to be used from several threads at once.
public final class RidgeWorkspace {
  /// The energy.
  public let kernel: RidgeKernel
  /// Rows of the images.
  public var height: Int { layout.height }
  /// Columns of the images.
  public var width: Int { layout.width }
  /// Threads that share each call.
  public let workers: Int

  let layout: RidgeLayout
  let border: ImageExtension
  let tapOffsets: TapOffsets
  /// Padded images: of x, and of up to two more.
  var images: [Memory] = []
  /// Buffers of responses by worker: one for each operand of a pointwise pass.
  var buffers: [[Memory]]
  /// Padded image that adjoints write.
  lazy var output = Memory(
    count: layout.channels * layout.planeStride, stride: kernel.description.elementStride)
  lazy var rowSums = Memory(count: layout.height, stride: MemoryLayout<Double>.stride)
  lazy var sumsMemory = Memory(
    count: (workers == 1 ? 1 : layout.responseBands) * kernel.description.filters
      * (kernel.description.taps + 2), stride: MemoryLayout<Double>.stride)
  private lazy var directions = PackedFilters(kernel.description, kernel.blocks)
  /// The passes that are by tiles, where there are such.
  private let tiles: TilePasses?
  private let rowTiles: RowTilePasses?
  /// β φ″ of all responses, ordered blocks × rows × vectors × filters of the block × lanes.
  var curvature: Memory?

  /// Scratch for images of `height` × `width` pixels, which must exceed the filters' radius unless
  /// the boundary is zero.
  public init(_ kernel: RidgeKernel, height: Int, width: Int, workers: Int = 1) {
    precondition(height > 0 && width > 0 && workers > 0, "Sizes and workers are positive.")
    precondition(
      kernel.description.boundary == .zero || min(height, width) > kernel.description.radius,
      "The image is larger than the radius of the filters.")
    self.kernel = kernel
    self.workers = workers
    layout = RidgeLayout(kernel, height: height, width: width)
    tapOffsets = TapOffsets(
      channels: layout.channels, size: kernel.description.size, rowStride: layout.rowStride,
      planeStride: layout.planeStride)
    border = ImageExtension(layout: layout.planes, boundary: kernel.description.boundary)
    buffers = Array(repeating: [], count: workers)
    let border = border
    let planes = layout.planes
    tiles = kernel.spectra.map {
      TilePasses($0, planes, border, lanes: kernel.lanes, workers: workers)
    }
    rowTiles = kernel.rowSpectra.map {
      RowTilePasses($0, height: height, width: width, lanes: kernel.lanes, workers: workers)
    }
  }

  private var tileEnergy: TilePasses.Energy {
    TilePasses.Energy(
      potential: kernel.potential, ratio: kernel.description.ratio, weights: kernel.weights,
      smoothing: kernel.smoothing)
  }

  // MARK: Public operations

  /// Σ_k β_k Σ_p φ((C_k x)_p): row by row in the element type, rows in Float64.
  public func value(_ x: UnsafeRawPointer) -> Double {
    if let tiles { return tiles.value(x, tileEnergy) }
    if let rowTiles { return rowTiles.value(x, tileEnergy) }
    prepareScratch(images: [x], buffers: 1)
    clearRowSums()
    eachResponseBand { [self] part in
      forward(0, kernel.filters, part, buffer: 0)
      pointwise(.value, part, sums: rowSums.doubles + part.rows.lowerBound)
    }
    return sumOfRows()
  }

  /// gradient ← gradient + ∇R(x) = Σ_k β_k C_kᵀ φ′(C_k x); returns R(x) if wanted, else 0.
  @discardableResult
  public func gradient(
    _ x: UnsafeRawPointer, _ gradient: UnsafeMutableRawPointer, wantsValue: Bool
  ) -> Double {
    if let tiles { return tiles.gradient(x, gradient, tileEnergy, wantsValue: wantsValue) }
    if let rowTiles { return rowTiles.gradient(x, gradient, tileEnergy, wantsValue: wantsValue) }
    prepareScratch(images: [x], buffers: 1)
    clearRowSums()
    sweep(kernel.filters) { [self] part in
      forward(0, kernel.filters, part, buffer: 0)
      if wantsValue && part.isOwned {
        pointwise(.gradientAndValue, part, sums: rowSums.doubles + part.rows.lowerBound)
      } else {
        pointwise(.gradient, part)
      }
    }
    fold(into: gradient)
    return wantsValue ? sumOfRows() : 0
  }

  /// Stores β_k φ″(C_k x) for the Hessian products that follow.
  public func prepareCurvature(_ x: UnsafeRawPointer) {
    if let tiles { return tiles.prepareCurvature(x, tileEnergy) }
    if let rowTiles { return rowTiles.prepareCurvature(x, tileEnergy) }
    prepareScratch(images: [x], buffers: 0)
    let curvature = storedCurvature()
    eachResponseBand { [self] part in
      let rows = curvatureRows(curvature, part)
      forward(0, kernel.filters, part, to: rows)
      pointwise(.curvature, part, first: rows)
    }
  }

  /// product ← product + Σ_k C_kᵀ (β_k φ″(C_k x) · C_k v) at the prepared x.
  public func hessianProduct(_ v: UnsafeRawPointer, _ product: UnsafeMutableRawPointer) {
    if let tiles { return tiles.hessianProduct(v, product) }
    if let rowTiles { return rowTiles.hessianProduct(v, product) }
    guard let curvature else { preconditionFailure("prepareCurvature comes first.") }
    prepareScratch(images: [v], buffers: 1)
    sweep(kernel.filters, reading: curvature) { [self] part in
      forward(
        0, kernel.filters, part, to: bufferRows(part, 0),
        factors: UnsafeRawPointer(curvatureRows(curvature, part).start))
    }
    fold(into: product)
  }

  /// Adds the derivatives of ⟨∇R(x), q⟩ with respect to the filters, β and ν.
  public func mixedProduct(
    _ x: UnsafeRawPointer, _ q: UnsafeRawPointer, coefficients: UnsafeMutablePointer<Double>,
    weights: UnsafeMutablePointer<Double>, smoothing: UnsafeMutablePointer<Double>
  ) {
    if let rowTiles {
      let sums = RidgeSums(coefficients: coefficients, weights: weights, smoothing: smoothing)
      return rowTiles.mixedProduct(x, q, tileEnergy, to: sums)
    }
    prepareScratch(images: [x, q], buffers: 2)
    accumulate(coefficients, weights, smoothing) { [self] part, sums in
      forward(0, kernel.filters, part, buffer: 0)
      forward(1, kernel.filters, part, buffer: 1)
      pointwise(.mixed, part, sums: sums.weights, smoothingSums: sums.smoothing)
      correlate(buffer: 1, image: 0, part, sums.coefficients)
      correlate(buffer: 0, image: 1, part, sums.coefficients)
    }
  }

  /// image ← image + (∂²R/∂x∂θ)(ḟ, β̇, ν̇): the derivative of ∇R(x) along a direction of parameters.
  public func mixedDirection(
    _ x: UnsafeRawPointer, coefficients: UnsafePointer<Double>, weights: UnsafePointer<Double>,
    smoothing: UnsafePointer<Double>, _ image: UnsafeMutableRawPointer
  ) {
    prepareScratch(images: [x], buffers: 2)
    directions.pack(coefficients, kernel.description)
    sweep(kernel.filters, directions) { [self] part in
      forward(0, kernel.filters, part, buffer: 0)
      forward(0, directions, part, buffer: 1)
      let first = kernel.blocks[part.block].lowerBound
      pointwise(
        .mixedDirection, part, weightDirections: weights + first,
        smoothingDirections: smoothing + first)
    }
    fold(into: image)
  }

  /// image ← image + Σ_k β_k C_kᵀ (φ‴(C_k x) · C_k q · C_k d).
  public func thirdProduct(
    _ x: UnsafeRawPointer, _ q: UnsafeRawPointer, _ d: UnsafeRawPointer,
    _ image: UnsafeMutableRawPointer
  ) {
    prepareScratch(images: [x, q, d], buffers: 3)
    sweep(kernel.filters) { [self] part in
      for operand in 0..<3 { forward(operand, kernel.filters, part, buffer: operand) }
      pointwise(.third, part)
    }
    fold(into: image)
  }

  /// Adds the derivative of `mixedProduct` at x along d: d/dt mixedProduct(x + t d, q) at t = 0.
  public func mixedVariation(
    _ x: UnsafeRawPointer, _ q: UnsafeRawPointer, _ d: UnsafeRawPointer,
    coefficients: UnsafeMutablePointer<Double>, weights: UnsafeMutablePointer<Double>,
    smoothing: UnsafeMutablePointer<Double>
  ) {
    prepareScratch(images: [x, q, d], buffers: 3)
    accumulate(coefficients, weights, smoothing) { [self] part, sums in
      for operand in 0..<3 { forward(operand, kernel.filters, part, buffer: operand) }
      pointwise(.mixedVariation, part, sums: sums.weights, smoothingSums: sums.smoothing)
      correlate(buffer: 0, image: 0, part, sums.coefficients)
      correlate(buffer: 2, image: 1, part, sums.coefficients)
      correlate(buffer: 1, image: 2, part, sums.coefficients)
    }
  }
}
