import KernelInterface

// Scratch, and the single passes over one part.
extension RidgeWorkspace {
  private var stride: Int { kernel.description.elementStride }

  /// Extends images into the padded ones and provides buffers of responses.
  func prepareScratch(images sources: [UnsafeRawPointer], buffers count: Int) {
    while images.count < sources.count {
      images.append(Memory(count: layout.channels * layout.planeStride, stride: stride))
    }
    for worker in 0..<workers {
      while buffers[worker].count < count {
        buffers[worker].append(
          Memory(count: kernel.blocks.size * layout.bufferStride, stride: stride))
      }
    }
    for (index, source) in sources.enumerated() {
      if kernel.description.singlePrecision {
        extend(source, into: images[index], Float.self)
      } else {
        extend(source, into: images[index], Double.self)
      }
    }
  }

  private func extend<Element>(
    _ source: UnsafeRawPointer, into target: Memory, _ type: Element.Type
  ) {
    border.extend(
      source.assumingMemoryBound(to: Element.self),
      target.start.assumingMemoryBound(to: Element.self))
  }

  /// Adds the padded output to an image.
  func fold(into image: UnsafeMutableRawPointer) {
    if kernel.description.singlePrecision {
      border.fold(
        UnsafePointer(output.start.assumingMemoryBound(to: Float.self)),
        image.assumingMemoryBound(to: Float.self))
    } else {
      border.fold(
        UnsafePointer(output.start.assumingMemoryBound(to: Double.self)),
        image.assumingMemoryBound(to: Double.self))
    }
  }

  func clearRowSums() {
    rowSums.start.initializeMemory(as: UInt8.self, repeating: 0, count: rowSums.byteCount)
  }

  func sumOfRows() -> Double {
    var sum = 0.0
    for row in 0..<layout.height { sum += rowSums.doubles[row] }
    return sum
  }

  /// The place of the stored β φ″.
  func storedCurvature() -> Memory {
    if let curvature { return curvature }
    let perRow = layout.vectors * kernel.lanes * kernel.blocks.size
    let memory = Memory(count: kernel.blocks.count * layout.height * perRow, stride: stride)
    curvature = memory
    return memory
  }

  /// Where the stored β φ″ of some rows lie: the filters of a block alternate vector by vector, in
  /// the order in which the Hessian product needs them.
  func curvatureRows(_ curvature: Memory, _ part: RidgePart) -> RidgeRows {
    let filters = kernel.blocks.size
    let perRow = layout.vectors * kernel.lanes * filters
    let offset = (part.block * layout.height + part.rows.lowerBound) * perRow
    return RidgeRows(
      start: curvature.start + offset * stride, rowStride: perRow, filterStride: kernel.lanes,
      vectorStride: kernel.lanes * filters)
  }

  /// The stored β φ″ that the band after this one needs, or the first band of the next block.
  func curvature(_ curvature: Memory, after band: Int, block: Int) -> UnsafeRawBufferPointer {
    let rowBytes = layout.vectors * kernel.lanes * kernel.blocks.size * stride
    let row = min(rows(ofOutputBand: band).upperBound + layout.radius, layout.height)
    let offset = (block * layout.height + row) * rowBytes
    return UnsafeRawBufferPointer(
      start: curvature.start + offset,
      count: min(layout.bandRows * rowBytes, curvature.byteCount - offset))
  }

  /// Where a part's responses lie in one of its worker's buffers.
  func bufferRows(_ part: RidgePart, _ buffer: Int) -> RidgeRows {
    let offset = part.bufferRow * layout.rowStride + layout.margin
    return RidgeRows(
      start: buffers[part.worker][buffer].start + offset * stride, rowStride: layout.rowStride,
      filterStride: layout.bufferStride, vectorStride: kernel.lanes)
  }

  /// Responses of padded image `image`, into a buffer.
  func forward(_ image: Int, _ filters: PackedFilters, _ part: RidgePart, buffer: Int) {
    forward(image, filters, part, to: bufferRows(part, buffer))
  }

  /// Responses of padded image `image`, times factors if there are any.
  func forward(
    _ image: Int, _ filters: PackedFilters, _ part: RidgePart, to output: RidgeRows,
    factors: UnsafeRawPointer? = nil
  ) {
    let description = kernel.description
    kernel.entries.forward(
      RidgeForward(
        single: description.singlePrecision, filters: kernel.blocks.size, rows: part.rows.count,
        vectors: layout.vectors,
        image: UnsafeRawPointer(images[image].start + firstTap(part) * stride),
        imageRowStride: layout.rowStride, taps: description.taps, offsets: tapOffsets.start,
        weights: filters.forward(block: part.block), output: output, factors: factors))
  }

  /// Offset in a padded image of what the first tap sees from a part's first response.
  private func firstTap(_ part: RidgePart) -> Int {
    layout.offset(row: part.rows.lowerBound - layout.radius, column: -layout.radius)
  }

  /// A pointwise operation on a part's buffers, or on `first` in place of buffer 0.
  func pointwise(
    _ operation: RidgeOperation, _ part: RidgePart, first: RidgeRows? = nil,
    sums: UnsafeMutablePointer<Double>? = nil,
    smoothingSums: UnsafeMutablePointer<Double>? = nil,
    weightDirections: UnsafePointer<Double>? = nil,
    smoothingDirections: UnsafePointer<Double>? = nil
  ) {
    let filters = kernel.blocks[part.block]
    let count = buffers[part.worker].count
    var pass = RidgePointwise(
      single: kernel.description.singlePrecision, operation: operation,
      potential: kernel.potential, filters: filters.count, rows: part.rows.count,
      columns: layout.width, first: first ?? bufferRows(part, 0),
      second: count > 1 ? bufferRows(part, 1).start : nil,
      third: count > 2 ? bufferRows(part, 2).start : nil,
      weights: kernel.weights + filters.lowerBound,
      smoothing: kernel.smoothing + filters.lowerBound)
    pass.ratio = kernel.description.ratio
    pass.sums = sums
    pass.smoothingSums = smoothingSums
    pass.weightDirections = weightDirections
    pass.smoothingDirections = smoothingDirections
    kernel.entries.pointwise(pass)
  }

  /// Correlates a buffer of responses with a padded image.
  func correlate(
    buffer: Int, image: Int, _ part: RidgePart, _ sums: UnsafeMutablePointer<Double>
  ) {
    let description = kernel.description
    kernel.entries.correlation(
      RidgeCorrelation(
        single: description.singlePrecision,
        filters: kernel.blocks[part.block].count, rows: part.rows.count,
        vectors: layout.vectors, responses: bufferRows(part, buffer),
        image: UnsafeRawPointer(images[image].start + firstTap(part) * stride),
        imageRowStride: layout.rowStride, taps: description.taps,
        offsets: tapOffsets.start, sums: sums))
  }
}
