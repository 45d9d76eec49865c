import ArgumentParser
import Lua
import Workbench

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `bilevel-lua [options] [script [args]]`.
@main
struct Command: ParsableCommand {
  static let version = "bilevel-lua 0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "bilevel-lua",
    abstract: "Bilevel learning of regularizers, scripted in Lua 5.4.",
    usage: "bilevel-lua [options] [script [args]]",
    discussion: """
      Without a script, on a terminal, it is a prompt; otherwise it runs what comes on standard \
      input. A script is looked for as given, then with its first folder's name in any case, then \
      among the scripts that ship with the program.
      """)

  @Option(
    name: .customShort("e"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Run the statement; may be given several times.", valueName: "stat"))
  var statements: [String] = []

  @Flag(name: .customShort("i"), help: "Enter the prompt after running the script.")
  var interactive = false

  @Flag(name: .customShort("v"), help: "Print the version.")
  var showsVersion = false

  @Flag(help: "Let scripts run commands, load bytecode and C libraries, and write anywhere.")
  var trusted = false

  @Option(
    help: ArgumentHelp("Memory that scripts may hold; unlimited by default.", valueName: "MiB"))
  var memory: Int?

  @Flag(help: .hidden)
  var manual = false

  @Argument(
    parsing: .captureForPassthrough, help: "The script (- for standard input) and its arguments.")
  var script: [String] = []

  func validate() throws {
    if let memory, memory < 1 { throw ValidationError("--memory must be at least 1 MiB.") }
  }

  func run() throws {
    if manual { return print(Workbench.manual(), terminator: "") }
    if showsVersion { print(Command.version) }
    var session = try Session(isTrusted: trusted, mebibytes: memory)
    let status = session.run(plan)
    fflush(nil)
    // The process ends here anyhow: tearing the interpreter down would only cost time.
    _exit(status)
  }

  private var plan: Session.Plan {
    let isTerminal = isatty(STDIN_FILENO) != 0
    let isIdle = script.isEmpty && statements.isEmpty && !showsVersion
    return Session.Plan(
      statements: statements,
      script: script.first ?? (isIdle && !isTerminal && !interactive ? "-" : nil),
      arguments: Array(script.dropFirst()),
      prompt: interactive || isIdle && isTerminal)
  }
}
