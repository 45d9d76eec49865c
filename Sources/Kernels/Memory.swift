/// Zero-initialised, aligned memory that is freed with its owner.
final class Memory: @unchecked Sendable {
  /// The first byte, at the start of a cache line.
  let start: UnsafeMutableRawPointer
  /// Size in bytes.
  let byteCount: Int

  /// `count` elements of `stride` bytes, all bits zero.
  init(count: Int, stride: Int) {
    byteCount = max(count * stride, Memory.alignment)
    start = .allocate(byteCount: byteCount, alignment: Memory.alignment)
    start.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
  }

  deinit { start.deallocate() }

  /// The memory as Float64 numbers.
  var doubles: UnsafeMutablePointer<Double> { start.assumingMemoryBound(to: Double.self) }

  private static let alignment = 64
}
