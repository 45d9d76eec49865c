import ArgumentParser
import Experiments

import struct Script.ScriptError

/// `bilevel-lua runs rm ID`.
struct RunsRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove runs: their records and the folders of their files.")

  @OptionGroup var place: RunsDirectory
  @Argument(help: "The runs.") var ids: [String]

  func run() throws {
    let store = try place.store
    let runs = try ids.map(store.run(matching:))
    for run in runs where store.status(of: run) == .running {
      throw ScriptError("the run \(run.id) is going on; end process \(run.process) first")
    }
    for run in runs {
      try store.remove(run)
      print("removed \(run.id)")
    }
  }
}
