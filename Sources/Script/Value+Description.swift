extension Value: CustomStringConvertible {
  /// As a script would write it, on one line: `{ eps = 0.1, sizes = {5, 5} }`.
  public var description: String {
    switch self {
    case .none: "nil"
    case .boolean(let truth): truth ? "true" : "false"
    case .integer(let number): String(number)
    case .number(let number): Value.text(of: number)
    case .string(let text): Value.quoted(text)
    case .table(let table): table.description
    case .object(let object): object.description
    case .function: "function"
    }
  }

  /// What came, for a message: short, and the type where the value would not help.
  public var sketch: String {
    switch self {
    case .table: "a table"
    case .function: "a function"
    case .object(let object): type(of: object.content).declaration.name.withArticle
    case .string(let text) where text.count > Value.longestQuote:
      Value.quoted(text.prefix(Value.longestQuote) + "…")
    default: description
    }
  }

  /// The description on one line: of an object that takes several lines the first one, and a checksum
  /// of the rest, `<Tensor {5, 5} float64 #3f2a9c01>`.
  public var inlineDescription: String {
    let lines = description.split(separator: "\n", maxSplits: 1)
    guard case .object = self, lines.count == 2 else { return description }
    let checksum = String(lines[1].checksum, radix: 16)
    return "<\(lines[0]) #" + String(repeating: "0", count: 8 - checksum.count) + checksum + ">"
  }

  private static let longestQuote = 40
  private static let largestExactInteger = 1e15

  /// A number in its shortest form that reads back the same; whole numbers without a point.
  static func text(of number: Double) -> String {
    if number.isNaN { return "nan" }
    if number.isInfinite { return number < 0 ? "-math.huge" : "math.huge" }
    if number == number.rounded(), abs(number) < largestExactInteger { return String(Int(number)) }
    return String(number)
  }

  private static func quoted(_ text: some StringProtocol) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension Table: CustomStringConvertible {
  /// `{2, 3, seed = 1}`; braces with fields are spaced as in the examples: `{ eps = 0.1 }`.
  public var description: String {
    let list = elements.map(\.inlineDescription)
    if fields.isEmpty { return "{" + list.joined(separator: ", ") + "}" }
    let parts = list + fields.map { "\($0.name) = \($0.value.inlineDescription)" }
    return "{ " + parts.joined(separator: ", ") + " }"
  }
}

extension ScriptObject: CustomStringConvertible {
  /// The call that made the object, or what its declaration says.
  public var description: String {
    let declaration = type(of: content).declaration
    return declaration.text(of: content) ?? call?() ?? declaration.name
  }

  /// What the prompt shows: a summary of a few lines, or the description.
  public var summary: String { type(of: content).declaration.summary(of: content) ?? description }
}

extension String {
  /// `tensor` for `a tensor`.
  var withoutArticle: String {
    for article in ["a ", "an "] where hasPrefix(article) {
      return String(dropFirst(article.count))
    }
    return self
  }

  /// `a tensor`, `an icnn`.
  var withArticle: String {
    guard let first, "aeiouAEIOU".contains(first) else { return "a " + self }
    return "an " + self
  }
}

extension Substring {
  /// 32 bits that tell texts apart (Fowler, Noll and Vo, FNV-1a).
  fileprivate var checksum: UInt32 {
    utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
  }
}

extension Value {
  /// What a description shows of something that is too much to show: `<7 tensors>`.
  public static func summary(_ text: String) -> Value { .object(Summary(text: text)) }

  private struct Summary: Scriptable {
    let text: String
    static let declaration = Declaration(Summary.self, "summary", "What is not shown in full.") {
      Text<Summary> { "<\($0.text)>" }
    }
  }
}
