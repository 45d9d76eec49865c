import Bilevel
import Script

extension RecordedValue {
  /// Puts a script's value under its name: truth as 1 or 0, the entries of tables under
  /// `name.entry`; throws what cannot be logged.
  static func record(
    _ value: Value, as name: String, in values: inout [String: RecordedValue]
  ) throws {
    switch value {
    case .none: break
    case .integer(let integer): values[name] = .integer(integer)
    case .number(let number): values[name] = .number(number)
    case .string(let text): values[name] = .text(text)
    case .boolean(let truth): values[name] = .integer(truth ? 1 : 0)
    case .table(let table) where table.elements.isEmpty:
      for (entry, value) in table.fields { try record(value, as: name + "." + entry, in: &values) }
    case .table, .object, .function:
      throw Mismatch(
        expected: "a number, a string, true, false or a table of such values by name", got: value
      ).inside(name)
    }
  }
}

extension UpperLevelStep {
  /// The fields of `step` in scripts that are numbers or words; tables as `ledger.energies`.
  func recordedValues() throws -> [String: RecordedValue] {
    let object = ScriptObject(self)
    let declaration = Self.declaration
    var values: [String: RecordedValue] = [:]
    for property in declaration.properties {
      let value = try declaration.property(property.name, of: object)
      if case .object = value { continue }  // tensors are logged as images and parameters
      try RecordedValue.record(value, as: property.name, in: &values)
    }
    return values
  }
}
