/// Reads the numbers, words and lines of a pickle one after the other.
struct PickleReader {
  static let truncated = FileProblem("has a truncated pickle")
  /// Longer names of modules and functions are refused.
  private static let longestLine = 1000

  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Whether all has been read.
  var isAtEnd: Bool { position == bytes.count }

  mutating func byte() throws(FileProblem) -> UInt8 {
    guard position < bytes.count else { throw PickleReader.truncated }
    position += 1
    return bytes[position - 1]
  }

  /// A little-endian number without sign of at most 8 bytes, which must fit into an `Int`.
  mutating func unsigned(bytes count: Int) throws(FileProblem) -> Int {
    var bits: UInt64 = 0
    for i in 0..<count { bits |= UInt64(try byte()) << UInt64(8 * i) }
    guard let number = Int(exactly: bits) else { throw PickleReader.truncated }
    return number
  }

  /// A little-endian two's complement number of any count of bytes, which must fit into an `Int`.
  mutating func signed(bytes count: Int) throws(FileProblem) -> Int {
    guard count <= 8 else {
      throw FileProblem("has a pickle with an integer of \(count) bytes, more than the 8 in use")
    }
    guard count > 0 else { return 0 }
    var bits: UInt64 = 0
    for i in 0..<count { bits |= UInt64(try byte()) << UInt64(8 * i) }
    let unused = UInt64(64 - 8 * count)
    return Int(Int64(bitPattern: bits << unused) >> Int64(unused))
  }

  /// A big-endian Float64.
  mutating func double() throws(FileProblem) -> Double {
    var bits: UInt64 = 0
    for _ in 0..<8 { bits = bits << 8 | UInt64(try byte()) }
    return Double(bitPattern: bits)
  }

  /// UTF-8 of that many bytes.
  mutating func text(bytes count: Int) throws(FileProblem) -> String {
    guard count <= bytes.count - position else { throw PickleReader.truncated }
    position += count
    return String(decoding: bytes[position - count..<position], as: UTF8.self)
  }

  /// What comes before the next line feed.
  mutating func line() throws(FileProblem) -> String {
    var line: [UInt8] = []
    while true {
      let next = try byte()
      if next == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      guard line.count < PickleReader.longestLine else { throw PickleReader.truncated }
      line.append(next)
    }
  }
}
