/// One word of Lua text, as far as completion has to tell words apart.
struct ScriptToken {
  enum Kind {
    case name, number, string, symbol, comment
  }

  let kind: Kind
  /// The text; of a string what is between its quotes, escapes as they were typed.
  let text: String
  /// Where the text begins, in bytes.
  let start: Int
  /// Whether the text ends inside of it: a string or comment without its end.
  var isOpen = false

  func isSymbol(_ symbols: String...) -> Bool { kind == .symbol && symbols.contains(text) }
}

/// Splits Lua text into words, also where it is not complete.
struct ScriptScanner {
  private let bytes: [UInt8]
  private var index = 0

  static func tokens(of text: String) -> [ScriptToken] {
    var scanner = ScriptScanner(bytes: Array(text.utf8))
    var tokens: [ScriptToken] = []
    while let token = scanner.next() { tokens.append(token) }
    return tokens
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func next() -> ScriptToken? {
    while index < bytes.count, isSpace(bytes[index]) { index += 1 }
    guard index < bytes.count else { return nil }
    let byte = bytes[index]
    if isNameStart(byte) { return take(.name) { isNameStart($0) || isDigit($0) } }
    if isDigit(byte) { return take(.number) { isNameStart($0) || isDigit($0) || $0 == dot } }
    if byte == quote || byte == apostrophe { return shortString(byte) }
    if byte == bracket, let level = longBracket(at: index) { return long(.string, level) }
    if starts(with: "--") { return comment() }
    return symbol()
  }

  private mutating func take(_ kind: ScriptToken.Kind, while isPart: (UInt8) -> Bool) -> ScriptToken
  {
    let start = index
    while index < bytes.count, isPart(bytes[index]) { index += 1 }
    return ScriptToken(kind: kind, text: text(start, index), start: start)
  }

  private mutating func shortString(_ end: UInt8) -> ScriptToken {
    let start = index + 1
    index = start
    while index < bytes.count, bytes[index] != end, bytes[index] != newline {
      index += bytes[index] == backslash ? 2 : 1
    }
    index = min(index, bytes.count)
    let isOpen = index == bytes.count
    let token = ScriptToken(kind: .string, text: text(start, index), start: start, isOpen: isOpen)
    index = min(index + 1, bytes.count)
    return token
  }

  private mutating func comment() -> ScriptToken {
    if let level = longBracket(at: index + 2) {
      index += 2
      return long(.comment, level)
    }
    var token = take(.comment) { $0 != newline }
    token.isOpen = index == bytes.count
    return token
  }

  /// The number of `=` of a long bracket that opens here.
  private func longBracket(at start: Int) -> Int? {
    guard start < bytes.count, bytes[start] == bracket else { return nil }
    var end = start + 1
    while end < bytes.count, bytes[end] == equals { end += 1 }
    return end < bytes.count && bytes[end] == bracket ? end - start - 1 : nil
  }

  private mutating func long(_ kind: ScriptToken.Kind, _ level: Int) -> ScriptToken {
    let start = index + level + 2
    let closing = "]" + String(repeating: "=", count: level) + "]"
    index = start
    while index < bytes.count, !starts(with: closing) { index += 1 }
    let isOpen = index >= bytes.count
    let token = ScriptToken(kind: kind, text: text(start, index), start: start, isOpen: isOpen)
    index = min(index + closing.utf8.count, bytes.count)
    return token
  }

  private mutating func symbol() -> ScriptToken {
    let start = index
    for word in ["...", "..", "::", "==", "~=", "<=", ">=", "//", "<<", ">>"] {
      if starts(with: word) {
        index += word.utf8.count
        return ScriptToken(kind: .symbol, text: word, start: start)
      }
    }
    index += 1
    while index < bytes.count, bytes[index] & 0xC0 == 0x80 { index += 1 }
    return ScriptToken(kind: .symbol, text: text(start, index), start: start)
  }

  private func starts(with word: String) -> Bool {
    bytes[index...].prefix(word.utf8.count).elementsEqual(word.utf8)
  }

  private func text(_ start: Int, _ end: Int) -> String {
    start < end ? String(decoding: bytes[start..<end], as: UTF8.self) : ""
  }
}

private let newline = UInt8(ascii: "\n")
private let quote = UInt8(ascii: "\"")
private let apostrophe = UInt8(ascii: "'")
private let backslash = UInt8(ascii: "\\")
private let bracket = UInt8(ascii: "[")
private let equals = UInt8(ascii: "=")
private let dot = UInt8(ascii: ".")

private func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
private func isNameStart(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "_") || (65...90).contains(byte) || (97...122).contains(byte)
}

/// Lua's reserved words.
let scriptKeywords = [
  "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
  "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
]
