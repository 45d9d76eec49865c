/// Reads what objects print of themselves: `sum { total_variation { initial_log_weight = -2 } }`.
///
/// It takes data, not programs: numbers, strings, true, false, tables, and constructors before one
/// table. What stands in angle brackets was not printed in full and is left out.
public struct DescriptionReader {
  private var rest: Substring
  private let constructors: [Declaration]

  /// Tables within tables that are still read.
  private static let deepest = 16

  /// The object that the text describes, made by one of the constructors.
  public static func object(_ text: String, among constructors: [Declaration]) throws
    -> any Scriptable
  {
    var reader = DescriptionReader(rest: text[...], constructors: constructors)
    let value = try reader.value(depth: 0)
    reader.skipBlanks()
    guard reader.rest.isEmpty, case .object(let object) = value else { throw reader.problem() }
    return object.content
  }

  private mutating func value(depth: Int) throws -> Value {
    guard depth < Self.deepest else { throw problem() }
    skipBlanks()
    switch rest.first {
    case "{": return .table(try table(depth: depth))
    case "\"": return .string(try string())
    case "<": return try omission()
    default: return try word(depth: depth)
    }
  }

  /// A number, `true`, `false`, or a constructor before its table.
  private mutating func word(depth: Int) throws -> Value {
    let word = takeWord()
    switch word {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "math.huge": return .number(.infinity)
    case "-math.huge": return .number(-.infinity)
    default: break
    }
    if let integer = Int(word) { return .integer(integer) }
    if let number = Double(word), number.isFinite { return .number(number) }
    guard let make = constructors.first(where: { $0.name == word })?.constructor else {
      throw problem(before: word)
    }
    skipBlanks()
    let arguments: Value = rest.first == "{" ? .table(try table(depth: depth)) : .none
    return try make.call([arguments], as: make.name).first ?? .none
  }

  private mutating func table(depth: Int) throws -> Table {
    var table = Table()
    rest.removeFirst()
    while true {
      skipBlanks()
      if take("}") { return table }
      if let name = takeName() {
        let value = try value(depth: depth + 1)
        if !value.isNone { table.fields.append((name: name, value: value)) }
      } else {
        table.elements.append(try value(depth: depth + 1))
      }
      skipBlanks()
      guard take(",") || rest.first == "}" else { throw problem() }
    }
  }

  /// The name of a field with its `=`; nil where an element begins.
  private mutating func takeName() -> String? {
    let start = rest
    let name = takeWord()
    skipBlanks()
    if !name.isEmpty, take("=") { return name }
    rest = start
    return nil
  }

  private mutating func string() throws -> String {
    var text = ""
    rest.removeFirst()
    while let character = rest.popFirst() {
      switch character {
      case "\"": return text
      case "\\":
        guard let escaped = rest.popFirst() else { throw problem() }
        text.append(escaped == "n" ? "\n" : escaped)
      default: text.append(character)
      }
    }
    throw problem()
  }

  private mutating func omission() throws -> Value {
    guard let end = rest.firstIndex(of: ">") else { throw problem() }
    rest = rest[rest.index(after: end)...]
    return .none
  }

  private mutating func takeWord() -> String {
    let word = rest.prefix { $0.isLetter || $0.isNumber || "_.+-".contains($0) }
    rest = rest.dropFirst(word.count)
    return String(word)
  }

  private mutating func take(_ character: Character) -> Bool {
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func skipBlanks() { rest = rest.drop { $0 == " " || $0 == "\n" } }

  private func problem(before word: String = "") -> ScriptError {
    let place = (word + rest).prefix(30)
    return ScriptError("the description cannot be read from '\(place)' on")
  }
}
