import KernelInterface

// One filter at a time, for bounds and certificates: not fused.
extension RidgeWorkspace {
  /// response ← C_k x, height × width.
  public func responses(
    _ x: UnsafeRawPointer, filter: Int, _ response: UnsafeMutableRawPointer
  ) {
    precondition(0..<kernel.description.filters ~= filter, "There is such a filter.")
    prepareScratch(images: [x], buffers: 1)
    let (block, f) = filter.quotientAndRemainder(dividingBy: kernel.blocks.size)
    let bytes = layout.width * kernel.description.elementStride
    eachBandOfResponses(block) { [self] part in
      forward(0, kernel.filters, part, buffer: 0)
      for row in part.rows {
        (response + row * bytes).copyMemory(
          from: bufferAddress(f, part.bufferRow + row - part.rows.lowerBound), byteCount: bytes)
      }
    }
  }

  /// image ← image + C_kᵀ response.
  public func adjoint(
    _ response: UnsafeRawPointer, filter: Int, _ image: UnsafeMutableRawPointer
  ) {
    precondition(0..<kernel.description.filters ~= filter, "There is such a filter.")
    prepareScratch(images: [], buffers: 1)
    let (chosen, f) = filter.quotientAndRemainder(dividingBy: kernel.blocks.size)
    let bytes = layout.width * kernel.description.elementStride
    sweep(kernel.filters, blocks: chosen..<(chosen + 1)) { [self] part in
      for row in part.rows {
        let bufferRow = part.bufferRow + row - part.rows.lowerBound
        for other in 0..<kernel.blocks[chosen].count {
          let address = bufferAddress(other, bufferRow, worker: part.worker)
          if other == f {
            address.copyMemory(from: response + row * bytes, byteCount: bytes)
            clearTail(address + bytes)
          } else {
            address.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
            clearTail(address + bytes)
          }
        }
      }
    }
    fold(into: image)
  }

  /// Zeros what a forward pass may have left after the last column.
  private func clearTail(_ address: UnsafeMutableRawPointer) {
    let count = layout.vectors * kernel.lanes - layout.width
    address.initializeMemory(
      as: UInt8.self, repeating: 0, count: count * kernel.description.elementStride)
  }

  private func bufferAddress(_ f: Int, _ row: Int, worker: Int = 0) -> UnsafeMutableRawPointer {
    let offset = f * layout.bufferStride + row * layout.rowStride + layout.margin
    return buffers[worker][0].start + offset * kernel.description.elementStride
  }

  private func eachBandOfResponses(_ block: Int, _ body: (RidgePart) -> Void) {
    var row = 0
    while row < layout.height {
      let end = min(row + layout.bandRows, layout.height)
      body(RidgePart(worker: 0, block: block, rows: row..<end, bufferRow: 0, isOwned: true))
      row = end
    }
  }
}
