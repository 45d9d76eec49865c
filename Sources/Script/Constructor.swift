/// What makes an instance: `maid { eps = 0.1 }`, `compose(A, B)`.
public struct Constructor<Owner> {
  let member: Member

  /// One table of named arguments, or nothing; the record that they fill is the instance itself.
  public init(
    _ default: @escaping @autoclosure () -> Owner,
    @FieldBuilder<Owner> fields: () -> [Field<Owner>],
    check: @escaping (Owner) throws -> Void = { _ in }
  ) where Owner: Scriptable {
    let kind = Kind.record(`default`(), fields: fields)
    self.init(kind, write: kind.write) { owner in
      try check(owner)
      return owner
    }
  }

  /// One table of named arguments, or nothing, that fill a record from which the instance is built.
  ///
  /// With `recorded`, the path to the record in the instance, an instance made in Swift prints
  /// itself as well.
  public init<Record>(
    _ default: @escaping @autoclosure () -> Record, recorded: KeyPath<Owner, Record>? = nil,
    @FieldBuilder<Record> fields: () -> [Field<Record>],
    build: @escaping (Record) throws -> Owner
  ) where Owner: Scriptable {
    let kind = Kind.record(`default`(), fields: fields)
    self.init(kind, write: recorded.map { path in { kind.write($0[keyPath: path]) } }, build: build)
  }

  private init<Record>(
    _ kind: Kind<Record>, write: ((Owner) -> Value)?, build: @escaping (Record) throws -> Owner
  ) where Owner: Scriptable {
    member = .constructor { name, page in
      let function = Function(
        name, page, result: Owner.scriptType, Argument("", kind, "named arguments")
      ) { record in
        let owner = try build(record)
        // What the instance recorded, where it does: it may have filled in more, as a drawn seed.
        let written = write?(owner) ?? kind.write(record)
        return [.object(ScriptObject(owner, call: { name + " " + written.description }))]
      }
      return (
        function,
        { instance in
          guard let write, let owner = instance as? Owner else { return nil }
          return name + " " + write(owner).description
        }
      )
    }
  }

  /// Positional arguments: `compose(A, B)`; none at all: `identity()`.
  public init<each A>(
    _ arguments: repeat Argument<each A>, build: @escaping (repeat each A) throws -> Owner
  ) where Owner: Scriptable {
    member = .constructor { name, page in
      let function = Function(name, page, result: Owner.scriptType, repeat each arguments) {
        (values: repeat each A) in
        var written: [String] = []
        for (argument, value) in repeat (each arguments, each values) {
          written.append(argument.kind.write(value).inlineDescription)
        }
        let call = name + "(" + written.joined(separator: ", ") + ")"
        return [.object(ScriptObject(try build(repeat each values), call: { call }))]
      }
      return (function, { _ in nil })
    }
  }
}
