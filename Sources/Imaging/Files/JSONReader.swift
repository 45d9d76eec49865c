/// A value of a JSON text; objects keep the order of their members.
public enum JSONValue {
  case null
  case boolean(Bool)
  case number(Double)
  /// A whole number without point or exponent.
  case integer(Int)
  case string(String)
  case array([JSONValue])
  case object([(name: String, value: JSONValue)])

  /// The value that a text holds, nil where it is no JSON; a number too large for Float64 is infinite.
  public init?(parsing text: String) {
    var text = text
    let value = text.withUTF8 { bytes in
      try? JSONReader.value(of: UnsafeRawBufferPointer(bytes), acceptingInfinity: true)
    }
    guard let value else { return nil }
    self = value
  }
}

/// A strict reader of JSON (RFC 8259).
struct JSONReader {
  private static let malformed = FileProblem("has a malformed header")
  /// Deeper nesting is refused, before it uses up the stack.
  private static let deepest = 16

  private let bytes: UnsafeRawBufferPointer
  private let acceptsInfinity: Bool
  private var position = 0

  /// The value that is all of the text, apart from white space.
  static func value(
    of bytes: UnsafeRawBufferPointer, acceptingInfinity: Bool = false
  ) throws(FileProblem) -> JSONValue {
    var reader = JSONReader(bytes: bytes, acceptsInfinity: acceptingInfinity)
    let value = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.position == bytes.count else { throw malformed }
    return value
  }

  private init(bytes: UnsafeRawBufferPointer, acceptsInfinity: Bool) {
    self.bytes = bytes
    self.acceptsInfinity = acceptsInfinity
  }

  private mutating func value(depth: Int) throws(FileProblem) -> JSONValue {
    guard depth < JSONReader.deepest else { throw JSONReader.malformed }
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return .object(try members(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try elements(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try string())
    default: break
    }
    let words: [(String, JSONValue)] = [
      ("null", .null), ("true", .boolean(true)), ("false", .boolean(false)),
    ]
    for (word, value) in words where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    return try number()
  }

  private mutating func members(depth: Int) throws(FileProblem) -> [(
    name: String, value: JSONValue
  )] {
    var members: [(name: String, value: JSONValue)] = []
    var names: Set<String> = []
    position += 1
    if takes("}") { return [] }
    repeat {
      skipSpace()
      let name = try string()
      guard names.insert(name).inserted else { throw FileProblem("has two entries '\(name)'") }
      guard takes(":") else { throw JSONReader.malformed }
      members.append((name, try value(depth: depth)))
    } while takes(",")
    guard takes("}") else { throw JSONReader.malformed }
    return members
  }

  private mutating func elements(depth: Int) throws(FileProblem) -> [JSONValue] {
    var elements: [JSONValue] = []
    position += 1
    if takes("]") { return [] }
    repeat { elements.append(try value(depth: depth)) } while takes(",")
    guard takes("]") else { throw JSONReader.malformed }
    return elements
  }

  private mutating func number() throws(FileProblem) -> JSONValue {
    let start = position
    while let byte = peek, "+-.eE0123456789".utf8.contains(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard text.first != "+" else { throw JSONReader.malformed }
    if let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite || acceptsInfinity else {
      throw JSONReader.malformed
    }
    return .number(number)
  }

  private mutating func string() throws(FileProblem) -> String {
    guard peek == UInt8(ascii: "\"") else { throw JSONReader.malformed }
    position += 1
    var text: [UInt8] = []
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw JSONReader.malformed
        }
        return string
      case UInt8(ascii: "\\"): text += try escaped()
      case 0..<0x20: throw JSONReader.malformed
      default: text.append(byte)
      }
    }
    throw JSONReader.malformed
  }

  private mutating func escaped() throws(FileProblem) -> [UInt8] {
    guard let byte = peek else { throw JSONReader.malformed }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "u"): return try unicode()
    default: throw JSONReader.malformed
    }
  }

  private mutating func unicode() throws(FileProblem) -> [UInt8] {
    var units = [try codeUnit()]
    if UTF16.isLeadSurrogate(units[0]) {
      guard bytes[position...].starts(with: "\\u".utf8) else { throw JSONReader.malformed }
      position += 2
      units.append(try codeUnit())
    }
    guard let text = String(validating: units, as: UTF16.self) else { throw JSONReader.malformed }
    return Array(text.utf8)
  }

  private mutating func codeUnit() throws(FileProblem) -> UInt16 {
    let digits = bytes[position...].prefix(4)
    let text = String(decoding: digits, as: UTF8.self)
    guard digits.count == 4, text.allSatisfy(\.isHexDigit), let unit = UInt16(text, radix: 16)
    else {
      throw JSONReader.malformed
    }
    position += 4
    return unit
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func takes(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, " \t\r\n".utf8.contains(byte) { position += 1 }
  }
}

extension String {
  /// The text as a JSON string, quotes included.
  public var quotedAsJSON: String {
    var quoted = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\" + String(scalar)
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
