import Bilevel
import Imaging
import Script

/// What the log of a run is to its checkpoints.
public protocol StepLog: AnyObject {
  /// Lines so far. A run that goes on is set to where it stood; lines that are there already are not written
  /// again.
  var lineCount: Int { get set }
  /// Adds the line of a step.
  func log(_ step: UpperLevelStep) throws
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
  unowned let log: any StepLog
  /// Lines of the log that a run that goes on keeps; it writes those that followed anew.
  public private(set) var keptLines = 0
  private let path: String
  private let warning: (String) -> Void
  private let lock: FolderLock
  private var count = 0
  private var active: [OptimizerCheckpoints] = []

  /// The checkpoints in a folder, which is made where it is missing; this process alone writes there.
  public init(
    in path: String, _ schedule: CheckpointSchedule, log: any StepLog,
    warning: @escaping (String) -> Void
  ) throws {
    self.path = path
    self.schedule = schedule
    self.log = log
    self.warning = warning
    lock = try FolderLock(path)
    keptLines = try lastMark()
  }

  /// The observer of the next optimizer.
  public func observer() throws -> any UpperLevelObserver {
    saveAll()
    active.removeAll { $0.isFinished }
    count += 1
    let observer = try OptimizerCheckpoints(folder(count), of: self)
    active.append(observer)
    return observer
  }

  /// Writes where every optimizer stands that has moved since.
  public func saveAll() { for optimizer in active { optimizer.save() } }

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

  // MARK: Folders

  private func folder(_ number: Int) -> CheckpointFolder {
    CheckpointFolder(path: "\(path)/\(number)")
  }

  /// Lines that the last optimizer with a checkpoint counted; also tidies up.
  private func lastMark() throws -> Int {
    for number in try Folder.names(in: path).compactMap({ Int($0) }).sorted(by: >) {
      folder(number).removeLeftovers()
      if let newest = try folder(number).newest() { return newest.checkpoint.mark.lines }
    }
    return 0
  }
}
