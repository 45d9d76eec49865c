/// A script did something wrong: the message, without the place, which the interpreter adds.
public struct ScriptError: Error, CustomStringConvertible, Sendable {
  /// What is wrong and what would be right.
  public let description: String
  /// An error with the given message.
  public init(_ message: String) { description = message }
}

/// A value that is not what was asked for; becomes a `ScriptError` at the border.
public struct Mismatch: Error {
  /// What is wrong with the value.
  public enum Reason: Sendable {
    /// Something else was expected.
    case expected(String, got: String, suggestion: String?)
    /// There is no argument of this name.
    case unknown(String, known: [String])
    /// The argument has no default and is missing.
    case missing(String)
    /// Another argument is given that determines it.
    case determined(by: String)
    /// More elements or arguments than can be used.
    case tooMany(expected: Int, got: Int)
  }

  /// What is wrong.
  public let reason: Reason
  /// The names that lead to the value, outermost first.
  public private(set) var path: [String] = []

  /// A mismatch for the given reason.
  public init(_ reason: Reason) { self.reason = reason }

  /// `expected` in words with an article, and the value that came instead.
  public init(expected: String, got value: Value, suggestion: String? = nil) {
    reason = .expected(expected, got: value.sketch, suggestion: suggestion)
  }

  /// The same mismatch, seen from outside of the value of the given name.
  public func inside(_ name: String) -> Mismatch {
    var outer = self
    if !name.isEmpty { outer.path.insert(name, at: 0) }
    return outer
  }

  /// Whether it is about something inside of the value, which has a name of its own.
  var isNested: Bool {
    if case .unknown = reason { true } else { !path.isEmpty }
  }
}

/// The wording of every misuse by a script, in one place.
public enum Misuse {
  /// Runs the body; a mismatch in it becomes an error that names the function.
  static func wording<Result>(function: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let mismatch as Mismatch {
      throw ScriptError("\(function): \(sentence(mismatch))")
    }
  }

  /// `series[1].values`.
  private static func joined(_ path: [String]) -> String {
    path.reduce("") { $0.isEmpty || $1.hasPrefix("[") ? $0 + $1 : $0 + "." + $1 }
  }

  /// What is wrong, in a sentence that names the argument.
  static func sentence(_ mismatch: Mismatch) -> String {
    let place = joined(mismatch.path)
    let subject = place.isEmpty ? "the argument" : "'\(place)'"
    switch mismatch.reason {
    case .expected(let expected, let got, let suggestion):
      let hint = suggestion.map { " (did you mean \"\($0)\"?)" } ?? ""
      return "\(subject) must be \(expected), got \(got)\(hint)"
    case .unknown(let name, let known):
      let full = joined(mismatch.path + [name])
      return "unknown argument '\(full)'\(hint(for: name, among: known))"
    case .missing(let expected):
      return "\(subject) is missing (\(expected))"
    case .determined(let other):
      return "\(subject) has no place beside '\(other)', which determines it; leave it out"
    case .tooMany(let expected, let got):
      let limit = expected == 1 ? "1 argument" : "\(expected) arguments"
      return "takes at most \(limit), got \(got)"
    }
  }

  /// `tensor has no 'summ' (did you mean 'sum'?)`.
  public static func unknownMember(_ name: String, of type: String, known: [String]) -> ScriptError
  {
    ScriptError("\(type) has no '\(name)'\(hint(for: name, among: known))")
  }

  /// A method was called without its object.
  static func missingSelf(_ method: String, of type: String, got: Value) -> ScriptError {
    ScriptError(
      "\(type):\(method): call it with a colon, as in object:\(method)(…); "
        + "its first argument must be \(type.withArticle), got \(got.sketch)")
  }

  /// A property or element cannot be assigned.
  public static func readOnly(_ what: String, of type: String) -> ScriptError {
    ScriptError("\(type): \(what) cannot be assigned")
  }

  /// ` (did you mean 'eps'?)`, or the list of what is known where nothing is near.
  private static func hint(for name: String, among known: [String]) -> String {
    if let near = nearest(to: name, among: known) { return " (did you mean '\(near)'?)" }
    if known.isEmpty { return " (there are none)" }
    return " (known: \(known.joined(separator: ", ")))"
  }

  /// The known name that the given one was probably meant to be.
  public static func nearest(to name: String, among known: [String]) -> String? {
    let name = Array(name.lowercased())
    let candidates = known.map { (name: $0, distance: distance(name, Array($0.lowercased()))) }
    guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
    let isPrefix =
      min(name.count, best.name.count) >= 3
      && (best.name.lowercased().starts(with: name) || name.starts(with: best.name.lowercased()))
    let tolerated = max(1, max(name.count, best.name.count) / 3)
    if best.distance <= tolerated || isPrefix { return best.name }
    return known.first {
      let other = Array($0.lowercased())
      return min(name.count, other.count) >= 3
        && (other.starts(with: name) || name.starts(with: other))
    }
  }

  /// The Damerau–Levenshtein distance (adjacent transpositions count once).
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [Array(0...b.count)]
    for i in 1..<(a.count + 1) {
      var row = [i]
      for j in 1..<(b.count + 1) {
        let cost = a[i - 1] == b[j - 1] ? 0 : 1
        var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + cost)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          best = min(best, rows[i - 2][j - 2] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
