import ArgumentParser
import Experiments
import Imaging
import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `bilevel-lua runs …`: what is done with the record of runs.
struct Runs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bilevel-lua runs",
    abstract: "The record of runs that scripts make with bl.run.",
    discussion: """
      A run is named by its id, by the beginning of it that no other run has, by its last four digits, \
      or as 'last'.
      """,
    subcommands: [
      RunsList.self,
      RunsShow.self,
      RunsCompare.self,
      RunsExport.self,
      RunsTensorBoard.self,
      RunsReplay.self,
      RunsResume.self,
      RunsRemove.self,
    ],
    defaultSubcommand: RunsList.self)

  /// Runs a subcommand with its arguments; answers the exit status.
  static func run(_ arguments: [String]) -> Int32 {
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
      return 0
    } catch let error where error is ScriptError || error is FileError {
      fputs("bilevel-lua: \(error)\n", stderr)
      return 1
    } catch {
      let isHelp = exitCode(for: error).isSuccess
      let message = fullMessage(for: error)
      if !message.isEmpty { fputs(message + "\n", isHelp ? stdout : stderr) }
      return exitCode(for: error).rawValue
    }
  }
}

/// Where the record is.
struct RunsDirectory: ParsableArguments {
  @Option(name: .long, help: "The folder of the record, as in bl.run { directory = … }.")
  var directory = "runs"

  /// The record, which must exist.
  var store: RunStore { get throws { try RunStore(existing: directory) } }
}
