/// One JSON object a record, each on a line of its own.
///
/// It holds the run's name, the position in its log, seconds and all values; numbers that JSON does not
/// have are null. The end is an object with `finished`.
package final class JSONProgress: ProgressView {
  private let plan: ProgressPlan

  package init(_ plan: ProgressPlan) { self.plan = plan }

  package func show(_ record: StepRecord) { emit(line(of: record)) }

  /// The object of a record.
  package func line(of record: StepRecord) -> String {
    var members = [("run", JSON.text(plan.name)), ("index", String(record.index))]
    if record.values["seconds"] == nil { members.append(("seconds", JSON.number(record.seconds))) }
    for name in record.orderedNames {
      if let value = record.values[name] { members.append((name, JSON.value(value))) }
    }
    return JSON.object(members)
  }

  package func finish(_ message: String) {
    emit(JSON.object([("run", JSON.text(plan.name)), ("finished", JSON.text(message))]))
  }
}

/// Values in JSON (RFC 8259).
enum JSON {
  static func object(_ members: [(String, String)]) -> String {
    "{" + members.map { text($0.0) + ":" + $0.1 }.joined(separator: ",") + "}"
  }

  static func value(_ value: RecordedValue) -> String {
    switch value {
    case .integer(let number): String(number)
    case .number(let number): self.number(number)
    case .text(let text): self.text(text)
    }
  }

  static func number(_ number: Double) -> String { number.isFinite ? "\(number)" : "null" }

  static func text(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
