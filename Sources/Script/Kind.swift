/// What an argument may be: how it is read and checked, how it is worded, how it is written.
///
/// `.number(atLeast: 0)` reads a Lua number, says "a number >= 0" in errors and in the manual, and
/// writes it back when an object prints itself. Kinds combine: `.list(of: .integer())`,
/// `.optional(.string)`, `.record(Options()) { … }`.
public struct Kind<T>: @unchecked Sendable {
  /// What is accepted, with an article: `a number >= 0`.
  public var words: String { wording() }
  /// From the script's value; throws `Mismatch`.
  public let read: (Value) throws -> T
  /// To the script's value.
  public let write: (T) -> Value
  /// What stands for a missing argument; nil if the argument cannot be left out.
  let absent: (() -> T)?
  /// The fields of a record, for the manual.
  var fields: [Parameter] { inner?() ?? [] }
  /// Whether it is a table of named arguments, which are then named by themselves.
  var isRecord: Bool { inner != nil }
  /// What an editor is told of the value.
  var type: ScriptType { typing() }
  // Evaluated when asked for: a type's declaration may mention the type itself.
  private let wording: () -> String
  private let typing: () -> ScriptType
  private let inner: (() -> [Parameter])?

  /// A kind from its parts.
  public init(
    _ words: @escaping @autoclosure () -> String,
    type: @escaping @autoclosure () -> ScriptType = .any, read: @escaping (Value) throws -> T,
    write: @escaping (T) -> Value, absent: (() -> T)? = nil
  ) {
    self.init(words, type: type, read: read, write: write, absent: absent, fields: nil)
  }

  init(
    _ words: @escaping () -> String, type: @escaping () -> ScriptType,
    read: @escaping (Value) throws -> T, write: @escaping (T) -> Value, absent: (() -> T)?,
    fields: (() -> [Parameter])?
  ) {
    wording = words
    typing = type
    self.read = read
    self.write = write
    self.absent = absent
    inner = fields
  }

  /// The same kind for another Swift type; `from` may throw what it finds wrong.
  public func map<U>(_ from: @escaping (T) throws -> U, back: @escaping (U) -> T) -> Kind<U> {
    Kind<U>(
      wording, type: typing, read: { try from(read($0)) }, write: { write(back($0)) },
      absent: absent.flatMap { absent in
        (try? from(absent())).map { value in { value } }
      }, fields: inner)
  }

  /// The same kind, further restricted: `.integer().restricted(to: "an odd integer") { $0 % 2 == 1 }`.
  public func restricted(to words: String, _ holds: @escaping (T) -> Bool) -> Kind {
    Kind(
      { words }, type: typing,
      read: { value in
        let result = try read(value)
        guard holds(result) else { throw Mismatch(expected: words, got: value) }
        return result
      }, write: write, absent: absent, fields: inner)
  }

  /// The same kind in other words.
  public func worded(_ words: String) -> Kind {
    Kind({ words }, type: typing, read: read, write: write, absent: absent, fields: inner)
  }

  /// Whichever of two kinds fits, tried in order: `a number or a list of numbers`.
  ///
  /// Where neither fits, the second's finer complaint is kept if the value has its outer form.
  public static func either(
    _ first: Kind, _ second: Kind, write: @escaping (T) -> Value
  ) -> Kind {
    let words = { "\(first.words) or \(second.words)" }
    return Kind(
      words, type: { .either(first.type, second.type) },
      read: { value in
        do { return try first.read(value) } catch is Mismatch {}
        do { return try second.read(value) } catch let mismatch as Mismatch
          where mismatch.path.isEmpty
        {
          throw Mismatch(expected: words(), got: value)
        }
      }, write: write, absent: first.absent ?? second.absent,
      fields: first.isRecord || second.isRecord ? { first.fields + second.fields } : nil)
  }
}

// MARK: Plain values

extension Kind where T == Value {
  /// Any value at all, nil too.
  public static var anything: Kind {
    Kind("anything", read: { $0 }, write: { $0 }, absent: { .none })
  }
}

extension Kind where T == Double {
  /// A number within bounds; not NaN, and finite unless told otherwise.
  public static func number(
    atLeast: Double? = nil, above: Double? = nil, atMost: Double? = nil, below: Double? = nil,
    finite: Bool = true
  ) -> Kind {
    let bounds =
      [(">=", atLeast), (">", above), ("<=", atMost), ("<", below)].compactMap { sign, bound in
        bound.map { "\(sign) \(Value.text(of: $0))" }
      }
    let words = "a number " + bounds.joined(separator: " and ")
    let plain = finite ? "a finite number" : "a number"
    return Kind(
      bounds.isEmpty ? plain : words, type: .number,
      read: { value in
        guard let number = value.asNumber, number.isFinite || !finite && !number.isNaN,
          atLeast.map({ number >= $0 }) ?? true, above.map({ number > $0 }) ?? true,
          atMost.map({ number <= $0 }) ?? true, below.map({ number < $0 }) ?? true
        else { throw Mismatch(expected: bounds.isEmpty ? plain : words, got: value) }
        return number
      }, write: { .number($0) })
  }

  /// A finite number.
  public static var number: Kind { number() }
  /// A number > 0.
  public static var positive: Kind { number(above: 0) }
}

extension Kind where T == Int {
  /// A whole number within bounds.
  public static func integer(atLeast: Int? = nil, atMost: Int? = nil) -> Kind {
    let bounds = [(">=", atLeast), ("<=", atMost)].compactMap { sign, bound in
      bound.map { "\(sign) \($0)" }
    }
    let words = (["an integer"] + [bounds.joined(separator: " and ")]).filter { !$0.isEmpty }
      .joined(separator: " ")
    return Kind(
      words, type: .integer,
      read: { value in
        guard let number = value.asInteger, atLeast.map({ number >= $0 }) ?? true,
          atMost.map({ number <= $0 }) ?? true
        else { throw Mismatch(expected: words, got: value) }
        return number
      }, write: { .integer($0) })
  }

  /// A whole number.
  public static var integer: Kind { integer() }
}

extension Kind where T == Bool {
  /// true or false.
  public static var boolean: Kind {
    Kind(
      "true or false", type: .boolean,
      read: { value in
        guard case .boolean(let truth) = value else {
          throw Mismatch(expected: "true or false", got: value)
        }
        return truth
      }, write: { .boolean($0) })
  }
}

extension Kind where T == String {
  /// Any string.
  public static var string: Kind {
    Kind(
      "a string", type: .string,
      read: { value in
        guard case .string(let text) = value else {
          throw Mismatch(expected: "a string", got: value)
        }
        return text
      }, write: { .string($0) })
  }

  /// One of a few strings.
  public static func choice(_ choices: [String]) -> Kind {
    let quoted = choices.map { "\"\($0)\"" }
    let words =
      quoted.count < 2
      ? quoted.joined()
      : quoted.dropLast().joined(separator: ", ") + " or " + quoted[quoted.count - 1]
    return Kind(
      words, type: .literals(choices),
      read: { value in
        guard case .string(let text) = value else { throw Mismatch(expected: words, got: value) }
        guard choices.contains(text) else {
          let near = Misuse.nearest(to: text, among: choices)
          throw Mismatch(expected: words, got: value, suggestion: near)
        }
        return text
      }, write: { .string($0) })
  }
}

extension Kind where T: RawRepresentable & CaseIterable, T.RawValue == String {
  /// One of an enumeration's cases, by its raw value.
  public static var choice: Kind {
    let strings = Kind<String>.choice(T.allCases.map(\.rawValue))
    return Kind(
      strings.words, type: strings.type,
      read: { value in
        guard let choice = T(rawValue: try strings.read(value)) else {
          throw Mismatch(expected: strings.words, got: value)
        }
        return choice
      }, write: { .string($0.rawValue) })
  }
}

extension Value {
  /// The number, if this is one.
  public var asNumber: Double? {
    switch self {
    case .number(let number): number
    case .integer(let number): Double(number)
    default: nil
    }
  }

  /// The whole number, if this is one; 3.0 is.
  public var asInteger: Int? {
    switch self {
    case .integer(let number): number
    case .number(let number): Int(exactly: number)
    default: nil
    }
  }
}
