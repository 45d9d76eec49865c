/// A message of Protocol Buffers being written, field by field.
struct ProtocolBuffer {
  private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  /// A field of type int64.
  mutating func add(_ number: Int, as field: UInt64) {
    key(field, .varint)
    varint(UInt64(bitPattern: Int64(number)))
  }

  /// A field of type double.
  mutating func add(_ number: Double, as field: UInt64) {
    key(field, .fixed64)
    bytes += LittleEndian.bytes(of: number.bitPattern)
  }

  /// A field of type float.
  mutating func add(_ number: Float, as field: UInt64) {
    key(field, .fixed32)
    bytes += LittleEndian.bytes(of: number.bitPattern)
  }

  /// A field of type bytes.
  mutating func add(_ content: [UInt8], as field: UInt64) {
    key(field, .lengthDelimited)
    varint(UInt64(content.count))
    bytes += content
  }

  /// A field of type string.
  mutating func add(_ text: String, as field: UInt64) { add(Array(text.utf8), as: field) }

  /// A field that is a message.
  mutating func add(_ message: ProtocolBuffer, as field: UInt64) { add(message.bytes, as: field) }

  private mutating func key(_ field: UInt64, _ type: WireType) {
    varint(field << 3 | type.rawValue)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// Numbers as bytes, the lowest first.
enum LittleEndian {
  static func bytes<Number: FixedWidthInteger>(of number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
