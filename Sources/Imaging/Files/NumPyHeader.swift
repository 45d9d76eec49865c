import Tensors

/// The header of a `.npy` array: element encoding, memory order and shape.
///
/// Format: "NEP 1: A Simple File Format for NumPy Arrays", versions 1.0 to 3.0.
struct NumPyHeader {
  let encoding: ElementEncoding
  let isColumnMajor: Bool
  let extents: [Int]
  /// Where the numbers start.
  let byteCount: Int

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// Numbers start at a multiple of this.
  private static let alignment = 64

  /// Whether the bytes start as every `.npy` file does.
  static func isFound(in bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: magic) }

  /// Reads the header at the start of the bytes.
  init(_ bytes: UnsafeRawBufferPointer) throws(FileProblem) {
    guard NumPyHeader.isFound(in: bytes) else { throw FileProblem("is no .npy file") }
    guard bytes.count >= 12 else { throw FileProblem("is truncated in the header") }
    let version = bytes[6]
    guard (1...3).contains(version) else {
      throw FileProblem("has version \(version).\(bytes[7]) of the .npy format; known are 1 to 3")
    }
    let start = version == 1 ? 10 : 12
    var length = Int(bytes[8]) | Int(bytes[9]) << 8
    if version > 1 { length |= Int(bytes[10]) << 16 | Int(bytes[11]) << 24 }
    guard length <= bytes.count - start else { throw FileProblem("is truncated in the header") }
    byteCount = start + length
    let text = String(decoding: bytes[start..<byteCount], as: UTF8.self)
    var reader = LiteralReader(text)
    (encoding, isColumnMajor, extents) = try NumPyHeader.fields(&reader)
  }

  /// The bytes of the header of a row-major tensor, version 1.0.
  static func bytes(for tensor: Tensor) -> [UInt8] {
    let type = tensor.elementType == .float32 ? "<f4" : "<f8"
    let extents = tensor.shape.extents.map { String($0) }
    let shape = extents.count == 1 ? extents[0] + "," : extents.joined(separator: ", ")
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }"
    let unpadded = 10 + text.utf8.count + 1
    text += String(repeating: " ", count: (alignment - unpadded % alignment) % alignment) + "\n"
    let length = text.utf8.count
    precondition(length <= UInt16.max, "A header of version 1.0 has at most 65535 bytes.")
    return magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
  }

  private static func fields(
    _ reader: inout LiteralReader
  ) throws(FileProblem) -> (ElementEncoding, Bool, [Int]) {
    var encoding: ElementEncoding?
    var isColumnMajor: Bool?
    var extents: [Int]?
    try reader.expect("{")
    while !reader.takes("}") {
      let key = try reader.string()
      try reader.expect(":")
      switch key {
      case "descr":
        if reader.isAt("[") { throw FileProblem("holds records; only plain numbers can be read") }
        encoding = try NumPyHeader.encoding(reader.string())
      case "fortran_order": isColumnMajor = try reader.boolean()
      case "shape": extents = try reader.tuple()
      default: throw FileProblem("has an unknown entry '\(key)' in the header")
      }
      if !reader.takes(",") && !reader.isAt("}") { throw LiteralReader.malformed }
    }
    guard let encoding, let isColumnMajor, let extents, reader.isAtEnd else {
      throw LiteralReader.malformed
    }
    return (encoding, isColumnMajor, extents)
  }

  private static func encoding(_ type: String) throws(FileProblem) -> ElementEncoding {
    let formats: [String: ElementEncoding.Format] = [
      "f2": .float16, "f4": .float32, "f8": .float64, "i1": .int8, "i2": .int16, "i4": .int32,
      "i8": .int64, "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64, "b1": .uint8,
    ]
    guard let order = type.first, "<>|=".contains(order),
      let format = formats[String(type.dropFirst())]
    else {
      throw FileProblem(
        "holds elements of type '\(type)'; only real numbers (f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1) "
          + "can be read")
    }
    return ElementEncoding(format: format, isBigEndian: order == ">")
  }
}

/// What is wrong with the content of a file, before its name is known.
struct FileProblem: Error {
  let text: String
  init(_ text: String) { self.text = text }
}

/// Reads the Python literals of a header.
struct LiteralReader {
  static let malformed = FileProblem("has a malformed header")

  private let text: [Character]
  private var position = 0

  init(_ text: String) { self.text = Array(text) }

  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return position == text.count
    }
  }

  mutating func isAt(_ character: Character) -> Bool {
    skipSpace()
    return position < text.count && text[position] == character
  }

  mutating func takes(_ character: Character) -> Bool {
    guard isAt(character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Character) throws(FileProblem) {
    guard takes(character) else { throw LiteralReader.malformed }
  }

  mutating func string() throws(FileProblem) -> String {
    let quote: Character = isAt("\"") ? "\"" : "'"
    try expect(quote)
    guard let end = text[position...].firstIndex(of: quote) else { throw LiteralReader.malformed }
    defer { position = end + 1 }
    return String(text[position..<end])
  }

  mutating func boolean() throws(FileProblem) -> Bool {
    for (word, value) in [("True", true), ("False", false)] where takes(word: word) { return value }
    throw LiteralReader.malformed
  }

  mutating func tuple() throws(FileProblem) -> [Int] {
    var numbers: [Int] = []
    try expect("(")
    while !takes(")") {
      skipSpace()
      let digits = text[position...].prefix { $0.isASCII && $0.isNumber }
      guard let number = Int(String(digits)) else { throw LiteralReader.malformed }
      numbers.append(number)
      position += digits.count
      // Python 2 wrote long integers with this suffix.
      _ = takes("L")
      if !takes(",") && !isAt(")") { throw LiteralReader.malformed }
    }
    return numbers
  }

  private mutating func takes(word: String) -> Bool {
    skipSpace()
    guard text[position...].starts(with: word) else { return false }
    position += word.count
    return true
  }

  private mutating func skipSpace() {
    while position < text.count, text[position].isWhitespace { position += 1 }
  }
}
