import Imaging

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Tells whether the process of a run is alive: it holds a lock on a file in the run's folder, which the
/// system takes away when the process ends, however it does.
final class RunLock {
  private static let name = ".lock"
  private let descriptor: Int32

  /// Takes the lock of the run in the folder; nil where another process has it.
  init?(folder: String) throws {
    let path = folder + "/" + Self.name
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(path, cannot: "write", errno: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Whether a process holds the lock of the run in the folder.
  static func isHeld(in folder: String) -> Bool {
    let descriptor = open(folder + "/" + name, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0
  }
}

/// Where a run stands.
public enum RunStatus: Sendable, Equatable {
  /// Its process is at it.
  case running
  /// It ended, and said why.
  case ended(String)
  /// Its process ended without a word: killed, or the machine went down.
  case lost
}

extension RunStore {
  /// Where the run stands now.
  public func status(of run: RunRecord) -> RunStatus {
    if let outcome = run.outcome { return .ended(outcome) }
    guard let folder = try? folder(of: run), RunLock.isHeld(in: folder) else { return .lost }
    return .running
  }
}
