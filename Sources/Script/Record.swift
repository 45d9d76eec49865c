/// One named argument that fills one property of a record.
///
///     Field("sigma", \.sigma, .number(atLeast: 0), "standard deviation", unit: "image units")
///
/// The default is whatever the record starts with; it appears in the manual by itself.
public struct Field<Record>: @unchecked Sendable {
  let name: String
  let isRequired: Bool
  /// Whether the table's elements 1 … n are this field, as in `bl.zeros {2, 3}`.
  let isElements: Bool
  /// Another argument beside which this one has no place, as that one determines it.
  private(set) var determinant: String?
  let describe: (Record) -> Parameter
  let set: (inout Record, Value) throws -> Void
  let get: (Record) -> Value

  /// A named argument bound to a property.
  public init<T>(
    _ name: String, _ path: WritableKeyPath<Record, T>, _ kind: Kind<T>, _ summary: String,
    unit: String? = nil, required: Bool = false
  ) {
    self.init(name, path, kind, summary, unit, required, elements: false)
  }

  /// A named argument bound to a property whose type says how it is read.
  public init<T: Readable>(
    _ name: String, _ path: WritableKeyPath<Record, T>, _ summary: String, unit: String? = nil,
    required: Bool = false
  ) {
    self.init(name, path, T.kind, summary, unit, required, elements: false)
  }

  /// The table's elements 1 … n, bound to a property: `{2, 3, seed = 1}`.
  public init<T>(
    elements name: String, _ path: WritableKeyPath<Record, T>, _ kind: Kind<T>, _ summary: String,
    unit: String? = nil, required: Bool = false
  ) {
    self.init(name, path, kind, summary, unit, required, elements: true)
  }

  /// The same, with no place beside another argument, which determines it.
  public func determined(by other: String) -> Field {
    var field = self
    field.determinant = other
    return field
  }

  private init<T>(
    _ name: String, _ path: WritableKeyPath<Record, T>, _ kind: Kind<T>, _ summary: String,
    _ unit: String?, _ required: Bool, elements: Bool
  ) {
    self.name = name
    isRequired = required
    isElements = elements
    set = { record, value in record[keyPath: path] = try kind.read(value) }
    get = { record in kind.write(record[keyPath: path]) }
    describe = { record in
      let value = kind.write(record[keyPath: path])
      return Parameter(
        name: name, words: kind.words, type: kind.type, unit: unit,
        default: required || value.isNone ? nil : value.description, isRequired: required,
        isElements: elements, summary: summary, fields: kind.fields)
    }
  }
}

/// Collects the fields of a record, one a line.
@resultBuilder
public enum FieldBuilder<Record> {
  /// A field.
  public static func buildExpression(_ field: Field<Record>) -> [Field<Record>] { [field] }
  /// Fields that several records share.
  public static func buildExpression(_ fields: [Field<Record>]) -> [Field<Record>] { fields }
  /// All lines.
  public static func buildBlock(_ fields: [Field<Record>]...) -> [Field<Record>] {
    fields.flatMap { $0 }
  }
}

/// Fills a record from a table and writes it back.
struct RecordReader<Record> {
  let `default`: () -> Record
  let fields: [Field<Record>]

  var parameters: [Parameter] {
    let record = self.default()
    return fields.map { $0.describe(record) }
  }

  func read(_ value: Value) throws -> Record {
    var record = self.default()
    switch value {
    case .none: try fill(&record, from: Table())
    case .table(let table): try fill(&record, from: table)
    default: throw Mismatch(expected: "a table of named arguments", got: value)
    }
    return record
  }

  private func fill(_ record: inout Record, from table: Table) throws {
    let named = fields.filter { !$0.isElements }
    for (name, value) in table.fields {
      guard let field = named.first(where: { $0.name == name }) else {
        throw Mismatch(.unknown(name, known: named.map(\.name)))
      }
      if let other = field.determinant, !value.isNone, !table[other].isNone {
        throw Mismatch(.determined(by: other)).inside(name)
      }
      try set(field, &record, value)
    }
    if let field = fields.first(where: \.isElements) {
      if !table.elements.isEmpty { try set(field, &record, .list(table.elements)) }
    } else if !table.elements.isEmpty {
      throw Mismatch(.unknown("[1]", known: named.map(\.name)))
    }
    for field in fields where field.isRequired && !isGiven(field, in: table) {
      throw Mismatch(.missing(field.describe(record).words)).inside(field.name)
    }
  }

  private func isGiven(_ field: Field<Record>, in table: Table) -> Bool {
    field.isElements ? !table.elements.isEmpty : !table[field.name].isNone
  }

  private func set(_ field: Field<Record>, _ record: inout Record, _ value: Value) throws {
    do { try field.set(&record, value) } catch let mismatch as Mismatch {
      throw mismatch.inside(field.name)
    }
  }

  /// The table that would make this record; fields that are nil are left out.
  func write(_ record: Record) -> Value {
    var table = Table()
    for field in fields {
      let value = field.get(record)
      if field.isElements, case .table(let list) = value {
        table.elements = list.elements
      } else if !value.isNone {
        table.fields.append((name: field.name, value: value))
      }
    }
    return .table(table)
  }
}
