import ArgumentParser
import Experiments
import Lua
import Workbench

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `bilevel-lua [options] [script [args]]`: what stands before the script.
struct Command: ParsableCommand {
  static let version = "bilevel-lua 0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "bilevel-lua",
    abstract: "Bilevel learning of regularizers, scripted in Lua 5.4.",
    usage: """
      bilevel-lua [options] [script [args]]
      bilevel-lua runs <subcommand>
      """,
    discussion: """
      Without a script, on a terminal, it is a prompt; otherwise it runs what comes on standard \
      input, as it does for the script '-'. A script is looked for as given, then with its first \
      folder's name in any case, then among the scripts that ship with the program. What follows \
      the script is the script's. 'bilevel-lua runs --help' tells of the record of runs.
      """)

  @Option(
    name: .customShort("e", allowingJoined: true), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Run the statement; may be given several times.", valueName: "stat"))
  var statements: [String] = []

  @Flag(name: .customShort("i"), help: "Enter the prompt after running the script.")
  var interactive = false

  @Flag(name: .customShort("v"), help: "Print the version.")
  var showsVersion = false

  @Flag(
    help: ArgumentHelp(
      "Go on with the script's last run instead of beginning anew.",
      discussion: """
        The newest run on record of the same text with the same arguments that is not completed; its \
        optimizers go on from their last checkpoints.
        """))
  var resume = false

  @Flag(help: "Let scripts run commands, load bytecode and C libraries, and write anywhere.")
  var trusted = false

  @Option(
    help: ArgumentHelp("Memory that scripts may hold; unlimited by default.", valueName: "MiB"))
  var memory: Int?

  @Flag(help: "Print the manual of the library, in Markdown.")
  var manual = false

  /// More would not fit into the count of bytes.
  private static let mebibytes = 1...(1 << 30)

  func validate() throws {
    if let memory, !Command.mebibytes.contains(memory) {
      throw ValidationError("--memory must be at least 1 MiB, and no more than there can be.")
    }
  }

  /// Does what the options say with the script and its arguments; answers the exit status.
  func run(script: [String]) throws -> Int32 {
    if manual {
      print(Workbench.manual(), terminator: "")
      return 0
    }
    if showsVersion { print(Command.version) }
    if resume { Invocation.current.resumption = .newest }
    return try Session(isTrusted: trusted, mebibytes: memory).run(plan(script))
  }

  private func plan(_ script: [String]) -> Session.Plan {
    let isTerminal = isatty(STDIN_FILENO) != 0
    let isIdle = script.isEmpty && statements.isEmpty && !showsVersion
    return Session.Plan(
      statements: statements,
      script: script.first ?? (isIdle && !isTerminal && !interactive ? "-" : nil),
      arguments: Array(script.dropFirst()),
      prompt: interactive || isIdle && isTerminal)
  }

  // MARK: Options before the script

  private static let withValue: Set<String> = ["-e", "--memory"]

  /// Where the options end and the script begins; what follows the script belongs to it, even if it
  /// looks like an option.
  static func split(_ arguments: [String]) -> (options: [String], script: [String]) {
    var index = 0
    while index < arguments.count, arguments[index].hasPrefix("-"), arguments[index] != "-" {
      if arguments[index] == "--" {
        return (Array(arguments[..<index]), Array(arguments[(index + 1)...]))
      }
      index += withValue.contains(arguments[index]) ? 2 : 1
    }
    index = min(index, arguments.count)
    return (Array(arguments[..<index]), Array(arguments[index...]))
  }
}

/// The program.
@main
enum Program {
  private static let failed: Int32 = 1

  static func main() {
    signal(SIGXFSZ, SIG_IGN)  // a limit of files' sizes is an error of writing, as a full disk is
    let arguments = Command.split(Array(CommandLine.arguments.dropFirst()))
    let status: Int32
    if arguments.options.isEmpty, arguments.script.first == "runs" {
      leave(Runs.run(Array(arguments.script.dropFirst())))
    }
    do {
      status = try Command.parse(arguments.options).run(script: arguments.script)
    } catch {
      let isHelp = Command.exitCode(for: error).isSuccess
      fputs(Command.fullMessage(for: error) + "\n", isHelp ? stdout : stderr)
      status = isHelp ? 0 : failed
    }
    leave(status)
  }

  private static func leave(_ status: Int32) -> Never {
    fflush(nil)
    _exit(status)  // tearing the interpreter down would only cost time
  }
}
