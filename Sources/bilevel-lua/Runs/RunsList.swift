import ArgumentParser
import Experiments

/// `bilevel-lua runs list`.
struct RunsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the runs, oldest first.")

  @OptionGroup var place: RunsDirectory

  func run() throws {
    let store = try place.store
    let counts = try store.stepCounts()
    var table = TextTable([
      ("id", .left), ("started", .left), ("took", .right), ("lines", .right), ("outcome", .left),
    ])
    for run in try store.runs() {
      let lines = counts[run.id] ?? 0
      table.add([
        run.id, Clock.text(run.started, "%Y-%m-%d %H:%M"), Words.duration(of: run),
        String(lines), Words.outcome(of: run, store.status(of: run)),
      ])
    }
    print(table.isEmpty ? "no runs in \(store.path)" : table.text)
  }
}
