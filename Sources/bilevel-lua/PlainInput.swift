import Lua

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Input line by line, for pipes and for terminals that can do no more.
final class PlainInput: StatementSource {
  private let interpreter: Interpreter

  init(_ interpreter: Interpreter) { self.interpreter = interpreter }

  private enum Line {
    case line(String)
    case interrupted
    case end
  }

  func read() -> Statement {
    var text = ""
    while true {
      switch readLine(isFirst: text.isEmpty) {
      case .end where !text.isEmpty: return .text(text)  // its error says that it is not complete
      case .end:
        print()
        return .end
      case .interrupted:
        print()
        return .interrupted
      case .line(let line):
        text += text.isEmpty ? line : "\n" + line
        if !interpreter.isIncomplete(text) { return .text(text) }
      }
    }
  }

  private func readLine(isFirst: Bool) -> Line {
    let prompt =
      interpreter.promptText(isFirst ? "_PROMPT" : "_PROMPT2") ?? (isFirst ? "> " : ">> ")
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
}
