import KernelInterface

/// One worker's access to a two-layer network for images of one size, with scratch of its own.
///
/// Images are contiguous channels × height × width of the kernel's element type. Results are added
/// to what the output holds. With `workers` > 1 every call is split by bands of rows over that many
/// threads; the results have the same bits as with one. Scratch is allocated at the first use of an
/// operation. Not to be used from several threads at once.
///
/// With t = Wx x + bx, z = a(t), u = Wz z + bz, g = w a′(u), h = Wzᵀ g:
/// ∇R(x) = Wxᵀ(h a′(t)), ∂²R/∂x² v = Wxᵀ(a′(t) Wzᵀ(w a″(u) Wz(a′(t) Wx v)) + h a″(t) Wx v).
public final class NetworkWorkspace {
  /// The network.
  public let kernel: NetworkKernel
  /// Rows of the images.
  public var height: Int { layout.height }
  /// Columns of the images.
  public var width: Int { layout.width }

  let layout: MapLayout
  let shares: WorkerShares
  let border: ImageExtension
  /// The passes of the last layer that are by tiles, where there are such.
  let tiles: TilePasses?
  /// Padded images: of x, and of up to two more.
  var images: [FeatureMaps] = []
  /// Padded image that adjoints write.
  lazy var result = FeatureMaps(layout, channels: kernel.description.channels)
  /// Maps by what they hold, made when they are first asked for.
  var maps: [FeatureMaps?] = Array(repeating: nil, count: MapSlot.allCases.count)
  lazy var rowSums = Memory(count: layout.height, stride: MemoryLayout<Double>.stride)
  /// Bands × layers × features × 3.
  lazy var channelSums = Memory(
    count: layout.bands(of: layout.height) * 2 * kernel.description.features * 3,
    stride: MemoryLayout<Double>.stride)
  lazy var firstDirection = PackedConvolution(kernel.first.description, kernel.first.blocks)
  lazy var secondDirection = PackedConvolution(kernel.second.description, kernel.second.blocks)
  private var isPrepared = false

  /// Scratch for images of `height` × `width` pixels.
  public init(_ kernel: NetworkKernel, height: Int, width: Int, workers: Int = 1) {
    precondition(height > 0 && width > 0 && workers > 0, "Sizes and workers are positive.")
    self.kernel = kernel
    layout = MapLayout(kernel.second, height: height, width: width)
    shares = WorkerShares(workers: workers)
    border = ImageExtension(
      layout: layout.planes(channels: kernel.description.channels), boundary: .zero)
    let planes = layout.planes(channels: kernel.description.features)
    tiles = kernel.second.spectra.map {
      TilePasses(
        $0, planes, ImageExtension(layout: planes, boundary: .zero), lanes: kernel.second.lanes,
        workers: workers)
    }
  }

  // MARK: Values and derivatives by x

  /// R(x): row by row in the element type, rows in Float64.
  public func value(_ x: UnsafeRawPointer) -> Double {
    load(x)
    clearRowSums()
    let (t, u) = (map(.t), map(.u))
    eachBand { [self] band in
      forwardFirst(0, t, band)
      pointwise(.activate, .first, band, t)
    }
    forwardSecond(t, u) { [self] band in pointwise(.output, .last, band, u) }
    return sumOfRows()
  }

  /// gradient ← gradient + ∇R(x); returns R(x).
  @discardableResult
  public func gradient(_ x: UnsafeRawPointer, _ gradient: UnsafeMutableRawPointer) -> Double {
    load(x)
    clearRowSums()
    let (t, slope, u, h) = (map(.t), map(.slope), map(.u), map(.h))
    eachBand { [self] band in
      forwardFirst(0, t, band)
      pointwise(.activateWithSlope, .first, band, t, slope)
    }
    throughSecond(t, u, h) { [self] band in
      pointwise(.output, .last, band, u)
    } end: { [self] band in
      pointwise(.product, .first, band, h, h, slope)
    }
    addResult(of: h, to: gradient)
    return sumOfRows()
  }

  /// Stores a′(t), h a″(t) and w a″(u) for the Hessian products that follow.
  public func prepareCurvature(_ x: UnsafeRawPointer) {
    load(x)
    let (t, u, h) = (map(.t), map(.u), map(.h))
    let (slope, inner, outer) = (map(.keptSlope), map(.keptInner), map(.keptOuter))
    eachBand { [self] band in
      forwardFirst(0, t, band)
      pointwise(.activateWithCurvature, .first, band, t, slope, inner)
    }
    throughSecond(t, u, h) { [self] band in
      pointwise(.outputWithCurvature, .last, band, u, outer)
    } end: { [self] band in
      pointwise(.product, .first, band, inner, h, inner)
    }
    isPrepared = true
  }

  /// product ← product + ∂²R/∂x² v at the prepared x.
  public func hessianProduct(_ v: UnsafeRawPointer, _ product: UnsafeMutableRawPointer) {
    precondition(isPrepared, "prepareCurvature comes first.")
    load(v)
    let (moved, first, last, back) = (map(.q), map(.t), map(.u), map(.h))
    let (slope, inner, outer) = (map(.keptSlope), map(.keptInner), map(.keptOuter))
    eachBand { [self] band in
      forwardFirst(0, moved, band)
      pointwise(.product, .first, band, first, slope, moved)
    }
    throughSecond(first, last, back) { [self] band in
      pointwise(.product, .last, band, last, last, outer)
    } end: { [self] band in
      pointwise(.combination, .first, band, back, slope, inner, moved)
    }
    addResult(of: back, to: product)
  }

  /// image ← image + ∂³R/∂x³ [q, d].
  public func thirdProduct(
    _ x: UnsafeRawPointer, _ q: UnsafeRawPointer, _ d: UnsafeRawPointer,
    _ image: UnsafeMutableRawPointer
  ) {
    higher(x, q, d)
    addResult(of: map(.backBoth), to: image)
  }

  /// The layers, forward and back, of the second derivative along q and d; leaves what multiplies the
  /// derivatives of Wx in the maps `backQ`, `backD` and `backBoth`.
  func higher(_ x: UnsafeRawPointer, _ q: UnsafeRawPointer, _ d: UnsafeRawPointer) {
    load(x, q, d)
    makeMaps()
    clearSums()
    eachBand { [self] band in
      forwardFirst(0, map(.t), band)
      forwardFirst(1, map(.q), band)
      forwardFirst(2, map(.d), band)
      pointwise(
        .higherForward, .first, band, map(.t), map(.q), map(.d), map(.z), map(.alongQ),
        map(.alongD), map(.alongBoth))
    }
    eachBand { [self] band in
      let second = kernel.second
      second.forward(second.weights, map(.z), map(.u), rows: band.rows)
      second.forward(second.weights, map(.alongQ), map(.lastQ), rows: band.rows)
      second.forward(second.weights, map(.alongD), map(.lastD), rows: band.rows)
      second.forward(second.weights, map(.alongBoth), map(.lastBoth), rows: band.rows)
      pointwise(
        .outputHigher, .last, band, map(.u), map(.lastQ), map(.lastD), map(.lastBoth))
    }
    eachBand { [self] band in
      adjointSecond(map(.u), map(.h), band)
      adjointSecond(map(.lastQ), map(.backQ), band)
      adjointSecond(map(.lastD), map(.backD), band)
      adjointSecond(map(.lastBoth), map(.backBoth), band)
      pointwise(
        .higherBackward, .first, band, map(.t), map(.q), map(.d), map(.h), map(.backQ),
        map(.backD), map(.backBoth))
    }
  }
}
