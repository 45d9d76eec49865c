/// Several runs side by side.
public struct RunComparison: Sendable {
  /// A name with what each run says of it; nil where it says nothing.
  public typealias Row<Value> = (name: String, values: [Value?])

  /// The facts that are not the same in all runs, the arguments and the hash of the script among them.
  public let facts: [Row<String>]
  /// The last value of every number that is logged, but for what steps alone have spent.
  public let lastValues: [Row<RecordedValue>]

  /// Compares runs with their logs.
  public init(_ runs: [(record: RunRecord, steps: [StepRecord])]) {
    let facts = runs.map { Self.facts(of: $0.record) }
    self.facts = Set(facts.flatMap(\.keys)).sorted().map { name in
      (name, facts.map { $0[name] })
    }.filter { row in row.1.contains { $0 != row.1[0] } }
    let last = runs.map { Self.lastValues(of: $0.steps) }
    lastValues = Set(last.flatMap(\.keys)).sorted().map { name in (name, last.map { $0[name] }) }
  }

  /// Facts that are other for every run and say nothing of its numbers.
  private static let incidental: Set = ["order", "replay_of"]

  private static func facts(of run: RunRecord) -> [String: String] {
    var facts = run.facts.filter { !incidental.contains($0.key) }
    facts["arguments"] = run.arguments.joined(separator: " ")
    facts["script"] = run.script
    facts["script_hash"] = String(run.scriptHash.prefix(12))
    return facts
  }

  private static func lastValues(of steps: [StepRecord]) -> [String: RecordedValue] {
    var last: [String: RecordedValue] = [:]
    for step in steps {
      for (name, value) in step.values where !name.hasPrefix("spent.") {
        if case .text = value { continue }
        last[name] = value
      }
    }
    return last
  }
}
