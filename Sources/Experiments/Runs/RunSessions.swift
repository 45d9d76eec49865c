import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The runs of this process, so that those that a script leaves open are finished.
public enum RunSessions {
  /// A session belongs to the thread of its script, which is also the one that finishes it.
  private struct Handle: @unchecked Sendable {
    let session: RunSession
  }

  private struct State {
    var open: [Handle] = []
    /// Those that were begun, open or not: where to find their records.
    var begun: [(id: String, directory: String)] = []
    /// The runs of an earlier execution that those of this process go on with, by directory.
    var resumed: [String: [RunRecord]] = [:]
  }

  private static let state = Mutex(State())

  /// The runs of this process, first to last.
  public static var begun: [(id: String, directory: String)] { state.withLock { $0.begun } }
  /// The runs that can take lines, first to last.
  public static var open: [RunSession] { state.withLock { $0.open }.map(\.session) }
  static var count: Int { begun.count }

  static func add(_ session: RunSession) {
    let handle = Handle(session: session)
    let count = state.withLock { state in
      state.open.append(handle)
      state.begun.append((handle.session.id, handle.session.store.directory))
      return state.begun.count
    }
    guard count == 1 else { return }
    // A script may leave by os.exit.
    atexit { for problem in RunSessions.finishAll("left by os.exit") { Warning.show(problem) } }
  }

  static func remove(_ session: RunSession) {
    let handle = Handle(session: session)
    state.withLock { $0.open.removeAll { $0.session === handle.session } }
  }

  /// The runs of the earlier execution that those of this process go on with, in the order of the script.
  ///
  /// Its first directory decides; there need be none in others.
  static func execution(for resumption: Resumption, of invocation: Invocation, in store: RunStore)
    throws -> [RunRecord]
  {
    let resumed = state.withLock { $0.resumed }
    if let runs = resumed[store.directory] { return runs }
    let isFirst = resumed.isEmpty
    let runs =
      isFirst
      ? try resumption.execution(of: invocation, in: store)
      : (try? resumption.execution(of: invocation, in: store)) ?? []
    state.withLock { $0.resumed[store.directory] = runs }
    return runs
  }

  /// Finishes all open runs and answers what went wrong.
  public static func finishAll(_ outcome: String) -> [String] {
    open.compactMap { session in
      do {
        try session.finish(outcome)
        return nil
      } catch {
        return "\(error)"
      }
    }
  }
}
