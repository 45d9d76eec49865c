import KernelInterface

/// A band of rows, one vector of tiles after the other: groups of `R` rows, `Q` of them in registers at a
/// time; filters of `S` rows; `P` pairs of points.
enum RowTilePass<V: SIMD, let R: Int, let Q: Int, let S: Int, let P: Int> where V.Scalar: Real {
  typealias Element = V.Scalar
  typealias Scratch = RowTileScratch<Element>
  typealias Products = RowTileProducts<V, Q, S>
  typealias Pixels = RowTilePixels<V, R, S>

  @inline(__always)
  static func run(_ task: RowTileTask) {
    let scratch = Scratch(
      task.scratch.assumingMemoryBound(to: Element.self), task.shape, lanes: V.scalarCount,
      rows: R, filters: RowTileEntry.filters)
    let numbers = RowTileNumbers<V, P>(task.numbers)
    let goesBack = task.operation.goesBack
    if goesBack { Pixels.clear(task) }
    scratch.rowSums.update(repeating: 0, count: R * V.scalarCount)
    for vector in 0..<task.shape.vectors {
      Pixels.mask(task, scratch, vector)
      analyse(task, scratch, numbers, task.image, scratch.spectrum, vector)
      if let other = task.other {
        analyse(task, scratch, numbers, other, scratch.otherSpectrum, vector)
      }
      if goesBack { scratch.cotangent.update(repeating: 0, count: scratch.spectrumCount) }
      for block in 0..<blocks(task) { run(task, scratch, numbers, vector, block) }
      if goesBack { synthesise(task, scratch, numbers, vector) }
    }
    if task.operation == .value || task.operation == .gradientAndValue { addRowSums(task, scratch) }
  }

  @inline(__always)
  static func blocks(_ task: RowTileTask) -> Int {
    (task.shape.filters + RowTileEntry.filters - 1) / RowTileEntry.filters
  }

  @inline(__always)
  static func addRowSums(_ task: RowTileTask, _ scratch: Scratch) {
    var sum = 0.0
    for row in 0..<R {
      let rowSum: V = load(scratch.rowSums + row * V.scalarCount)
      sum += laneSum(rowSum)
    }
    task.sums.unsafelyUnwrapped.pointee = sum
  }

  // MARK: Pixels

  @inline(__always)
  static func analyse(
    _ task: RowTileTask, _ scratch: Scratch, _ numbers: RowTileNumbers<V, P>,
    _ image: UnsafeRawPointer, _ spectrum: UnsafeMutablePointer<Element>, _ vector: Int
  ) {
    let shape = task.shape
    let stride = scratch.inputRows * V.scalarCount
    for channel in 0..<shape.channels {
      Pixels.read(task, scratch, image, channel, vector)
      for segment in 0..<shape.segments {
        let plane = spectrum + (channel * shape.segments + segment) * (2 * P + 2) * stride
        for row in 0..<scratch.inputRows {
          numbers.analyse(
            scratch.pixels + (row * shape.span + segment * (2 * P - 1)) * V.scalarCount,
            plane + row * V.scalarCount, stride: stride)
        }
      }
    }
  }

  @inline(__always)
  static func synthesise(
    _ task: RowTileTask, _ scratch: Scratch, _ numbers: RowTileNumbers<V, P>, _ vector: Int
  ) {
    let shape = task.shape
    let stride = scratch.inputRows * V.scalarCount
    for channel in 0..<shape.channels {
      scratch.pixels.update(
        repeating: 0, count: scratch.inputRows * shape.span * V.scalarCount)
      for segment in 0..<shape.segments {
        let plane = scratch.cotangent + (channel * shape.segments + segment) * (2 * P + 2) * stride
        for row in 0..<scratch.inputRows {
          numbers.synthesise(
            plane + row * V.scalarCount, stride: stride,
            scratch.pixels + (row * shape.span + segment * (2 * P - 1)) * V.scalarCount)
        }
      }
      Pixels.add(task, scratch, channel, vector)
    }
  }

  // MARK: Blocks of filters

  /// The operation on one block of filters.
  @inline(__always)
  static func run(
    _ task: RowTileTask, _ scratch: Scratch, _ numbers: RowTileNumbers<V, P>, _ vector: Int,
    _ block: Int
  ) {
    let shape = task.shape
    let first = block * RowTileEntry.filters
    let filters = min(RowTileEntry.filters, shape.filters - first)
    let perFilter = shape.planes * S
    let offset = block * RowTileEntry.filters * (2 * P + 2) * perFilter
    let spectra = task.spectra.assumingMemoryBound(to: Element.self) + offset
    let responses = RowTileBlock(
      task, scratch, numbers, vector: vector, first: first, count: filters)
    respond(
      task, spectra, scratch.spectrum, scratch.products, scratch.inputRows, filters,
      awaited: task.operation == .product ? responses.factors : nil)
    if task.operation == .mixed {
      respond(
        task, spectra, scratch.otherSpectrum, scratch.otherProducts, scratch.inputRows, filters)
    }
    responses.run()
    if task.operation.goesBack {
      goBack(task, spectra, scratch, filters)
    } else if task.operation == .mixed {
      addDerivatives(task, offset, scratch, filters)
    }
  }

  /// products[f, p] ← Σ_plane spectra[p, f, plane] ⋆ spectrum[plane, p]; meanwhile asks for `awaited`, of
  /// which a row of a filter is asked for at every point, so that no request waits for others.
  @inline(__always)
  static func respond(
    _ task: RowTileTask, _ spectra: UnsafePointer<Element>,
    _ spectrum: UnsafeMutablePointer<Element>, _ products: UnsafeMutablePointer<Element>,
    _ inputRows: Int, _ filters: Int, awaited: UnsafeMutablePointer<Element>? = nil
  ) {
    let planes = task.shape.planes
    for p in 0..<(2 * P + 2) {
      for f in 0..<filters {
        if let awaited, p < R { prefetchRow(awaited + (f * R + p) * rowCount) }
        let weights = spectra + (p * RowTileEntry.filters + f) * planes * S
        let target = products + (f * (2 * P + 2) + p) * R * V.scalarCount
        for row in stride(from: 0, to: R, by: Q) {
          var sums = InlineArray<Q, V>(repeating: V.zero)
          for plane in 0..<planes {
            let place = ((plane * (2 * P + 2) + p) * inputRows + row) * V.scalarCount
            Products.correlate(spectrum + place, Products.weights(weights + plane * S), &sums)
          }
          for i in 0..<Q { store(sums[i], to: target + (row + i) * V.scalarCount) }
        }
      }
    }
  }

  /// Elements of a row of one filter's responses.
  @inline(__always)
  private static var rowCount: Int { RowTileShape.tile * V.scalarCount }

  @inline(__always)
  private static func prefetchRow(_ row: UnsafeMutablePointer<Element>) {
    for j in 0..<RowTileShape.tile { prefetch(row + j * V.scalarCount) }
  }

  /// cotangent[plane, p] ← … + the adjoints of all filters' products.
  @inline(__always)
  static func goBack(
    _ task: RowTileTask, _ spectra: UnsafePointer<Element>, _ scratch: Scratch, _ filters: Int
  ) {
    let planes = task.shape.planes
    for p in 0..<(2 * P + 2) {
      for plane in 0..<planes {
        let weights = spectra + (p * RowTileEntry.filters * planes + plane) * S
        for row in stride(from: 0, to: R, by: Q) {
          let place = ((plane * (2 * P + 2) + p) * scratch.inputRows + row) * V.scalarCount
          Products.addAdjoint(
            scratch.products + (p * R + row) * V.scalarCount,
            stride: (2 * P + 2) * R * V.scalarCount, weights, weightStride: planes * S,
            filters: filters, to: scratch.cotangent + place)
        }
      }
    }
  }

  /// Derivatives by the spectra: what x gives with what goes back from q's responses, and the reverse.
  @inline(__always)
  static func addDerivatives(
    _ task: RowTileTask, _ offset: Int, _ scratch: Scratch, _ filters: Int
  ) {
    let planes = task.shape.planes
    let target =
      task.spectrumSums.unsafelyUnwrapped.assumingMemoryBound(to: Element.self)
      + offset * V.scalarCount
    for p in 0..<(2 * P + 2) {
      for f in 0..<filters {
        for plane in 0..<planes {
          let place =
            target + ((p * RowTileEntry.filters + f) * planes + plane) * S * V.scalarCount
          var sums = InlineArray<S, V>(repeating: V.zero)
          for a in 0..<S { sums[a] = load(place + a * V.scalarCount) }
          for row in stride(from: 0, to: R, by: Q) {
            let product = ((f * (2 * P + 2) + p) * R + row) * V.scalarCount
            let pixel = ((plane * (2 * P + 2) + p) * scratch.inputRows + row) * V.scalarCount
            Products.addDerivative(
              scratch.otherProducts + product, scratch.spectrum + pixel, to: &sums)
            Products.addDerivative(
              scratch.products + product, scratch.otherSpectrum + pixel, to: &sums)
          }
          for a in 0..<S { store(sums[a], to: place + a * V.scalarCount) }
        }
      }
    }
  }
}
