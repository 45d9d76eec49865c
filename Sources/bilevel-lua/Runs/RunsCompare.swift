import ArgumentParser
import Experiments

/// `bilevel-lua runs compare A B`.
struct RunsCompare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare runs: what they differ in, and the last values side by side.")

  @OptionGroup var place: RunsDirectory
  @Argument(help: "Two runs or more.") var ids: [String]

  func validate() throws {
    guard ids.count > 1 else { throw ValidationError("compare needs two runs or more") }
  }

  func run() throws {
    let store = try place.store
    let runs = try ids.map { id in
      let record = try store.run(matching: id)
      return (record: record, steps: try store.steps(of: record.id))
    }
    let comparison = RunComparison(runs)
    let names = runs.map(\.record.id)
    print(comparison.facts.isEmpty ? "all facts are the same" : "what differs")
    printFacts(comparison.facts.filter { !isLong($0) }, names)
    for row in comparison.facts where isLong(row) { printLong(row, names) }
    print("\nlast values")
    var table = TextTable([("", .left)] + names.map { ($0, .right) })
    table.add(["lines"] + runs.map { String($0.steps.count) })
    table.add(["took"] + runs.map { Words.duration(of: $0.record) })
    table.add(["outcome"] + runs.map { Words.outcome(of: $0.record, store.status(of: $0.record)) })
    for row in comparison.lastValues { table.add([row.name] + row.values.map(Words.short)) }
    printIndented(table.text)
  }

  private static let longestCell = 40

  private func isLong(_ row: RunComparison.Row<String>) -> Bool {
    row.values.contains { ($0?.count ?? 0) > Self.longestCell }
  }

  private func printFacts(_ rows: [RunComparison.Row<String>], _ names: [String]) {
    guard !rows.isEmpty else { return }
    var table = TextTable([("", .left)] + names.map { ($0, .left) })
    for row in rows { table.add([row.name] + row.values.map { $0 ?? "-" }) }
    printIndented(table.text)
  }

  private func printLong(_ row: RunComparison.Row<String>, _ names: [String]) {
    var table = TextTable([(row.name, .left), ("", .left)])
    for (name, value) in zip(names, row.values) { table.add([name, value ?? "-"]) }
    printIndented(table.text)
  }

  private func printIndented(_ text: String) {
    print(text.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
  }
}
