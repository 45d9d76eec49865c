/// `object.name`, for reading.
public struct Property<Owner> {
  let member: Member

  /// A property answered by a closure.
  public init<T: Writable>(
    _ name: String, _ summary: String, unit: String? = nil, _ get: @escaping (Owner) throws -> T
  ) {
    member = .property(
      PropertyAccess(name: name, summary: summary, unit: unit, type: T.scriptType) { content in
        guard let owner = content as? Owner else { return .none }
        return try get(owner).scriptValue
      })
  }

  /// A property of the Swift type, under a name in a script's manner.
  public init<T: Writable>(
    _ name: String, _ path: KeyPath<Owner, T>, _ summary: String, unit: String? = nil
  ) {
    self.init(name, summary, unit: unit) { $0[keyPath: path] }
  }
}

/// `object.name` for names that only the instance knows, as the blocks of parameters.
public struct DynamicProperties<Owner> {
  let member: Member

  /// `names` are for messages; `get` answers nil for an unknown name.
  public init(
    _ summary: String, names: @escaping (Owner) -> [String],
    get: @escaping (Owner, String) throws -> Value?
  ) {
    member = .dynamic(
      DynamicAccess(
        summary: summary, names: { ($0 as? Owner).map(names) ?? [] },
        get: { content, name in try (content as? Owner).flatMap { try get($0, name) } }))
  }
}

/// `object[key]` and `object[key] = value`, for keys that are no names.
public struct Elements<Owner> {
  let member: Member

  /// Access for reading.
  public init<R: Writable>(_ summary: String, get: @escaping (Owner, Value) throws -> R) {
    member = .elements(ElementAccess(summary: summary, get: Elements.erased(get), set: nil))
  }

  /// Access for reading and writing; a write changes the object in place.
  ///
  /// With `acceptsNames`, `object.name = value` arrives here as well.
  public init<R: Writable>(
    _ summary: String, acceptsNames: Bool = false, get: @escaping (Owner, Value) throws -> R,
    set: @escaping (inout Owner, Value, Value) throws -> Void
  ) {
    let receiver = Receiver<Owner>(method: "[]")
    member = .elements(
      ElementAccess(
        summary: summary, get: Elements.erased(get),
        set: { object, key, value in try receiver.change(object) { try set(&$0, key, value) } },
        acceptsNames: acceptsNames))
  }

  private static func erased<R: Writable>(
    _ get: @escaping (Owner, Value) throws -> R
  ) -> (Any, Value) throws -> [Value] {
    { content, key in try (content as? Owner).map { try get($0, key).scriptValues } ?? [.none] }
  }
}

/// What `tostring(object)` and the prompt show, where it is not the call that made the object.
public struct Text<Owner> {
  let member: Member
  /// The object's text, possibly of several lines.
  public init(_ text: @escaping (Owner) -> String) {
    member = .text { ($0 as? Owner).map(text) }
  }
}

/// What the prompt shows of an object, where its text would be too much or too little.
public struct Summary<Owner> {
  let member: Member
  /// A few lines at most.
  public init(_ text: @escaping (Owner) -> String) {
    member = .summary { ($0 as? Owner).map(text) }
  }
}

// MARK: With the owner's type erased

/// How one property is read.
public struct PropertyAccess {
  /// The name after the dot.
  public let name: String
  /// What it means.
  public let summary: String
  /// Its unit, if it has one.
  public let unit: String?
  /// What an editor is told of it.
  let type: ScriptType
  let get: (Any) throws -> Value
}

/// How names are looked up that only the instance knows.
public struct DynamicAccess {
  /// What these properties are.
  public let summary: String
  let names: (Any) -> [String]
  let get: (Any, String) throws -> Value?
}

/// How elements are read and written.
public struct ElementAccess {
  /// What the elements are.
  public let summary: String
  let get: (Any, Value) throws -> [Value]
  let set: ((ScriptObject, Value, Value) throws -> Void)?
  var acceptsNames = false
}
