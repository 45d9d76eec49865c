import CPlatform
import Dispatch
import Imaging
import Script
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Writes the log of one run in batches, on a thread of its own, so that the run does not wait.
///
/// A batch is written half a second after its first line, or when it has 64. What cannot be written is
/// kept and tried again; the user is told once.
final class RunWriter: Sendable {
  private struct State {
    var pending: [StepRecord] = []
    var isScheduled = false
    var problem: String?
  }

  private static let batch = 64
  private static let delay = 0.5
  /// Seconds from a failure to the next attempt.
  private static let retreat = 10.0
  /// So many lines are kept while they cannot be written; a few hundred megabytes.
  private static let mostPending = 100_000

  private let store: RunStore
  private let id: String
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "log of a run")

  init(_ store: RunStore, _ id: String) {
    self.store = store
    self.id = id
  }

  /// Takes a line to be written soon.
  func add(_ step: StepRecord) throws {
    let wait: Double? = try state.withLock { state in
      guard state.pending.count < Self.mostPending else {
        throw ScriptError(
          "\(Self.mostPending) lines of the log of the run \(id) wait to be written: "
            + (state.problem ?? "the disk is too slow"))
      }
      state.pending.append(step)
      if state.problem == nil, state.pending.count == Self.batch { return 0 }
      guard !state.isScheduled else { return nil }
      state.isScheduled = true
      return Self.delay
    }
    if let wait { schedule(after: wait) }
  }

  private func schedule(after seconds: Double) {
    queue.asyncAfter(deadline: .now() + seconds) { [self] in
      state.withLock { $0.isScheduled = false }
      do { try writePending() } catch { complain(error) }
    }
  }

  /// Writes all lines now.
  func flush() throws { try queue.sync { try writePending() } }

  /// The lines that are not written.
  var pending: [StepRecord] { state.withLock { $0.pending } }

  /// On the queue only.
  private func writePending() throws {
    let steps = pending
    guard !steps.isEmpty else { return }
    try store.append(steps, to: id)
    state.withLock { state in
      state.pending.removeFirst(steps.count)
      state.problem = nil
    }
  }

  private func complain(_ error: any Error) {
    let isNew = state.withLock { state in
      defer { state.problem = "\(error)" }
      state.isScheduled = true
      return state.problem == nil
    }
    schedule(after: Self.retreat)
    guard isNew else { return }
    Warning.show("\(error); the log of the run \(id) is kept in memory and tried again")
  }
}

/// What the user should know although the script goes on.
enum Warning {
  /// Writes a line to standard error.
  static func show(_ text: String) {
    let line = Array("warning: \(text)\n".utf8)
    _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
  }
}
