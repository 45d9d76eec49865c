import Bilevel
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How the steps of a run are shown while they come.
public enum ProgressStyle: String, Sendable, CaseIterable {
  /// What the command line says; else live on a terminal, plain elsewhere.
  case automatic
  /// One block at the foot of the terminal, rewritten in place; plain where there is no terminal.
  case live
  /// One line a step.
  case plain
  /// One JSON object a step, each on a line of its own.
  case jsonl
  /// Nothing.
  case none

  private static let commanded = Mutex(ProgressStyle.automatic)

  /// The style of the whole process, from the command line: `--log plain`.
  public static var session: ProgressStyle {
    get { commanded.withLock { $0 } }
    set { commanded.withLock { $0 = newValue } }
  }

  /// The style in effect: never `automatic`, and `live` only where the terminal can move its cursor.
  var resolved: ProgressStyle {
    let style = self == .automatic ? ProgressStyle.session : self
    switch style {
    case .automatic, .live: return ProgressStyle.terminalCanMove ? .live : .plain
    case .plain, .jsonl, .none: return style
    }
  }

  private static var terminalCanMove: Bool {
    guard isatty(STDOUT_FILENO) != 0, let terminal = getenv("TERM") else { return false }
    return !["", "dumb", "unknown"].contains(String(cString: terminal))
  }
}

/// What a run is expected to take: the limits that it was given.
public struct ProgressPlan: Sendable {
  /// What the run is called.
  public var name: String
  /// Most cost, in lower-level plus linear iterations since the start of the state.
  public var budget: Int?
  /// Most steps of this run.
  public var steps: Int?
  /// Most seconds of this run.
  public var seconds: Double?

  /// A run of the given name; no limit where none is given.
  public init(name: String, budget: Int? = nil, steps: Int? = nil, seconds: Double? = nil) {
    self.name = name
    self.budget = budget
    self.steps = steps
    self.seconds = seconds
  }

  /// The limits of a run of an optimizer.
  init(_ plan: RunPlan, name: String) {
    self.init(
      name: name, budget: plan.budget, steps: plan.maximumIterations, seconds: plan.seconds)
  }
}
