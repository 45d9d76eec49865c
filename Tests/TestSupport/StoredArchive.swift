/// A zip archive of stored members, byte by byte, so that a test can write a wrong one too.
public struct StoredArchive: Sendable {
  /// Names and contents.
  public var members: [(name: String, content: [UInt8])] = []

  /// An archive of these members.
  public init(_ members: [(name: String, content: [UInt8])] = []) { self.members = members }

  /// The whole file.
  public var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, content) in members {
      let offset = file.count
      let text = Array(name.utf8)
      let facts = numbers([
        (20, 2), (0x0800, 2), (0, 2), (0, 4), (Int(checksum(content)), 4), (content.count, 4),
        (content.count, 4), (text.count, 2), (0, 2),
      ])
      file += [0x50, 0x4B, 3, 4]
      file += facts
      file += text
      file += content
      directory += [0x50, 0x4B, 1, 2]
      directory += numbers([(20, 2)])
      directory += facts
      directory += numbers([(0, 2), (0, 2), (0, 2), (0, 4), (offset, 4)])
      directory += text
    }
    let start = file.count
    file += directory
    file += [0x50, 0x4B, 5, 6]
    file += numbers([
      (0, 2), (0, 2), (members.count, 2), (members.count, 2), (directory.count, 4), (start, 4),
      (0, 2),
    ])
    return file
  }

  /// Values in so many bytes each, the lowest first.
  private func numbers(_ values: [(value: Int, count: Int)]) -> [UInt8] {
    values.flatMap { value, count in
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
  }

  /// CRC-32 as in zip.
  private func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 {
        let carry: UInt32 = sum & 1 == 1 ? 0xEDB8_8320 : 0
        sum = sum >> 1 ^ carry
      }
    }
    return ~sum
  }
}

/// The instructions of a pickle.
public struct PickleText: Sendable {
  /// What was written so far.
  public private(set) var bytes: [UInt8] = [0x80, 2]

  /// Protocol 2.
  public init() {}

  /// Any instructions.
  public func raw(_ bytes: [UInt8]) -> PickleText {
    var text = self
    text.bytes += bytes
    return text
  }

  /// Instructions that are letters.
  public func code(_ letters: String) -> PickleText { raw(Array(letters.utf8)) }

  /// A word.
  public func word(_ text: String) -> PickleText {
    let utf8 = Array(text.utf8)
    return code("X").raw(Self.little(utf8.count, 4)).raw(utf8)
  }

  /// An integer of 32 bits.
  public func integer(_ value: Int) -> PickleText { code("J").raw(Self.little(value, 4)) }

  /// The name of a class or function.
  public func global(_ module: String, _ name: String) -> PickleText {
    code("c\(module)\n\(name)\n")
  }

  /// A tuple of integers.
  public func integers(_ values: [Int]) -> PickleText {
    values.reduce(code("(")) { $0.integer($1) }.code("t")
  }

  /// A tensor of the storage `key`, which has `count` numbers.
  public func tensor(
    _ key: String, _ type: String = "FloatStorage", count: Int, offset: Int = 0, _ shape: [Int],
    _ strides: [Int]
  ) -> PickleText {
    global("torch._utils", "_rebuild_tensor_v2").code("((").word("storage").global("torch", type)
      .word(key).word("cpu").integer(count).code("tQ").integer(offset).integers(shape)
      .integers(strides).raw([0x89]).global("collections", "OrderedDict").code(")RtR")
  }

  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
