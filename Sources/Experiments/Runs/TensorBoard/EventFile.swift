import Imaging

/// The content of a TensorBoard event file: TFRecords of `Event` messages.
///
/// Field numbers are those of TensorFlow's `event.proto` and `summary.proto`.
struct EventFile {
  private(set) var bytes: [UInt8] = []

  /// A file that begins at the time, in seconds since 1970.
  init(startedAt time: Double) {
    var event = ProtocolBuffer()
    event.add(time, as: 1)
    event.add("brain.Event:2", as: 3)
    append(event)
  }

  /// Adds numbers of one step under their tags.
  mutating func add(_ scalars: [(tag: String, value: Double)], step: Int, time: Double) {
    guard !scalars.isEmpty else { return }
    append(
      summary: scalars.map { scalar in
        var value = ProtocolBuffer()
        value.add(scalar.tag, as: 1)
        value.add(Float(scalar.value), as: 2)
        return value
      }, step: step, time: time)
  }

  /// Adds a picture, given as the bytes of a PNG file.
  mutating func add(png: [UInt8], tag: String, step: Int, time: Double) {
    guard let header = PNGHeader(png) else { return }
    var image = ProtocolBuffer()
    image.add(header.height, as: 1)
    image.add(header.width, as: 2)
    image.add(header.channels, as: 3)
    image.add(png, as: 4)
    var value = ProtocolBuffer()
    value.add(tag, as: 1)
    value.add(image, as: 4)
    append(summary: [value], step: step, time: time)
  }

  private mutating func append(summary values: [ProtocolBuffer], step: Int, time: Double) {
    var summary = ProtocolBuffer()
    for value in values { summary.add(value, as: 1) }
    var event = ProtocolBuffer()
    event.add(time, as: 1)
    event.add(step, as: 2)
    event.add(summary, as: 5)
    append(event)
  }

  /// A record: length, its check, content, its check.
  private mutating func append(_ event: ProtocolBuffer) {
    let length = LittleEndian.bytes(of: UInt64(event.bytes.count))
    bytes += length + LittleEndian.bytes(of: CRC32C.masked(length))
    bytes += event.bytes + LittleEndian.bytes(of: CRC32C.masked(event.bytes))
  }
}

/// What the first chunk of a PNG file says.
private struct PNGHeader {
  let width: Int
  let height: Int
  /// 1 (grey), 3 (colour) or 4 (with transparency), as TensorFlow counts.
  let channels: Int

  private static let colourTypes = [0: 1, 2: 3, 3: 3, 4: 2, 6: 4]

  init?(_ bytes: [UInt8]) {
    guard bytes.count > 25, bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]),
      let channels = Self.colourTypes[Int(bytes[25])]
    else { return nil }
    func number(at start: Int) -> Int { bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    (width, height) = (number(at: 16), number(at: 20))
    self.channels = channels
  }
}

/// The checksum of TFRecords: CRC-32C (Castagnoli), rotated and shifted by a constant.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1
    }
  }

  /// The plain checksum.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }

  /// The masked checksum, as it is stored.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let value = checksum(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
