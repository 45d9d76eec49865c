import KernelInterface

/// Filters in the orders in which the fused passes read them, in blocks; missing filters of the last
/// block are zero.
final class PackedFilters: Sendable {
  private let forwardWeights: Memory  // block × channel × row × column × filter of the block
  private let adjointWeights: Memory  // block × channel × filter × column × row, both reversed
  private let stride: Int
  private let filtersPerBlock: Int
  private let perBlock: Int
  private let perChannel: Int

  /// Space for the filters of a description.
  init(_ description: RidgeKernel.Description, _ blocks: FilterBlocks) {
    stride = description.elementStride
    filtersPerBlock = blocks.size
    perChannel = filtersPerBlock * description.size * description.size
    perBlock = perChannel * description.channels
    forwardWeights = Memory(count: blocks.count * perBlock, stride: stride)
    adjointWeights = Memory(count: blocks.count * perBlock, stride: stride)
  }

  /// Writes coefficients, ordered filters × channels × size × size.
  func pack(_ coefficients: UnsafePointer<Double>, _ description: RidgeKernel.Description) {
    let size = description.size
    var next = coefficients
    for filter in 0..<description.filters {
      let (block, f) = filter.quotientAndRemainder(dividingBy: filtersPerBlock)
      for channel in 0..<description.channels {
        let base = block * perBlock + channel * perChannel
        for row in 0..<size {
          for column in 0..<size {
            let reversed = (f * size + (size - 1 - column)) * size + (size - 1 - row)
            write(next.pointee, forwardWeights, base + (row * size + column) * filtersPerBlock + f)
            write(next.pointee, adjointWeights, base + reversed)
            next += 1
          }
        }
      }
    }
  }

  /// Weights of one block for `RidgeForward`.
  func forward(block: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(forwardWeights.start + block * perBlock * stride)
  }

  /// Weights of one block and channel for `RidgeAdjoint`.
  func adjoint(block: Int, channel: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(adjointWeights.start + (block * perBlock + channel * perChannel) * stride)
  }

  private func write(_ value: Double, _ memory: Memory, _ index: Int) {
    if stride == MemoryLayout<Float>.stride {
      memory.start.assumingMemoryBound(to: Float.self)[index] = Float(value)
    } else {
      memory.doubles[index] = value
    }
  }
}
