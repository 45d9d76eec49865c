import CLineEditor
import Lua

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Input from a terminal, edited with libedit: history, search, completion, blocks of several lines.
final class LineEditor: StatementSource {
  private let interpreter: Interpreter
  private let history = HistoryFile()

  /// Nil where the terminal is not fit for it.
  init?(_ interpreter: Interpreter) {
    self.interpreter = interpreter
    let owner = line_editor_owner(
      context: Unmanaged.passUnretained(self).toOpaque(),
      is_incomplete: { context, text in
        LineEditor.at(context).interpreter.isIncomplete(String(cString: text))
      },
      complete: { context, text, listing in
        LineEditor.at(context).complete(String(cString: text), listing)
      })
    guard line_editor_open("bilevel-lua", owner, Int32(HistoryFile.mostEntries)) else { return nil }
    for entry in history.entries() { line_editor_remember(entry) }
  }

  private static func at(_ context: UnsafeMutableRawPointer) -> LineEditor {
    Unmanaged<LineEditor>.fromOpaque(context).takeUnretainedValue()
  }

  func read() -> Statement {
    var text: UnsafeMutablePointer<CChar>?
    let result = line_editor_read(interpreter.promptText("_PROMPT") ?? "> ", &text)
    defer { free(text) }
    switch result {
    case line_editor_interrupted: return .interrupted
    case line_editor_text:
      let statement = text.map { String(cString: $0) } ?? ""
      if !statement.allSatisfy(\.isWhitespace) {
        line_editor_remember(statement)
        history.append(statement)
      }
      return .text(statement)
    default:
      print()
      return .end
    }
  }

  /// What Tab inserts: what all candidates have in common beyond what is there; a second Tab lists them.
  private func complete(
    _ text: String, _ listing: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  ) -> UnsafeMutablePointer<CChar>? {
    let completion = completions(for: text, in: interpreter)
    let typed = text.utf8.count - completion.start
    let insertion = String(decoding: completion.commonPrefix.utf8.dropFirst(typed), as: UTF8.self)
    if insertion.isEmpty, !completion.candidates.isEmpty {
      listing.pointee = strdup(Columns.text(of: completion.candidates))
    }
    return strdup(insertion)
  }
}
