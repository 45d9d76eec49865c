/// A type that can be read from a script's value, by one natural kind.
public protocol Readable {
  /// How it is read.
  static var kind: Kind<Self> { get }
}

/// A type that can be handed to a script.
public protocol Writable {
  /// The value, as the first result.
  var scriptValue: Value { get }
  /// All results; more than one for `Results`.
  var scriptValues: [Value] { get }
  /// What an editor is told of the value.
  static var scriptType: ScriptType { get }
}

extension Writable {
  /// Nothing.
  public static var scriptType: ScriptType { .any }
  /// The one value.
  public var scriptValues: [Value] { [scriptValue] }
}

/// Several results at once: `x, info = problem:solve(theta)`.
public struct Results: Writable {
  /// The results in order.
  public let scriptValues: [Value]
  /// The first result.
  public var scriptValue: Value { scriptValues.first ?? .none }
  /// The given results.
  public init(_ results: any Writable...) { scriptValues = results.map(\.scriptValue) }
}

extension Value: Readable, Writable {
  /// How a script's value is read.
  public static var kind: Kind<Value> { .anything }
  /// What a script sees.
  public var scriptValue: Value { self }
}

extension Double: Readable, Writable {
  /// What an editor is told of it.
  public static var scriptType: ScriptType { .number }
  /// How a script's value is read.
  public static var kind: Kind<Double> { .number }
  /// What a script sees.
  public var scriptValue: Value { .number(self) }
}

extension Int: Readable, Writable {
  /// What an editor is told of it.
  public static var scriptType: ScriptType { .integer }
  /// How a script's value is read.
  public static var kind: Kind<Int> { .integer }
  /// What a script sees.
  public var scriptValue: Value { .integer(self) }
}

extension Bool: Readable, Writable {
  /// What an editor is told of it.
  public static var scriptType: ScriptType { .boolean }
  /// How a script's value is read.
  public static var kind: Kind<Bool> { .boolean }
  /// What a script sees.
  public var scriptValue: Value { .boolean(self) }
}

extension String: Readable, Writable {
  /// What an editor is told of it.
  public static var scriptType: ScriptType { .string }
  /// How a script's value is read.
  public static var kind: Kind<String> { .string }
  /// What a script sees.
  public var scriptValue: Value { .string(self) }
}

extension Optional: Readable where Wrapped: Readable {
  /// How a script's value is read.
  public static var kind: Kind<Wrapped?> { .optional(Wrapped.kind) }
}

extension Optional: Writable where Wrapped: Writable {
  /// That of the value that may be missing.
  public static var scriptType: ScriptType { Wrapped.scriptType }
  /// What a script sees.
  public var scriptValue: Value { self?.scriptValue ?? .none }
}

extension Array: Readable where Element: Readable {
  /// How a script's value is read.
  public static var kind: Kind<[Element]> { .list(of: Element.kind) }
}

extension Array: Writable where Element: Writable {
  /// A list.
  public static var scriptType: ScriptType { .list(Element.scriptType) }
  /// What a script sees.
  public var scriptValue: Value { .list(map(\.scriptValue)) }
}

extension Table: Writable {
  /// A table.
  public static var scriptType: ScriptType { .table }
  /// What a script sees.
  public var scriptValue: Value { .table(self) }
}

extension ScriptFunction: Writable {
  /// A function.
  public static var scriptType: ScriptType { .function }
  /// What a script sees.
  public var scriptValue: Value { .function(self) }
}
