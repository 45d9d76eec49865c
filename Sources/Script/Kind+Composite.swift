extension Kind {
  /// An instance of a declared type, or of any declared type that conforms to a protocol:
  /// `.object((any Regularizer).self, "a regularizer")`.
  public static func object(_ type: T.Type, _ words: @escaping @autoclosure () -> String) -> Kind {
    Kind(
      words(),
      type: (T.self as? any Scriptable.Type)?.scriptType ?? .noun(words().withoutArticle),
      read: { value in
        guard case .object(let object) = value, let instance = object.content as? T else {
          throw Mismatch(expected: words(), got: value)
        }
        return instance
      },
      write: { instance in
        guard let instance = instance as? any Scriptable else { return .none }
        return instance.scriptValue
      })
  }
}

extension Kind where T: Scriptable {
  /// An instance of a declared type.
  public static func object(_ type: T.Type) -> Kind {
    .object(type, type.declaration.name.withArticle)
  }
}

extension Kind where T == ScriptFunction {
  /// A function: a script's own or a bound one.
  public static var function: Kind {
    Kind(
      "a function", type: .function,
      read: { value in
        guard case .function(let function) = value else {
          throw Mismatch(expected: "a function", got: value)
        }
        return function
      }, write: { .function($0) })
  }
}

extension Kind {
  /// What may be left out: nil then.
  public static func optional<Wrapped>(_ kind: Kind<Wrapped>) -> Kind where T == Wrapped? {
    Kind(
      { kind.words }, type: { kind.type },
      read: { if case .none = $0 { nil } else { try kind.read($0) } },
      write: { $0.map(kind.write) ?? .none }, absent: { nil },
      fields: kind.isRecord ? { kind.fields } : nil)
  }

  /// A table of elements of one kind; `count` restricts how many.
  public static func list<Element>(
    of kind: Kind<Element>, count: ClosedRange<Int>? = nil
  ) -> Kind where T == [Element] {
    let many = count.map {
      $0.lowerBound == $0.upperBound ? "\($0.lowerBound) values" : "\($0) values"
    }
    let words = { "a list of " + (many.map { $0 + ", each " } ?? "values, each ") + kind.words }
    return Kind(
      words(), type: .list(kind.type),
      read: { value in
        guard case .table(let table) = value, table.fields.isEmpty else {
          throw Mismatch(expected: words(), got: value)
        }
        guard count?.contains(table.elements.count) ?? true else {
          let values = table.elements.count == 1 ? "1 value" : "\(table.elements.count) values"
          throw Mismatch(.expected(words(), got: "a list of \(values)", suggestion: nil))
        }
        return try table.elements.enumerated().map { index, element in
          do { return try kind.read(element) } catch let mismatch as Mismatch {
            throw mismatch.inside("[\(index + 1)]")
          }
        }
      }, write: { .list($0.map(kind.write)) })
  }

  /// A table of named arguments that fill a record, which starts as `default`.
  ///
  /// Unknown names are errors with the nearest known one. A record may be left out where none of
  /// its fields is required.
  public static func record(
    _ default: @escaping @autoclosure () -> T, @FieldBuilder<T> fields: () -> [Field<T>]
  ) -> Kind {
    let reader = RecordReader(default: `default`, fields: fields())
    return Kind(
      { "a table of named arguments" }, type: { .record }, read: reader.read, write: reader.write,
      absent: reader.fields.contains { $0.isRequired } ? nil : reader.default,
      fields: { reader.parameters })
  }
}
