import Imaging

/// Values as JSON text that gives back the same bits: numbers in the shortest form that does, always with
/// a point or an exponent, so that integers stay integers; infinity as 1e999, which reads as it, and NaN
/// as null.
extension RecordedValue {
  /// The value's text.
  public var json: String {
    switch self {
    case .integer(let integer): String(integer)
    case .number(let number) where number.isNaN: "null"
    case .number(let number) where number.isInfinite: number < 0 ? "-1e999" : "1e999"
    case .number(let number): number.description
    case .text(let text): text.quotedAsJSON
    }
  }

  /// The values of an object's text; nil where it holds anything else.
  static func values(fromJSON text: String) -> [String: RecordedValue]? {
    guard case .object(let members) = JSONValue(parsing: text) else { return nil }
    var values: [String: RecordedValue] = [:]
    for (name, value) in members {
      switch value {
      case .integer(let integer): values[name] = .integer(integer)
      case .number(let number): values[name] = .number(number)
      case .string(let text): values[name] = .text(text)
      case .null: values[name] = .number(.nan)
      default: return nil
      }
    }
    return values
  }
}

extension [String: RecordedValue] {
  /// One JSON object on one line, by name.
  public var json: String {
    "{"
      + sorted { $0.key < $1.key }.map { "\($0.key.quotedAsJSON):\($0.value.json)" }
      .joined(separator: ",") + "}"
  }
}

extension [String: String] {
  var json: String {
    "{"
      + sorted { $0.key < $1.key }.map { "\($0.key.quotedAsJSON):\($0.value.quotedAsJSON)" }
      .joined(separator: ",") + "}"
  }

  init?(fromJSON text: String) {
    guard case .object(let members) = JSONValue(parsing: text) else { return nil }
    self = [:]
    for case (let name, .string(let text)) in members { self[name] = text }
  }
}

extension [String] {
  var json: String { "[" + map(\.quotedAsJSON).joined(separator: ",") + "]" }

  init?(fromJSON text: String) {
    guard case .array(let elements) = JSONValue(parsing: text) else { return nil }
    self = elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
  }
}

extension StepRecord {
  /// What exports call the position and the seconds of a line.
  static let ownNames = ["line", "line_seconds"]

  /// The line as one JSON object: its position and seconds as `line` and `line_seconds`, and the values.
  public var json: String {
    var all = values
    (all["line"], all["line_seconds"]) = (.integer(index), .number(seconds))
    return all.json
  }
}
