import ArgumentParser
import Experiments
import Imaging

import struct Script.ScriptError

/// `bilevel-lua runs replay ID`.
struct RunsReplay: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Run the recorded script again and tell whether the numbers came out the same.",
    discussion: """
      The script's text and arguments come from the record; what it reads, and where it writes, is \
      relative to the working directory. The replay is a run of its own. All logged values are \
      compared bit by bit, but for those called '…seconds' and 'peak_memory'; so are images and \
      parameters.
      """)

  private static let differs: Int32 = 3

  @OptionGroup var place: RunsDirectory
  @Argument(help: "The run.") var id: String
  @Flag(help: "Let the script do all that it could do in the recorded run with --trusted.")
  var trusted = false

  func run() throws {
    let store = try place.store
    let run = try store.run(matching: id)
    try Self.check(run, isTrusted: trusted, to: "replay")
    Invocation.current.replayed = run.id
    let status = try Session(isTrusted: trusted, mebibytes: nil).run(
      text: run.scriptText, of: run.script, run.arguments)
    let order = run.facts["order"].flatMap { Int($0) } ?? 1
    guard RunSessions.begun.count >= order else {
      throw ScriptError("the replay of \(run.id) ended before it began run \(order) of the script")
    }
    let (newID, directory) = RunSessions.begun[order - 1]
    let newStore = try RunStore(existing: directory)
    let new = try newStore.run(matching: newID)
    try conclude(
      RunReplay(run, in: store, with: new, in: newStore), run, new, status)
  }

  /// Throws where the script of a run cannot run again, or not with these rights.
  static func check(_ run: RunRecord, isTrusted: Bool, to action: String) throws {
    guard !run.scriptText.isEmpty else {
      throw ScriptError("the run \(run.id) has no script to \(action); it was made at the prompt")
    }
    guard (run.facts["trusted"] == "yes") == isTrusted else {
      throw ScriptError(
        isTrusted
          ? "the run \(run.id) was made without --trusted; \(action) it without"
          : "the run \(run.id) was made with --trusted; add it if you trust the script "
            + "('runs show --script' prints it)")
    }
  }

  private func conclude(
    _ replay: RunReplay, _ run: RunRecord, _ new: RunRecord, _ status: Int32
  ) throws {
    print("replay of \(run.id) is \(new.id)")
    if let version = run.facts["version"], version != new.facts["version"] {
      print("recorded by \(version), replayed by \(new.facts["version"] ?? "another")")
    }
    if let difference = replay.difference {
      print("different: \(difference)")
      throw ExitCode(Self.differs)
    }
    let outcome = run.outcome == RunSession.completed ? "" : ", as far as the record goes"
    print(
      "the same bit for bit: \(replay.lines) lines, \(replay.values) values, \(replay.files) files"
        + outcome)
    if status != 0, run.outcome == RunSession.completed { throw ExitCode(status) }
  }
}
