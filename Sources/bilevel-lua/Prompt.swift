import CPlatform
import Experiments
import Lua
import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What comes from whoever types.
enum Statement {
  case text(String)
  case interrupted
  case end
}

/// Where statements come from.
protocol StatementSource: AnyObject {
  /// Lines until they are complete.
  func read() -> Statement
}

/// The interactive prompt: a statement in, its answer out; an error does not end it.
struct Prompt {
  let interpreter: Interpreter
  /// Runs that take longer say how long they took.
  private static let longRun = 1.0

  private var isTerminal: Bool { isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0 }

  /// Until the end of input.
  func run() {
    let source: any StatementSource =
      (isTerminal ? LineEditor(interpreter) : nil) ?? PlainInput(interpreter)
    if isTerminal {
      print("help() lists what there is, ?x explains x; Tab completes, Ctrl-C stops, Ctrl-D ends.")
    }
    while !platform_termination_requested() {
      interpreter.rearmInterrupt()
      LiveBlock.shared.settle()
      switch source.read() {
      case .end: return
      case .interrupted: continue
      case .text(let text): answer(text)
      }
    }
  }

  private func answer(_ text: String) {
    interpreter.rearmInterrupt()
    let start = platform_seconds()
    do { try interpreter.answer(text) { print($0) } } catch {
      platform_complain((error as? ScriptFailure)?.report ?? "\(error)")
    }
    let seconds = platform_seconds() - start
    if isTerminal, seconds > Prompt.longRun { print(Prompt.dim(Prompt.duration(seconds))) }
    fflush(stdout)
  }

  private static func duration(_ seconds: Double) -> String {
    let tenths = Int((seconds * 10).rounded())
    guard tenths >= 600 else { return "\(tenths / 10).\(tenths % 10) s" }
    return "\(tenths / 600) min \(tenths % 600 / 10) s"
  }

  private static func dim(_ text: String) -> String {
    let refuses = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
    return refuses ? text : "\u{1B}[2m\(text)\u{1B}[0m"
  }

  /// All that is still to come on standard input.
  static func restOfInput() -> String {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&block, 1, block.count, stdin)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += block[..<count]
    }
  }
}
