import Bilevel
import Imaging
import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What the log of a run is to its checkpoints.
public protocol StepLog: AnyObject {
  /// Lines so far. A run that goes on is set to where it stood; lines that are there already are not written
  /// again.
  var lineCount: Int { get set }
  /// Adds the line of a step.
  func log(_ step: UpperLevelStep) throws
  /// Takes notice of a step whose line is there already.
  func meet(_ step: UpperLevelStep) throws
  /// Brings all lines to the disk.
  func flush() throws
}

/// The checkpoints of a run: a numbered folder for each optimizer whose steps it takes down, in the order in
/// which its script makes them.
///
/// A run that goes on executes its script from the beginning. Its n-th optimizer finds what the n-th one left:
/// it goes on from there, or, where that one had ended, ends at once in the same way. Optimizers whose steps
/// alternate in one loop go on from different moments; their parameters are those of an uninterrupted run, the
/// order of their lines in the log may not be.
public final class RunCheckpoints {
  let schedule: CheckpointSchedule
  let log: any StepLog
  private let path: String
  private let warning: (String) -> Void
  private var count = 0
  private var active: [OptimizerCheckpoints] = []

  /// The checkpoints in a folder, which the first of them makes; no other process may write there.
  public init(
    in path: String, _ schedule: CheckpointSchedule, log: any StepLog,
    warning: @escaping (String) -> Void
  ) {
    self.path = path
    self.schedule = schedule
    self.log = log
    self.warning = warning
  }

  /// How many lines of its log a run that goes on keeps: what the last optimizer with a checkpoint counted.
  ///
  /// Those that followed are written anew.
  public static func keptLines(in path: String) throws -> Int {
    guard access(path, F_OK) == 0 else { return 0 }
    for number in try Folder.names(in: path).compactMap({ Int($0) }).sorted(by: >) {
      if let newest = try folder(number, in: path).newest() { return newest.checkpoint.mark.lines }
    }
    return 0
  }

  /// The observer of the next optimizer.
  public func observer() throws -> any UpperLevelObserver {
    saveAll()
    active.removeAll { $0.isFinished }
    count += 1
    let observer = try OptimizerCheckpoints(Self.folder(count, in: path), of: self)
    active.append(observer)
    return observer
  }

  /// Writes where every optimizer stands that has moved since.
  public func saveAll() { for optimizer in active { optimizer.save() } }

  /// Writes where every optimizer stands, and lets go of them.
  public func close() {
    saveAll()
    active = []
  }

  /// Writes where a run of an optimizer stands.
  public func write(_ run: UpperLevelRun) throws {
    guard let optimizer = active.first(where: { $0 === run.observer }) else {
      throw ScriptError(
        "checkpoint: the steps are not of this run; give it to optimizer:steps as log = run")
    }
    try optimizer.write()
  }

  // MARK: For the observers

  var mark: RunMark { RunMark(lines: log.lineCount, optimizers: count) }

  func goTo(_ mark: RunMark) {
    log.lineCount = mark.lines
    count = mark.optimizers
  }

  func warn(_ message: String) { warning(message) }

  private static func folder(_ number: Int, in path: String) -> CheckpointFolder {
    CheckpointFolder(path: "\(path)/\(number)")
  }
}
