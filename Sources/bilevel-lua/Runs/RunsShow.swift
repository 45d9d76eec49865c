import ArgumentParser
import Experiments

/// `bilevel-lua runs show ID`.
struct RunsShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a run: its facts, its files and its last values.")

  @OptionGroup var place: RunsDirectory
  @Argument(help: "The run.") var id = "last"
  @Flag(help: "Print the script's text instead.") var script = false

  func run() throws {
    let store = try place.store
    let run = try store.run(matching: id)
    if script {
      return print(run.scriptText, terminator: run.scriptText.hasSuffix("\n") ? "" : "\n")
    }
    show(run, store.status(of: run))
    print("folder     \(try store.folder(of: run))")
    section("facts", run.facts.sorted { $0.key < $1.key }.map { [$0.key, $0.value] })
    section(
      "files",
      try store.artefacts(of: run.id).map { [$0.kind, $0.name, $0.file] })
    let steps = try store.steps(of: run.id)
    section(
      "last values, of \(steps.count) lines",
      RunComparison([(record: run, steps: steps)]).lastValues.map {
        [$0.name, Words.short($0.values[0])]
      })
  }

  private func show(_ run: RunRecord, _ status: RunStatus) {
    let command = ([run.script] + run.arguments).joined(separator: " ")
    print("run        \(run.id)")
    print("script     \(command)  (sha256 \(run.scriptHash.prefix(12))…)")
    print("started    \(Clock.text(run.started)) on \(run.host)")
    if let ended = run.ended {
      print("ended      \(Clock.text(ended)), after \(Words.duration(of: run))")
    }
    switch status {
    case .running: print("outcome    running, process \(run.process)")
    case .lost: print("outcome    lost: process \(run.process) ended without a word")
    case .ended(let outcome): print("outcome    \(outcome)")
    }
  }

  private func section(_ title: String, _ rows: [[String]]) {
    guard let columns = rows.first?.count else { return }
    var table = TextTable(Array(repeating: ("", .left), count: columns))
    for row in rows { table.add(row) }
    print("\n\(title)\(table.text.split(separator: "\n").map { "\n  " + $0 }.joined())")
  }
}
