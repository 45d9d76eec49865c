import ArgumentParser
import Experiments

import struct Script.ScriptError

/// `bilevel-lua runs rm ID`.
struct RunsRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove runs: their records and the folders of their files.",
    discussion: "A name, or 'last', is not enough here: what is removed is named by its id.")

  @OptionGroup var place: RunsDirectory
  @Argument(help: "The runs.") var ids: [String]

  func run() throws {
    let store = try place.store
    let runs = try ids.map(store.run(matching:))
    for (text, run) in zip(ids, runs) where text != run.id && (text == run.name || text == "last") {
      throw ScriptError("'\(text)' means the run \(run.id) now; to remove it, give its id")
    }
    for run in runs where store.status(of: run) == .running {
      throw ScriptError("the run \(run.id) is going on; end process \(run.process) first")
    }
    for run in runs {
      try store.remove(run)
      print("removed \(run.id)")
    }
  }
}
