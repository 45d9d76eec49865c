/// Anything that crosses between a script and the library.
public enum Value {
  /// nil: an absent argument, an absent result.
  case none
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  /// A list, a record of named values, or both at once, as in `{2, 3, seed = 1}`.
  case table(Table)
  /// An instance of a declared type.
  case object(ScriptObject)
  /// Something that can be called: a script's function or a Swift closure.
  case function(ScriptFunction)

  /// A table with the given elements 1, 2, ….
  public static func list(_ elements: [Value]) -> Value { .table(Table(elements: elements)) }

  /// A table with the given named values.
  public static func record(_ fields: KeyValuePairs<String, Value>) -> Value {
    .table(Table(fields: fields.map { (name: $0.key, value: $0.value) }))
  }

  /// An instance of a declared type, in a box of its own.
  public static func object(_ content: any Scriptable) -> Value { .object(ScriptObject(content)) }

  /// Whether this is nil.
  public var isNone: Bool {
    if case .none = self { true } else { false }
  }
}

/// What a script's table holds: elements 1 … n, and values by name in order of appearance.
public struct Table {
  /// Elements 1 … n.
  public var elements: [Value]
  /// The values under string keys.
  public var fields: [(name: String, value: Value)]

  /// A table of the given elements and fields.
  public init(elements: [Value] = [], fields: [(name: String, value: Value)] = []) {
    self.elements = elements
    self.fields = fields
  }

  /// The value under a name; `.none` if there is none.
  public subscript(name: String) -> Value {
    fields.first { $0.name == name }?.value ?? .none
  }
}

/// The box in which a script holds an instance of a declared type.
///
/// All names of one object in a script share its box, so a change made through one name is seen
/// through the others, even where the content is a struct.
public final class ScriptObject {
  /// What is in the box.
  public private(set) var content: any Scriptable
  /// The call that made it, where its constructor knows better than the content.
  private(set) var call: (() -> String)?

  /// Puts the content into a new box.
  public init(_ content: any Scriptable, call: (() -> String)? = nil) {
    self.content = content
    self.call = call
  }

  /// Takes the content out for the time of a change, so that copy-on-write storage stays unique.
  func withContent<Owner, Result>(
    as type: Owner.Type, _ body: (inout Owner) throws -> Result
  ) throws -> Result? {
    guard var owner = content as? Owner else { return nil }
    content = InUse()
    call = nil  // what made it no longer tells what it is
    defer { if let changed = owner as? any Scriptable { content = changed } }
    return try body(&owner)
  }
}

/// What is left in a box while its content is being changed.
private struct InUse: Scriptable {
  static let declaration = Declaration(
    InUse.self, "object in use", "An object that is being changed.")
}

/// Something that can be called with values and answers with values.
///
/// A script's own functions belong to the thread that runs the script; calling one elsewhere throws.
open class ScriptFunction: @unchecked Sendable {
  /// Makes the base of a function.
  public init() {}

  /// Calls it.
  ///
  /// An error of the script is thrown as it is, and passes on as the original error.
  open func call(_ arguments: [Value]) throws -> [Value] { [] }

  /// A name for messages.
  open var name: String { "function" }

  /// Calls it and reads its first result as the given kind.
  public func call<Result>(_ arguments: [any Writable], _ result: Kind<Result>) throws -> Result {
    let results = try call(arguments.map(\.scriptValue))
    return try Misuse.wording(function: "result of \(name)") {
      do { return try result.read(results.first ?? .none) } catch let mismatch as Mismatch {
        throw mismatch.inside("value")
      }
    }
  }

  /// Calls it with numbers and answers a number.
  public func callAsFunction(_ arguments: Double...) throws -> Double {
    try call(arguments, Kind.number(finite: false))
  }
}

/// A Swift closure as a function for scripts; as an iterator it serves the generic `for`.
public final class NativeFunction: ScriptFunction, @unchecked Sendable {
  private let body: ([Value]) throws -> [Value]
  private let title: String

  /// A function of the given name.
  public init(_ name: String, _ body: @escaping ([Value]) throws -> [Value]) {
    title = name
    self.body = body
  }

  /// An iterator for `for x in … do`: each call answers the next value, nil at the end.
  public static func iterator<Element: Writable>(
    _ name: String, _ next: @escaping () throws -> Element?
  ) -> NativeFunction {
    NativeFunction(name) { _ in try next()?.scriptValues ?? [.none] }
  }

  public override var name: String { title }
  public override func call(_ arguments: [Value]) throws -> [Value] { try body(arguments) }
}
