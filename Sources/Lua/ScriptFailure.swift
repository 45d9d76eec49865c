import CLua
import Script

/// An error that a script raised: what the user reads, and the script's own error value.
///
/// Thrown through Swift and back into Lua it is raised again as the very same value.
public final class ScriptFailure: Error, CustomStringConvertible, @unchecked Sendable {
  /// `file:line: message`.
  public let message: String
  /// The script's lines that were active, innermost first; empty for syntax errors.
  public let traceback: String
  /// Whether the text could not be compiled.
  public let isSyntax: Bool
  /// Whether the user stopped the script.
  public let isInterrupt: Bool
  let value: Reference

  init(message: String, traceback: String, isSyntax: Bool, isInterrupt: Bool, value: Reference) {
    self.message = message
    self.traceback = traceback
    self.isSyntax = isSyntax
    self.isInterrupt = isInterrupt
    self.value = value
  }

  /// As a script would write it.
  public var description: String { message }

  /// The message with the traceback below it.
  public var report: String {
    traceback.isEmpty ? message : message + "\nstack traceback:" + traceback
  }

  /// Whether the text ends too early, so that a further line may complete it.
  public var isIncomplete: Bool { isSyntax && message.hasSuffix("<eof>") }
}
