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

/// One run of the program: statements, a script, a prompt, in this order.
struct Session {
  /// What is to be done.
  struct Plan {
    var statements: [String]
    var script: String?
    var arguments: [String]
    var prompt: Bool
  }

  private static let interrupted: Int32 = 130  // 128 + SIGINT, as shells have it
  private static let terminated: Int32 = 143  // 128 + SIGTERM
  private static let terminatedOutcome = "terminated"
  private static let failed: Int32 = 1
  private static let bytesOfMebibyte = 1 << 20

  let interpreter: Interpreter

  init(isTrusted: Bool, mebibytes: Int?) throws {
    var options = Interpreter.Options()
    options.isTrusted = isTrusted
    options.memoryLimit = mebibytes.map { $0 * Session.bytesOfMebibyte }
    options.handlesInterrupts = true
    interpreter = try Interpreter(options)
    try Workbench.open(in: interpreter)
    Invocation.current.isTrusted = isTrusted
    Invocation.current.version = Command.version
  }

  /// Does it all and answers the exit status.
  func run(_ plan: Plan) -> Int32 {
    do {
      if !plan.statements.isEmpty || plan.prompt { openGlobally() }
      for statement in plan.statements {
        Invocation.begin("(command line)", statement, [])
        try interpreter.runScript(
          statement, chunkName: "=(command line)", name: "bilevel-lua", arguments: [])
      }
      if let script = plan.script {
        // A script says what it needs; in the prompt that follows, `bl` is there again.
        if plan.statements.isEmpty { interpreter.removeGlobal("bl") }
        try run(script: script, plan.arguments)
      }
    } catch {
      let status = report(error)
      finishRuns(outcome(of: error))
      guard plan.prompt, !platform_termination_requested() else { return status }
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
    for problem in problems { Prompt.complain("bilevel-lua: " + problem) }
    return problems.isEmpty ? 0 : Session.failed
  }

  private func outcome(of error: any Error) -> String {
    if platform_termination_requested() { return Session.terminatedOutcome }
    let failure = error as? ScriptFailure
    return failure?.isInterrupt == true ? "interrupted" : "error: \(failure?.message ?? "\(error)")"
  }

  private func openGlobally() { interpreter.setGlobal("bl", toModule: "bilevel") }

  private func run(script name: String, _ arguments: [String]) throws {
    if name == "-" {
      let text = Prompt.restOfInput()
      Invocation.begin(name, text, arguments)
      return try interpreter.runScript(
        text, chunkName: "=stdin", name: name, arguments: arguments)
    }
    guard let script = ScriptFile.find(name) else { throw ScriptError("cannot open '\(name)'") }
    Invocation.begin(script.name, script.text, arguments)
    try interpreter.runScript(
      script.text, chunkName: "@" + script.name, name: script.name, arguments: arguments)
  }

  private func report(_ error: any Error) -> Int32 {
    fflush(stdout)
    let failure = error as? ScriptFailure
    Prompt.complain("bilevel-lua: " + (failure?.report ?? "\(error)"))
    if platform_termination_requested() { return Session.terminated }
    return failure?.isInterrupt == true ? Session.interrupted : Session.failed
  }
}
