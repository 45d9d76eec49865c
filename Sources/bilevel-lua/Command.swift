import ArgumentParser
import CPlatform
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
  static let banner = version + "  Copyright (C) 2026 the bilevel-lua authors, with Lua 5.4"

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
      the script, or '--' and the script, is the script's. Before all, the environment's LUA_INIT \
      is run. 'bilevel-lua runs --help' tells of the record of runs.
      """)

  @Option(
    name: .customShort("e", allowingJoined: true), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Run the statement; may be given several times.", valueName: "stat"))
  var statements: [String] = []

  @Option(
    name: .customShort("l", allowingJoined: true), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Require the module into the global of its name, or of another: -l g=mod.", valueName: "mod"))
  var modules: [String] = []

  @Flag(name: .customShort("i"), help: "Enter the prompt after running the script.")
  var interactive = false

  @Flag(name: .customShort("v"), help: "Print the version.")
  var showsVersion = false

  @Flag(name: .customShort("E"), help: "Ignore environment variables: LUA_INIT, LUA_PATH.")
  var ignoresEnvironment = false

  @Flag(name: .customShort("W"), help: "Turn warnings on.")
  var warns = false

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

  @Option(
    help: ArgumentHelp(
      "How the steps of runs are shown: live, plain, jsonl or none; live on a terminal, else plain.",
      valueName: "style"))
  var log = ProgressStyle.automatic

  @Flag(help: "Print the manual of the library, in Markdown.")
  var manual = false

  @Flag(help: "Print the definitions of the library for editors (LuaCATS).")
  var definitions = false

  /// More would not fit into the count of bytes.
  private static let mebibytes = 1...(1 << 30)

  func validate() throws {
    if let memory, !Command.mebibytes.contains(memory) {
      throw ValidationError("--memory must be at least 1 MiB, and no more than there can be.")
    }
  }

  /// Does what the options say with the script and its arguments; answers the exit status.
  func run(_ words: CommandWords) throws -> Int32 {
    if manual {
      print(Workbench.manual(), terminator: "")
      return 0
    }
    if definitions {
      print(Workbench.definitions(), terminator: "")
      return 0
    }
    if resume { Invocation.current.resumption = .newest }
    ProgressStyle.session = log
    LiveBlock.observePasses()
    let plan = plan(words)
    if showsVersion || plan.prompt { print(Command.banner) }
    return try Session(
      isTrusted: trusted, mebibytes: memory, ignoresEnvironment: ignoresEnvironment
    ).run(plan)
  }

  private func plan(_ words: CommandWords) -> Session.Plan {
    let isTerminal = isatty(STDIN_FILENO) != 0
    let isIdle = words.script == nil && statements.isEmpty && !showsVersion && !interactive
    return Session.Plan(
      words: words, readsInput: isIdle && !isTerminal, prompt: interactive || isIdle && isTerminal,
      ignoresEnvironment: ignoresEnvironment)
  }
}

extension ProgressStyle: ExpressibleByArgument {}

/// The program.
@main
enum Program {
  private static let failed: Int32 = 1

  static func main() {
    signal(SIGXFSZ, SIG_IGN)  // a limit of files' sizes is an error of writing, as a full disk is
    platform_guard_terminal()
    let words = CommandWords(CommandLine.arguments)
    let status: Int32
    if words.options.isEmpty, words.script == "runs" { leave(Runs.run(words.arguments)) }
    do {
      status = try Command.parse(words.options).run(words)
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
