import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The runs of this process, so that those that a script leaves open are finished.
public enum RunSessions {
  private struct State {
    var open: [RunSession] = []
    /// Those that were begun, open or not: where to find their records.
    var begun: [(id: String, directory: String)] = []
    var isWatchingExit = false
    /// The runs of an earlier execution that those of this process go on with, by directory.
    var resumed: [String: [RunRecord]] = [:]
  }

  // Sessions belong to the thread of the script, which is also the one that leaves the process.
  private nonisolated(unsafe) static var state = State()

  /// The runs of this process, first to last.
  public static var begun: [(id: String, directory: String)] { state.begun }
  /// The runs that can take lines, first to last.
  public static var open: [RunSession] { state.open }
  static var count: Int { state.begun.count }

  static func add(_ session: RunSession) {
    state.open.append(session)
    state.begun.append((session.id, session.store.directory))
    guard !state.isWatchingExit else { return }
    state.isWatchingExit = true
    // A script may leave by os.exit.
    atexit { for problem in RunSessions.finishAll("left by os.exit") { Warning.show(problem) } }
  }

  static func remove(_ session: RunSession) { state.open.removeAll { $0 === session } }

  /// The runs of the earlier execution that those of this process go on with, in the order of the script.
  ///
  /// Its first directory decides; there need be none in others.
  static func execution(for resumption: Resumption, of invocation: Invocation, in store: RunStore)
    throws -> [RunRecord]
  {
    if let runs = state.resumed[store.directory] { return runs }
    let isFirst = state.resumed.isEmpty
    let runs =
      isFirst
      ? try resumption.execution(of: invocation, in: store)
      : (try? resumption.execution(of: invocation, in: store)) ?? []
    state.resumed[store.directory] = runs
    return runs
  }

  /// Finishes all open runs and answers what went wrong.
  public static func finishAll(_ outcome: String) -> [String] {
    state.open.compactMap { session in
      do {
        try session.finish(outcome)
        return nil
      } catch {
        return "\(error)"
      }
    }
  }
}
