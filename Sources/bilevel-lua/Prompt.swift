import CPlatform
import Lua
import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The plain interactive prompt: a line in, its answer out; an error does not end it.
struct Prompt {
  let interpreter: Interpreter

  /// Until the end of input.
  func run() {
    if isatty(STDIN_FILENO) != 0 {
      print("\(Command.version)  Copyright (C) 2026 the bilevel-lua authors, with Lua 5.4")
      print("help() lists what there is, help(x) explains x; Ctrl-C stops, Ctrl-D ends.")
    }
    while let text = readStatement() {
      interpreter.rearmInterrupt()
      do { try interpreter.answer(text) } catch {
        Prompt.complain((error as? ScriptFailure)?.report ?? "\(error)")
      }
    }
    print()
  }

  /// Lines until they are complete; nil at the end of input.
  private func readStatement() -> String? {
    var text = ""
    while !platform_termination_requested() {
      switch readLine(prompt: text.isEmpty ? "> " : ">> ") {
      case .end: return nil
      case .interrupted:
        text = ""
        print()
      case .line(let line):
        text += text.isEmpty ? line : "\n" + line
        if !interpreter.isIncomplete(text) { return text }
      }
    }
    return nil
  }

  private enum Line {
    case line(String)
    case interrupted
    case end
  }

  private func readLine(prompt: String) -> Line {
    interpreter.rearmInterrupt()
    print(prompt, terminator: "")
    fflush(stdout)
    var buffer: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(buffer) }
    errno = 0
    let count = getline(&buffer, &capacity, stdin)
    guard count >= 0, let buffer else {
      guard errno == EINTR else { return .end }
      clearerr(stdin)
      return .interrupted
    }
    let line = String(decoding: UnsafeRawBufferPointer(start: buffer, count: count), as: UTF8.self)
    return .line(line.hasSuffix("\n") ? String(line.dropLast()) : line)
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

  /// Writes a line to standard error.
  static func complain(_ message: String) { fputs(message + "\n", stderr) }
}
