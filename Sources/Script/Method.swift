/// `object:name(…)`.
public struct Method<Owner> {
  let member: Member

  /// A method with results.
  public init<each A, R: Writable>(
    _ name: String, _ summary: String, _ arguments: repeat Argument<each A>, returns: String = "",
    details: String = "", example: String = "", source: String = "",
    body: @escaping (Owner, repeat each A) throws -> R
  ) {
    let page = Page(summary, returns: returns, details: details, example: example, source: source)
    let receiver = Receiver<Owner>(method: name)
    member = .method(
      Function(name, page, result: R.scriptType, receiver: receiver, repeat each arguments) {
        (object: ScriptObject, values: repeat each A) in
        try body(try receiver.owner(in: object), repeat each values).scriptValues
      })
  }

  /// A method without results.
  public init<each A>(
    _ name: String, _ summary: String, _ arguments: repeat Argument<each A>, details: String = "",
    example: String = "", source: String = "",
    body: @escaping (Owner, repeat each A) throws -> Void
  ) {
    let page = Page(summary, details: details, example: example, source: source)
    let receiver = Receiver<Owner>(method: name)
    member = .method(
      Function(name, page, result: nil, receiver: receiver, repeat each arguments) {
        (object: ScriptObject, values: repeat each A) in
        try body(try receiver.owner(in: object), repeat each values)
        return []
      })
  }

  /// A method that changes the object in place and answers it, so that calls can be chained.
  public init<each A>(
    mutating name: String, _ summary: String, _ arguments: repeat Argument<each A>,
    details: String = "", example: String = "", source: String = "",
    body: @escaping (inout Owner, repeat each A) throws -> Void
  ) {
    let page = Page(
      summary, returns: "the object itself", details: details, example: example, source: source)
    let receiver = Receiver<Owner>(method: name)
    member = .method(
      Function(name, page, result: Receiver<Owner>.type, receiver: receiver, repeat each arguments)
      {
        (object: ScriptObject, values: repeat each A) in
        try receiver.change(object) { owner in try body(&owner, repeat each values) }
        return [.object(object)]
      })
  }
}

/// The object before the colon.
struct Receiver<Owner> {
  let method: String

  /// What an editor is told of it.
  static var type: ScriptType { (Owner.self as? any Scriptable.Type)?.scriptType ?? .any }

  func object(in value: Value) throws -> ScriptObject {
    guard case .object(let object) = value, object.content is Owner else { throw misuse(value) }
    return object
  }

  func owner(in object: ScriptObject) throws -> Owner {
    guard let owner = object.content as? Owner else { throw misuse(.object(object)) }
    return owner
  }

  func change(_ object: ScriptObject, _ body: (inout Owner) throws -> Void) throws {
    guard try object.withContent(as: Owner.self, body) != nil else { throw misuse(.object(object)) }
  }

  private func misuse(_ value: Value) -> ScriptError {
    let type = (Owner.self as? any Scriptable.Type)?.declaration.name ?? "object"
    return Misuse.missingSelf(method, of: type, got: value)
  }
}
