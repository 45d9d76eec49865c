import Bilevel
import CPlatform

/// Keeps the checkpoints of one optimizer of a run.
final class OptimizerCheckpoints: UpperLevelObserver {
  private(set) var start: RunPosition?
  /// Whether the optimizer came to its end and that is on the disk.
  private(set) var isFinished = false
  private let run: RunCheckpoints
  private let folder: CheckpointFolder
  /// The run when the last step was handed out.
  private var mark: RunMark
  /// Where the optimizer stands, if that is not on the disk yet.
  private var pending: Checkpoint?
  private var lastSeconds = platform_seconds()
  private var stepsSince = 0

  init(_ folder: CheckpointFolder, of run: RunCheckpoints) throws {
    self.folder = folder
    self.run = run
    folder.removeLeftovers()
    let newest = try folder.newest()
    start = newest?.checkpoint.position
    mark = newest?.checkpoint.mark ?? RunMark(lines: 0, optimizers: 0)
    for complaint in newest?.complaints ?? [] {
      run.warn("\(complaint); the checkpoint before it is used")
    }
  }

  func resume(with step: UpperLevelStep) throws {
    run.goTo(mark)
    try run.log.meet(step)
    isFinished = start?.ending != nil
    start = nil
  }

  func observe(_ step: UpperLevelStep?, at position: RunPosition) throws {
    if let step {
      try run.log.log(step)
      mark = run.mark
      stepsSince += 1
    }
    pending = Checkpoint(position: position, mark: mark)
    let passed = platform_seconds() - lastSeconds
    if position.ending != nil || run.schedule.isDue(steps: stepsSince, seconds: passed) { save() }
  }

  func interrupted() { save() }

  /// Writes what is not on the disk yet; where it cannot, the user is told and the run goes on.
  func save() {
    do { try write() } catch {
      run.warn("no checkpoint was written (\(error)); the run goes on without it")
    }
  }

  /// Writes what is not on the disk yet.
  func write() throws {
    guard let pending else { return }
    stepsSince = 0
    defer { lastSeconds = platform_seconds() }
    try run.log.flush()  // a line that the checkpoint counts is never written again
    try folder.write(pending)
    isFinished = pending.position.ending != nil
    self.pending = nil
  }
}
