import Synchronization

/// What the program is running, as a run records it.
public struct Invocation: Sendable {
  /// The script's name as it was given.
  public var script = "(no script)"
  /// The script's text.
  public var text = ""
  /// The arguments behind the script's name.
  public var arguments: [String] = []
  /// Whether the script may do all that the user may.
  public var isTrusted = false
  /// The program and its version.
  public var version = "bilevel-lua"
  /// The run that is being replayed, if any.
  public var replayed: String?

  /// No script.
  public init() {}

  private static let shared = Mutex(Invocation())

  /// Notes the script that runs from now on.
  public static func begin(_ script: String, _ text: String, _ arguments: [String]) {
    shared.withLock { ($0.script, $0.text, $0.arguments) = (script, text, arguments) }
  }

  /// What runs now; set by the program before it runs a script.
  public static var current: Invocation {
    get { shared.withLock { $0 } }
    set { shared.withLock { $0 = newValue } }
  }
}
