import Dispatch
import KernelInterface

/// Some rows of the responses of one block of filters: what a pass works on at a time.
struct RidgePart {
  /// Who works.
  var worker: Int
  /// Which filters.
  var block: Int
  /// Rows of the responses.
  var rows: Range<Int>
  /// Row of the buffer in which they begin.
  var bufferRow: Int
  /// Whether no other worker computes these rows too.
  var isOwned: Bool
}

/// Sums that derivatives with respect to the parameters add to.
struct RidgeSums {
  var coefficients: UnsafeMutablePointer<Double>
  var weights: UnsafeMutablePointer<Double>
  var smoothing: UnsafeMutablePointer<Double>

  /// The sums of all filters from `filter` on.
  func from(filter: Int, taps: Int) -> RidgeSums {
    RidgeSums(
      coefficients: coefficients + filter * taps, weights: weights + filter,
      smoothing: smoothing + filter)
  }

  /// Adds other sums of so many filters.
  func add(_ other: RidgeSums, filters: Int, taps: Int) {
    for i in 0..<(filters * taps) { coefficients[i] += other.coefficients[i] }
    for k in 0..<filters {
      weights[k] += other.weights[k]
      smoothing[k] += other.smoothing[k]
    }
  }

  /// Makes the sums of so many filters zero.
  func clear(filters: Int, taps: Int) {
    coefficients.update(repeating: 0, count: filters * taps)
    weights.update(repeating: 0, count: filters)
    smoothing.update(repeating: 0, count: filters)
  }
}

/// Work on disjoint parts of one workspace, which several threads may therefore do at once.
private struct SharedWork: @unchecked Sendable {
  let body: (Int) -> Void
}

// How bands of rows are shared among workers. Nothing that is computed depends on who computes it:
// the bands are fixed, every sum has its own place, and the places are added up in their order.
extension RidgeWorkspace {
  /// Calls `body` for every worker.
  private func eachWorker(_ body: (Int) -> Void) {
    if workers == 1 {
      body(0)
    } else {
      withoutActuallyEscaping(body) { body in
        let shared = SharedWork(body: body)
        DispatchQueue.concurrentPerform(iterations: workers) { shared.body($0) }
      }
    }
  }

  /// The bands of one worker.
  private func share(_ worker: Int, of bands: Int) -> Range<Int> {
    (worker * bands / workers)..<((worker + 1) * bands / workers)
  }

  private func rows(ofResponseBand band: Int) -> Range<Int> {
    let first = band * layout.bandRows
    return first..<min(first + layout.bandRows, layout.height)
  }

  /// Calls `body` for every block and band of responses.
  func eachResponseBand(_ body: (RidgePart) -> Void) {
    eachWorker { worker in
      for block in 0..<kernel.blocks.count {
        for band in share(worker, of: layout.responseBands) {
          body(
            RidgePart(
              worker: worker, block: block, rows: rows(ofResponseBand: band), bufferRow: 0,
              isOwned: true))
        }
      }
    }
  }

  /// Calls `body` for every block and band with the sums that it shall add to.
  ///
  /// Every band has sums of its own, which are added to the outputs band by band: at once if there
  /// is one worker, at the end if there are several.
  func accumulate(
    _ coefficients: UnsafeMutablePointer<Double>, _ weights: UnsafeMutablePointer<Double>,
    _ smoothing: UnsafeMutablePointer<Double>, _ body: (RidgePart, RidgeSums) -> Void
  ) {
    let outputs = RidgeSums(coefficients: coefficients, weights: weights, smoothing: smoothing)
    let (filters, taps) = (kernel.description.filters, kernel.description.taps)
    let isAlone = workers == 1
    let memory = sumsMemory
    eachResponseBand { part in
      let range = kernel.blocks[part.block]
      let band = isAlone ? 0 : part.rows.lowerBound / layout.bandRows
      let sums = place(memory, band).from(filter: range.lowerBound, taps: taps)
      sums.clear(filters: range.count, taps: taps)
      body(part, sums)
      if isAlone {
        outputs.from(filter: range.lowerBound, taps: taps)
          .add(sums, filters: range.count, taps: taps)
      }
    }
    if isAlone { return }
    for band in 0..<layout.responseBands {
      outputs.add(place(memory, band), filters: filters, taps: taps)
    }
  }

  /// The sums of one band.
  private func place(_ memory: Memory, _ band: Int) -> RidgeSums {
    let (filters, taps) = (kernel.description.filters, kernel.description.taps)
    let start = memory.doubles + band * filters * (taps + 2)
    return RidgeSums(
      coefficients: start, weights: start + filters * taps,
      smoothing: start + filters * (taps + 1))
  }

  /// Adjoint pass: for every block and band of the output, `fill` computes the rows of responses
  /// that the band before has not left in the buffers (into buffer 0 for `first`, 1 for `second`), and
  /// the adjoints of all buffers are added to the padded output.
  ///
  /// If `fill` reads the stored β φ″, these are fetched while adjoints are computed.
  func sweep(
    _ first: PackedFilters, _ second: PackedFilters? = nil, blocks: Range<Int>? = nil,
    reading curvature: Memory? = nil,
    _ fill: (RidgePart) -> Void
  ) {
    let blocks = blocks ?? 0..<kernel.blocks.count
    output.start.initializeMemory(as: UInt8.self, repeating: 0, count: output.byteCount)
    eachWorker { worker in
      let bands = share(worker, of: layout.outputBands)
      for block in blocks {
        for band in bands {
          fillBuffers(
            second == nil ? 1 : 2, worker: worker, block: block, band: band,
            isFirst: band == bands.lowerBound, fill)
          addAdjoint(
            first, worker: worker, block: block, band: band, buffer: 0, reading: curvature)
          guard let second else { continue }
          addAdjoint(second, worker: worker, block: block, band: band, buffer: 1)
        }
      }
    }
  }

  /// Rows of the image that one band of the output covers.
  func rows(ofOutputBand band: Int) -> Range<Int> {
    let first = layout.firstRow + band * layout.bandRows
    return first..<min(first + layout.bandRows, layout.firstRow + layout.outputRows)
  }

  /// Makes buffer row 0 the response row `radius` above the band, and fills what the band needs.
  private func fillBuffers(
    _ count: Int, worker: Int, block: Int, band: Int, isFirst: Bool, _ fill: (RidgePart) -> Void
  ) {
    let origin = rows(ofOutputBand: band).lowerBound - layout.radius
    let overlap = 2 * layout.radius
    let height = layout.height
    func fillRows(_ bufferRows: Range<Int>, isOwned: Bool) {
      let first = min(max(origin + bufferRows.lowerBound, 0), height)
      let end = min(max(origin + bufferRows.upperBound, first), height)
      let inside = first == end ? bufferRows.upperBound : first - origin
      clear(count, worker: worker, block: block, bufferRows.lowerBound..<inside)
      if first == end { return }
      fill(
        RidgePart(
          worker: worker, block: block, rows: first..<end, bufferRow: inside, isOwned: isOwned))
      clear(count, worker: worker, block: block, (end - origin)..<bufferRows.upperBound)
    }
    if isFirst {
      // The first rows of a strip are the last ones of the strip above, which owns them.
      fillRows(0..<overlap, isOwned: band == 0)
    } else {
      moveUp(count, worker: worker, block: block)
    }
    fillRows(overlap..<layout.bufferRows, isOwned: true)
  }

  /// Moves the last 2 `radius` rows of the buffers to the top.
  private func moveUp(_ count: Int, worker: Int, block: Int) {
    let stride = kernel.description.elementStride
    let bytes = 2 * layout.radius * layout.rowStride * stride
    let distance = layout.bandRows * layout.rowStride * stride
    for buffer in 0..<count {
      for f in 0..<kernel.blocks[block].count {
        let start = buffers[worker][buffer].start + f * layout.bufferStride * stride
        start.copyMemory(from: start + distance, byteCount: bytes)
      }
    }
  }

  /// Zeros buffer rows, which stand for responses outside of the image.
  private func clear(_ count: Int, worker: Int, block: Int, _ rows: Range<Int>) {
    guard !rows.isEmpty else { return }
    let stride = kernel.description.elementStride
    let offset = rows.lowerBound * layout.rowStride
    for buffer in 0..<count {
      for f in 0..<kernel.blocks[block].count {
        let start = buffers[worker][buffer].start + (f * layout.bufferStride + offset) * stride
        start.initializeMemory(
          as: UInt8.self, repeating: 0, count: rows.count * layout.rowStride * stride)
      }
    }
  }

  private func addAdjoint(
    _ filters: PackedFilters, worker: Int, block: Int, band: Int, buffer: Int,
    reading curvature: Memory? = nil
  ) {
    let description = kernel.description
    let stride = description.elementStride
    let rows = rows(ofOutputBand: band)
    let column = layout.firstRow
    let responses =
      buffers[worker][buffer].start
      + (layout.margin + column - layout.radius) * stride
    for channel in 0..<layout.channels {
      let offset =
        channel * layout.planeStride + layout.offset(row: rows.lowerBound, column: column)
      var pass = RidgeAdjoint(
        single: description.singlePrecision, size: description.size,
        filters: kernel.blocks[block].count, rows: rows.count, vectors: layout.outputVectors,
        responses: RidgeRows(
          start: responses, rowStride: layout.rowStride, filterStride: layout.bufferStride,
          vectorStride: kernel.lanes),
        weights: filters.adjoint(block: block, channel: channel),
        image: output.start + offset * stride, imageRowStride: layout.rowStride)
      if let curvature, channel == 0 {
        pass.upcoming = self.curvature(curvature, after: band, block: block)
      }
      kernel.entries.adjoint(pass)
    }
  }
}
