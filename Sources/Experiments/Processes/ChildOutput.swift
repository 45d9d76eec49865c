#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What one pipe of a process brings: whole lines as they come, and the end of it all.
struct ChildOutput {
  private(set) var descriptor: Int32
  /// The last bytes that came.
  private(set) var kept: [UInt8] = []
  /// The start of a line whose end is still to come.
  private var rest: [UInt8] = []
  private var isEnded = false
  private let mostBytes: Int

  /// Lines that are longer are cut into several.
  private static let longestLine = 1 << 20

  init(_ descriptor: Int32, keeping mostBytes: Int) {
    self.descriptor = descriptor
    self.mostBytes = mostBytes
  }

  /// Whether more may come.
  var isOpen: Bool { !isEnded }

  /// Reads what is there, without waiting; answers the lines that are complete.
  mutating func readLines() -> [String] {
    var lines: [String] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while !isEnded {
      let count = read(descriptor, &block, block.count)
      if count < 0 {
        if errno == EINTR { continue }
        if errno != EAGAIN && errno != EWOULDBLOCK { isEnded = true }
        break
      }
      if count == 0 { isEnded = true } else { take(block[..<count], &lines) }
    }
    if isEnded, !rest.isEmpty { endLine(&lines) }
    return lines
  }

  private mutating func take(_ bytes: ArraySlice<UInt8>, _ lines: inout [String]) {
    keep(bytes)
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        endLine(&lines)
      } else {
        rest.append(byte)
        if rest.count == Self.longestLine { endLine(&lines) }
      }
    }
  }

  private mutating func endLine(_ lines: inout [String]) {
    lines.append(String(decoding: rest, as: UTF8.self))
    rest = []
  }

  private mutating func keep(_ bytes: ArraySlice<UInt8>) {
    kept += bytes
    // Twice as much is let grow, so that bytes are moved rarely.
    if kept.count > 2 * mostBytes { kept.removeFirst(kept.count - mostBytes) }
  }

  /// The last bytes as text.
  var text: String { String(decoding: kept.suffix(mostBytes), as: UTF8.self) }

  /// Closes the pipe.
  mutating func close() {
    guard descriptor >= 0 else { return }
    _ = Self.systemClose(descriptor)
    descriptor = -1
    isEnded = true
  }

  // Out of the reach of the method of this name.
  #if canImport(Glibc)
    private static func systemClose(_ descriptor: Int32) -> Int32 { Glibc.close(descriptor) }
  #else
    private static func systemClose(_ descriptor: Int32) -> Int32 { Darwin.close(descriptor) }
  #endif
}
