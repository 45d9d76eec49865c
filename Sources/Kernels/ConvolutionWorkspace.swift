import KernelInterface

/// One worker's access to a convolution for images of one size, with scratch of its own.
///
/// Images are contiguous channels × height × width of the kernel's element type. With `workers` > 1
/// every call is split over that many threads; the results have the same bits as with one. No pass
/// allocates, but for the first with weights of a direction. Not to be used from several threads at
/// once.
public final class ConvolutionWorkspace {
  /// The convolution K.
  public let kernel: ConvolutionKernel
  /// Rows of the images.
  public var height: Int { layout.height }
  /// Columns of the images.
  public var width: Int { layout.width }

  private let layout: MapLayout
  private let shares: WorkerShares
  private let border: ImageExtension
  private let input: FeatureMaps  // x, extended beyond its border
  private let output: FeatureMaps  // K x or y, its border zero
  private let folded: FeatureMaps  // Kᵀ y on the extended image
  /// The passes that are by tiles, where there are such.
  private let tiles: TilePasses?
  private lazy var direction = PackedConvolution(kernel.description, kernel.blocks)

  /// Scratch for images of `height` × `width` pixels, which must exceed the filters' radius unless
  /// the boundary is zero.
  public init(_ kernel: ConvolutionKernel, height: Int, width: Int, workers: Int = 1) {
    precondition(height > 0 && width > 0 && workers > 0, "Sizes and workers are positive.")
    precondition(
      kernel.description.boundary == .zero || min(height, width) > kernel.description.radius,
      "The image is larger than the radius of the filters.")
    self.kernel = kernel
    layout = MapLayout(kernel, height: height, width: width)
    shares = WorkerShares(workers: workers)
    let channels = kernel.description.inputChannels
    border = ImageExtension(
      layout: layout.planes(channels: channels), boundary: kernel.description.boundary)
    input = FeatureMaps(layout, channels: channels)
    output = FeatureMaps(layout, channels: kernel.writtenChannels)
    folded = FeatureMaps(layout, channels: channels)
    let (layout, border) = (layout, border)
    tiles = kernel.spectra.map {
      TilePasses(
        $0, layout.planes(channels: channels), border, lanes: kernel.lanes, workers: workers)
    }
  }

  // MARK: Public operations

  /// y ← K x.
  public func forward(_ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer) {
    if let tiles { return tiles.responses(x, y) }
    forward(kernel.weights, x, y)
  }

  /// y ← K̇ x, with other weights than the kernel's, such as a direction of them.
  public func forward(
    _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, coefficients: UnsafePointer<Double>
  ) {
    direction.pack(coefficients)
    forward(direction, x, y)
  }

  /// x ← x + Kᵀ y.
  public func addAdjoint(_ y: UnsafeRawPointer, to x: UnsafeMutableRawPointer) {
    if let tiles { return tiles.addAdjoint(y, to: x) }
    addAdjoint(kernel.weights, y, to: x)
  }

  /// x ← x + K̇ᵀ y, with other weights than the kernel's, such as a direction of them.
  public func addAdjoint(
    _ y: UnsafeRawPointer, to x: UnsafeMutableRawPointer, coefficients: UnsafePointer<Double>
  ) {
    direction.pack(coefficients)
    addAdjoint(direction, y, to: x)
  }

  /// g[o, c, a, b] ← g + Σ_p y_o(p) x_c(p + (a, b) − r): the derivative of ⟨K x, y⟩ with respect to the
  /// weights.
  public func addWeightGradient(
    _ x: UnsafeRawPointer, _ y: UnsafeRawPointer, to gradient: UnsafeMutablePointer<Double>
  ) {
    extend(x)
    load(y)
    shares.divide(kernel.blocks.count) { [self] blocks in
      kernel.addWeightGradient(input, output, blocks: blocks, gradient)
    }
  }

  // MARK: Passes

  private func forward(
    _ weights: PackedConvolution, _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer
  ) {
    extend(x)
    shares.divide(layout.bands(of: height)) { [self] bands in
      for index in bands {
        let rows = layout.band(index, of: height)
        kernel.forward(weights, input, output, rows: rows)
        output.store(y, channels: kernel.description.outputChannels, rows: rows)
      }
    }
  }

  private func addAdjoint(
    _ weights: PackedConvolution, _ y: UnsafeRawPointer, to x: UnsafeMutableRawPointer
  ) {
    load(y)
    let count = kernel.adjointRows(height: height)
    folded.clear(
      channels: kernel.description.inputChannels,
      rows: kernel.firstRow..<kernel.firstRow + count + kernel.entries.adjointRows)
    shares.divide(layout.bands(of: count)) { [self] bands in
      for index in bands {
        let rows = layout.band(index, first: kernel.firstRow, of: count)
        kernel.addAdjoint(weights, output, folded, rows: rows)
      }
    }
    fold(into: x)
  }

  private func load(_ y: UnsafeRawPointer) {
    shares.divide(height) { [self] rows in
      output.load(y, channels: kernel.description.outputChannels, rows: rows)
    }
  }

  private func extend(_ x: UnsafeRawPointer) {
    if kernel.description.singlePrecision {
      border.extend(
        x.assumingMemoryBound(to: Float.self), input.start.assumingMemoryBound(to: Float.self))
    } else {
      border.extend(
        x.assumingMemoryBound(to: Double.self), input.start.assumingMemoryBound(to: Double.self))
    }
  }

  private func fold(into x: UnsafeMutableRawPointer) {
    if kernel.description.singlePrecision {
      border.fold(
        UnsafePointer(folded.start.assumingMemoryBound(to: Float.self)),
        x.assumingMemoryBound(to: Float.self))
    } else {
      border.fold(
        UnsafePointer(folded.start.assumingMemoryBound(to: Double.self)),
        x.assumingMemoryBound(to: Double.self))
    }
  }
}
