import ArgumentParser
import Experiments

import struct Script.ScriptError

/// `bilevel-lua runs resume ID`.
struct RunsResume: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Go on with a run that was interrupted, terminated, killed or left by an error.",
    discussion: """
      The recorded text of the script runs from its beginning, with the recorded arguments, in the \
      working directory. Its optimizers go on from their last checkpoints, bit for bit; those that had \
      ended are not computed again. The log goes on where the last checkpoint was written.
      """)

  @OptionGroup var place: RunsDirectory
  @Argument(help: "The run.") var id: String
  @Flag(help: "Let the script do all that it could do in the recorded run with --trusted.")
  var trusted = false

  func run() throws {
    let store = try place.store
    let run = try store.run(matching: id)
    try check(run, store.status(of: run))
    try RunsReplay.check(run, isTrusted: trusted, to: "resume")
    Invocation.current.resumption = .run(run.id)
    let status = try Session(isTrusted: trusted, mebibytes: nil).run(
      text: run.scriptText, of: run.script, run.arguments)
    if status != 0 { throw ExitCode(status) }
    guard RunSessions.begun.contains(where: { $0.id == run.id }) else {
      throw ScriptError(
        "the script did not come to the run \(run.id); is '\(place.directory)' the directory that its "
          + "bl.run names, seen from this working directory?")
    }
  }

  private func check(_ run: RunRecord, _ status: RunStatus) throws {
    switch status {
    case .running: throw ScriptError("the run \(run.id) is still going on (process \(run.process))")
    case .ended(RunSession.completed):
      throw ScriptError("the run \(run.id) is completed; 'runs replay \(run.id)' repeats it")
    case .ended, .lost: break
    }
  }
}
