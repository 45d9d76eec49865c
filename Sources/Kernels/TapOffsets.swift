/// Where the taps of a filter lie in planes of pixels, from its first tap, in the order channels × rows
/// × columns.
final class TapOffsets: Sendable {
  private let memory: Memory

  init(channels: Int, size: Int, rowStride: Int, planeStride: Int) {
    memory = Memory(count: channels * size * size, stride: MemoryLayout<Int>.stride)
    var next = memory.start.assumingMemoryBound(to: Int.self)
    for channel in 0..<channels {
      for row in 0..<size {
        for column in 0..<size {
          next.pointee = channel * planeStride + row * rowStride + column
          next += 1
        }
      }
    }
  }

  /// The offsets.
  var start: UnsafePointer<Int> {
    UnsafePointer(memory.start.assumingMemoryBound(to: Int.self))
  }
}
