/// A run's log as text for other programs; numbers read back as the same bits.
public enum RunExport: String, Sendable, CaseIterable {
  /// A table with a heading: the columns are all names that occur, in alphabetical order.
  case csv
  /// One JSON object a line; NaN is null, infinity 1e999.
  case jsonl

  /// The text of the lines.
  public func text(of steps: [StepRecord]) -> String {
    switch self {
    case .jsonl: steps.map { $0.json + "\n" }.joined()
    case .csv: Self.csv(steps)
    }
  }

  private static func csv(_ steps: [StepRecord]) -> String {
    let names = Set(steps.flatMap(\.values.keys)).sorted()
    var text = (StepRecord.ownNames + names).map(quoted).joined(separator: ",") + "\n"
    for step in steps {
      let cells =
        [String(step.index), step.seconds.description] + names.map { cell(step.values[$0]) }
      text += cells.joined(separator: ",") + "\n"
    }
    return text
  }

  private static func cell(_ value: RecordedValue?) -> String {
    switch value {
    case .integer(let integer)?: String(integer)
    case .number(let number)?: number.description  // nan, inf and -inf among them
    case .text(let text)?: quoted(text)
    case nil: ""
    }
  }

  /// As in RFC 4180.
  private static func quoted(_ text: String) -> String {
    guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
    return "\"" + text.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
  }
}
