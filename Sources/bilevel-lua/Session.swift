import CPlatform
import Experiments
import Lua
import Script
import Workbench

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One run of the program: `LUA_INIT`, statements and modules, a script, a prompt, in this order.
struct Session {
  /// What is to be done.
  struct Plan {
    var words: CommandWords
    /// Whether standard input is the script, where there is no other.
    var readsInput: Bool
    var prompt: Bool
    var ignoresEnvironment: Bool
  }

  private static let interrupted: Int32 = 130  // 128 + SIGINT, as shells have it
  private static let terminated: Int32 = 143  // 128 + SIGTERM
  private static let terminatedOutcome = "terminated"
  private static let failed: Int32 = 1
  private static let bytesOfMebibyte = 1 << 20

  let interpreter: Interpreter

  init(isTrusted: Bool, mebibytes: Int?, ignoresEnvironment: Bool = false) throws {
    var options = Interpreter.Options()
    options.isTrusted = isTrusted
    options.memoryLimit = mebibytes.map { $0 * Session.bytesOfMebibyte }
    options.ignoresEnvironment = ignoresEnvironment
    options.handlesInterrupts = true
    interpreter = try Interpreter(options)
    try Workbench.open(in: interpreter)
    Invocation.current.isTrusted = isTrusted
    Invocation.current.version = Command.version
    ChildProgram.open(Shipped.programPath, isTrusted: isTrusted, mebibytes: mebibytes)
  }

  /// Does it all and answers the exit status.
  ///
  /// An error ends it, as it does in `lua`; Ctrl-C leads to the prompt where there is to be one.
  func run(_ plan: Plan) -> Int32 {
    interpreter.setArguments(plan.words.all, script: plan.words.scriptIndex ?? 0)
    do {
      openGlobally()
      if !plan.ignoresEnvironment { try runInitialization() }
      for preparation in plan.words.preparations { try run(preparation) }
      if let script = plan.words.script ?? (plan.readsInput ? "-" : nil) {
        // A script says what it needs; in the prompt that follows, `bl` is there again.
        if !plan.words.hasStatements { interpreter.removeGlobal("bl") }
        try run(script: script, plan.words.arguments)
      }
    } catch {
      let status = report(error)
      guard plan.prompt, status == Session.interrupted else {
        finishRuns(outcome(of: error))
        return status
      }
    }
    if plan.prompt {
      openGlobally()
      Prompt(interpreter: interpreter).run()
      if platform_termination_requested() {
        finishRuns(Session.terminatedOutcome)
        return Session.terminated
      }
    }
    return finishRuns(RunSession.completed)
  }

  /// Runs a script's text and answers the exit status.
  func run(text: String, of name: String, _ arguments: [String]) -> Int32 {
    Invocation.begin(name, text, arguments)
    do {
      let chunkName = name.hasSuffix(".lua") ? "@" + name : "=" + name
      try interpreter.runScript(text, chunkName: chunkName, name: name, arguments: arguments)
    } catch {
      let status = report(error)
      finishRuns(outcome(of: error))
      return status
    }
    return finishRuns(RunSession.completed)
  }

  /// Finishes the runs that the script left open; answers the exit status.
  @discardableResult
  private func finishRuns(_ outcome: String) -> Int32 {
    let problems = RunSessions.finishAll(outcome)
    for problem in problems { platform_complain("bilevel-lua: " + problem) }
    return problems.isEmpty ? 0 : Session.failed
  }

  private func outcome(of error: any Error) -> String {
    if platform_termination_requested() { return Session.terminatedOutcome }
    let failure = error as? ScriptFailure
    return failure?.isInterrupt == true ? "interrupted" : "error: \(failure?.message ?? "\(error)")"
  }

  private func report(_ error: any Error) -> Int32 {
    let failure = error as? ScriptFailure
    platform_complain("bilevel-lua: " + (failure?.report ?? "\(error)"))
    if platform_termination_requested() { return Session.terminated }
    return failure?.isInterrupt == true ? Session.interrupted : Session.failed
  }
}

// MARK: What comes before the prompt

extension Session {
  private func openGlobally() { interpreter.setGlobal("bl", toModule: "bilevel") }

  /// What the user's environment says is to be run first.
  private func runInitialization() throws {
    for name in ["LUA_INIT_5_4", "LUA_INIT"] {
      guard let value = getenv(name).map({ String(cString: $0) }) else { continue }
      if value.hasPrefix("@") { return try runFile(String(value.dropFirst())) }
      return try interpreter.runScript(value, chunkName: "=" + name)
    }
  }

  private func runFile(_ path: String) throws {
    guard let script = ScriptFile.find(path) else { throw ScriptError("cannot open \(path)") }
    try interpreter.runScript(script.text, chunkName: "@" + script.name)
  }

  private func run(_ preparation: CommandWords.Preparation) throws {
    switch preparation {
    case .statement(let text):
      Invocation.begin("(command line)", text, [])
      try interpreter.runScript(text, chunkName: "=(command line)")
    case .module(let name, let global): try interpreter.require(name, as: global)
    case .warnings: interpreter.turnWarningsOn()
    }
  }

  private func run(script name: String, _ arguments: [String]) throws {
    if name == "-" {
      let text = Prompt.restOfInput()
      Invocation.begin(name, text, arguments)
      return try interpreter.runScript(text, chunkName: "=stdin", arguments: arguments)
    }
    guard let script = ScriptFile.find(name) else { throw ScriptError("cannot open '\(name)'") }
    Invocation.begin(script.name, script.text, arguments)
    try interpreter.runScript(script.text, chunkName: "@" + script.name, arguments: arguments)
  }
}
