import CPlatform
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
  }

  /// Does it all and answers the exit status.
  func run(_ plan: Plan) -> Int32 {
    do {
      if !plan.statements.isEmpty || plan.prompt { openGlobally() }
      for statement in plan.statements {
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
      guard plan.prompt, !platform_termination_requested() else { return status }
    }
    guard plan.prompt else { return 0 }
    openGlobally()
    Prompt(interpreter: interpreter).run()
    return platform_termination_requested() ? Session.terminated : 0
  }

  private func openGlobally() { interpreter.setGlobal("bl", toModule: "bilevel") }

  private func run(script name: String, _ arguments: [String]) throws {
    if name == "-" {
      return try interpreter.runScript(
        Prompt.restOfInput(), chunkName: "=stdin", name: name, arguments: arguments)
    }
    guard let script = ScriptFile.find(name) else { throw ScriptError("cannot open '\(name)'") }
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
