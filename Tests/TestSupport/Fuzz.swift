import Script

/// Calls everything in a library with wrong arguments.
///
/// They are nil, NaN, huge, negative, wrong objects, too few, too many. Whatever is wrong must come
/// back as an error with a message; a trap ends the test process and so fails by itself.
public struct Fuzz {
  /// Arguments that are right, by full name (`bl.linspace`, `tensor:sum`): they are then spoilt one
  /// at a time, which leads deeper than nonsense alone.
  public var examples: [String: [Value]] = [:]
  /// Full names that are not called, because what they change belongs to the process.
  public var exceptions: Set<String> = []
  /// Calls made so far.
  public private(set) var callCount = 0
  /// What came back with an error that says nothing.
  public private(set) var silent: [String] = []

  var instances: [ObjectIdentifier: [ScriptObject]] = [:]
  private(set) var declarations: [Declaration] = []
  private static let instancesOfType = 2

  /// A fuzzer without examples.
  public init() {}

  /// Makes these objects known, so that their methods are called too.
  public mutating func start(with values: [Value]) { keep(.list(values)) }

  /// Calls everything in the library, and every method of what it answers.
  public mutating func run(_ library: Group) {
    run(entries: library.entries, title: library.name)
    var next = 0
    while next < declarations.count {
      runMembers(declarations[next])
      next += 1
    }
  }

  /// The names of all types met, in order.
  public var typeNames: [String] { declarations.map(\.name) }

  private mutating func run(entries: [Entry], title: String) {
    for entry in entries {
      let name = title + "." + entry.name
      switch entry {
      case .group(let group): run(entries: group.entries, title: name)
      case .function(let function): run(function, title: name)
      case .type(let declaration):
        meet(declaration)
        if let constructor = declaration.constructor { run(constructor, title: name) }
      }
    }
  }

  // MARK: Members

  private mutating func meet(_ declaration: Declaration) {
    guard !declarations.contains(where: { $0.identity == declaration.identity }) else { return }
    declarations.append(declaration)
  }

  private mutating func runMembers(_ declaration: Declaration) {
    let subjects = instances[declaration.identity] ?? []
    for method in declaration.methods {
      let name = declaration.name + ":" + method.name
      run(method, title: name)
      for subject in subjects { run(method, title: name, receiver: .object(subject)) }
    }
    for (symbol, function) in declaration.operators {
      let name = declaration.name + ": " + symbol.text
      run(function, title: name)
      for subject in subjects {
        run(function, title: name, receiver: .object(subject))
        for value in Fuzz.wrong {
          call(name) { try function.call([value, .object(subject)], as: name) }
        }
      }
    }
    for subject in subjects { access(subject, declaration) }
  }

  private mutating func access(_ object: ScriptObject, _ declaration: Declaration) {
    let names = declaration.memberNames(of: object.content) + ["", "nonsense"]
    for name in names { call(name) { [try declaration.property(name, of: object)] } }
    for key in Fuzz.wrong {
      call("element") { try declaration.element(key, of: object) }
      for value in Fuzz.wrong {
        call("element") { try declaration.assign(value, to: key, of: object) }
      }
    }
    call("text") { _ = object.description }
  }

  // MARK: Functions

  private mutating func run(_ function: Function, title: String, receiver: Value? = nil) {
    guard !exceptions.contains(title) else { return }
    let start = receiver.map { [$0] } ?? []
    for arguments in Fuzz.nonsense(for: function.parameters) + spoilt(title) {
      call(title) { try function.call(start + arguments, as: title) }
    }
    if let example = examples[title] {
      call(title) { try function.call(start + example, as: title) }
    }
  }

  mutating func call(_ title: String, _ body: () throws -> Any) {
    callCount += 1
    do {
      if let results = try body() as? [Value] { keep(.list(results)) }
    } catch {
      if "\(error)".isEmpty { silent.append(title) }
    }
  }

  /// Keeps the objects in what a call answered.
  private mutating func keep(_ value: Value) {
    switch value {
    case .object(let object): keep(object)
    case .table(let table):
      for value in table.elements { keep(value) }
      for field in table.fields { keep(field.value) }
    default: break
    }
  }

  private mutating func keep(_ object: ScriptObject) {
    let declaration = type(of: object.content).declaration
    let key = declaration.identity
    meet(declaration)
    let count = instances[key, default: []].count
    if count < Fuzz.instancesOfType {
      instances[key, default: []].append(object)
    } else if replacesInstances {
      instances[key]?[callCount % count] = object
    }
  }

  /// Whether later instances of a type take the place of earlier ones.
  var replacesInstances = false

  // MARK: Arguments

  /// Wrong for almost everything.
  static var wrong: [Value] {
    [
      .none, .boolean(true), .integer(-1), .integer(0), .integer(.max), .integer(.min),
      .number(0.5),
      .number(-1.5), .number(.nan), .number(.infinity), .number(1e300), .number(5e-324),
      .number(9.007_199_254_740_992e15), .string(""), .string("nonsense"),
      .string("/nonexistent/folder/file.png"), .list([]), .list([.number(.nan), .string("x")]),
      .list([.integer(-1), .integer(.max)]), .list([.list([.integer(1)]), .list([])]),
      .record(["nonsense": .integer(1)]), .object(Foreigner()),
      .function(NativeFunction("wrong") { _ in [.string("wrong")] }),
      .function(NativeFunction("failing") { _ in throw ScriptError("failing") }),
    ]
  }

  private static func nonsense(for parameters: [Parameter]) -> [[Value]] {
    var calls: [[Value]] = [[]]
    let count = max(1, parameters.count)
    for value in wrong {
      calls.append(Array(repeating: value, count: count))
      calls.append(Array(repeating: value, count: count + 1))
      for (place, parameter) in parameters.enumerated() {
        for field in parameter.fields {
          var arguments = Array(repeating: Value.none, count: place)
          arguments.append(
            field.isElements ? .list([value, value]) : .table(Table(fields: [(field.name, value)])))
          calls.append(arguments)
        }
      }
    }
    return calls
  }

  /// The example with one argument, or one field of one argument, made wrong.
  private func spoilt(_ title: String) -> [[Value]] {
    guard let example = examples[title] else { return [] }
    return example.indices.flatMap { place in
      Fuzz.wrong.flatMap { value -> [[Value]] in
        var whole = example
        whole[place] = value
        guard case .table(let table) = example[place] else { return [whole] }
        return [whole]
          + Fuzz.spoilt(table, by: value).map { table in
            var arguments = example
            arguments[place] = .table(table)
            return arguments
          }
      }
    }
  }

  private static func spoilt(_ table: Table, by value: Value) -> [Table] {
    let elements = table.elements.indices.map { index in
      var changed = table
      changed.elements[index] = value
      return changed
    }
    return elements
      + table.fields.indices.map { index in
        var changed = table
        changed.fields[index].value = value
        return changed
      }
  }
}

/// An object that no function expects.
private struct Foreigner: Scriptable {
  static let declaration = Declaration(
    Foreigner.self, "foreigner", "An object that nobody expects.")
}
