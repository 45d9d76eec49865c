/// One positional argument of a function or method.
///
///     Argument("n", .integer(atLeast: 2), "number of points")
///     Argument("axis", .optional(.integer(atLeast: 1)), "axis; all of them when absent")
public struct Argument<T>: @unchecked Sendable {
  let kind: Kind<T>
  let name: String
  /// What the manual says; evaluated when asked for, as the kind's words are.
  let parameter: () -> Parameter
  let takesRest: Bool
  private let absent: (() -> T)?

  /// An argument that must be given, unless its kind can be left out.
  public init(_ name: String, _ kind: Kind<T>, _ summary: String, unit: String? = nil) {
    self.init(name, kind, summary, unit, absent: kind.absent, written: nil)
  }

  /// An argument with a default.
  public init(
    _ name: String, _ kind: Kind<T>, default value: @escaping @autoclosure () -> T,
    _ summary: String, unit: String? = nil
  ) {
    self.init(
      name, kind, summary, unit, absent: value, written: { kind.write(value()).description })
  }

  /// All arguments from here on: `t:transpose(2, 1)`; one table of them will do as well.
  public init<Element>(rest name: String, _ kind: Kind<Element>, _ summary: String)
  where T == [Element] {
    self.kind = .list(of: kind)
    absent = { [] }
    takesRest = true
    self.name = name
    parameter = {
      Parameter(
        name: name + ", …", words: "each " + kind.words, type: kind.type, unit: nil, default: nil,
        isRequired: false,
        isElements: false, summary: summary, fields: [])
    }
  }

  private init(
    _ name: String, _ kind: Kind<T>, _ summary: String, _ unit: String?, absent: (() -> T)?,
    written: (() -> String)?
  ) {
    self.kind = kind
    self.absent = absent
    takesRest = false
    self.name = name
    parameter = {
      Parameter(
        name: name, words: kind.words, type: kind.type, unit: unit, default: written?(),
        isRequired: absent == nil,
        isElements: false, summary: summary, fields: kind.fields)
    }
  }

  /// Reads the value, or stands in for a missing one.
  func read(_ value: Value) throws -> T {
    if case .none = value {
      if let absent { return absent() }
      guard kind.isRecord else { throw Mismatch(.missing(kind.words)).inside(name) }
    }
    do { return try kind.read(value) } catch let mismatch as Mismatch {
      throw kind.isRecord && mismatch.isNested ? mismatch : mismatch.inside(name)
    }
  }
}

/// What the manual says of one argument.
public struct Parameter: Sendable {
  /// Its name.
  public let name: String
  /// What it may be.
  public let words: String
  /// What an editor is told of it.
  public let type: ScriptType
  /// Its unit, if it has one.
  public let unit: String?
  /// Its default as a script would write it.
  public let `default`: String?
  /// Whether it must be given.
  public let isRequired: Bool
  /// Whether it is the elements 1 … n of its table.
  public let isElements: Bool
  /// What it means.
  public let summary: String
  /// The named arguments inside of it, if it is a table.
  public let fields: [Parameter]
}

/// Hands out the arguments of one call in order.
struct Cursor {
  private let values: [Value]
  private var index = 0
  /// Whether the first value was the object before a colon, which is not counted.
  private var hasReceiver = false

  /// Trailing nils count as absent.
  init(_ values: [Value]) {
    var values = values
    while let last = values.last, last.isNone { values.removeLast() }
    self.values = values
  }

  mutating func next<T>(_ argument: Argument<T>) throws -> T {
    guard argument.takesRest else {
      defer { index += 1 }
      return try argument.read(index < values.count ? values[index] : .none)
    }
    let rest = Array(values.dropFirst(index))
    index = max(index, values.count)
    if rest.count == 1, case .table = rest[0] { return try argument.read(rest[0]) }
    return try argument.read(.list(rest))
  }

  /// The object before a colon.
  mutating func takeFirst() -> Value {
    index = 1
    hasReceiver = true
    return values.first ?? .none
  }

  /// Complains about what was not taken.
  func finish() throws {
    guard values.count > index else { return }
    let uncounted = hasReceiver ? 1 : 0
    throw Mismatch(.tooMany(expected: index - uncounted, got: values.count - uncounted))
  }
}
