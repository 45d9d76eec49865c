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
      A run is named by its id, by a beginning of it that no other run has, or by its last four digits; \
      a script's name for its runs means the newest of them, and 'last' the newest of all.
      """,
    subcommands: [
      RunsList.self,
      RunsShow.self,
      RunsCompare.self,
      RunsExport.self,
      RunsTensorBoard.self,
      RunsReport.self,
      RunsWatch.self,
      RunsReplay.self,
      RunsResume.self,
      RunsRemove.self,
    ])

  /// Runs a subcommand with its arguments, `list` where none is named; answers the exit status.
  static func run(_ arguments: [String]) -> Int32 {
    do {
      let isNamed = arguments.first.map { !$0.hasPrefix("--directory") } ?? false
      try check(isNamed ? arguments.first : nil)
      var command = try parseAsRoot(isNamed ? arguments : ["list"] + arguments)
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

  private static func check(_ name: String?) throws {
    let known = configuration.subcommands.compactMap { $0.configuration.commandName }
    guard let name, !name.hasPrefix("-"), name != "help", !known.contains(name) else { return }
    throw Misuse.unknownMember(name, of: "bilevel-lua runs", known: known)
  }
}

/// Where the record is.
struct RunsDirectory: ParsableArguments {
  @Option(name: .long, help: "The folder of the record, as in bl.run { directory = … }.")
  var directory = "runs"

  /// The record, which must exist.
  var store: RunStore { get throws { try RunStore(existing: directory) } }
}
