import Bilevel
import Script

extension RunSession: StepLog, UpperLevelLog {
  /// Where the checkpoints of a run are, below its folder.
  static let checkpointFolder = "/checkpoints"

  /// The run that a script begins, or goes on with.
  static func begin(_ options: Options) throws -> RunSession {
    let invocation = Invocation.current
    guard let resumption = invocation.resumption ?? (options.resumes ? .newest : nil) else {
      return try RunSession(options)
    }
    let store = try RunStore(existing: options.directory)
    let execution = try RunSessions.execution(for: resumption, of: invocation, in: store)
    let order = RunSessions.count + 1
    guard let run = execution.first(where: { $0.order == order }) else {
      return try RunSession(options)
    }
    return try RunSession(resuming: run, in: store, checkpoints: options.checkpoints)
  }

  /// Lines so far; those that a run that goes on has already are not written again.
  public var lineCount: Int {
    get { position }
    set { position = newValue }
  }

  /// The observer of the next optimizer that is given the run as its log.
  public func observer(
    of method: any UpperLevelMethod, on problem: BilevelProblem, plan: RunPlan
  ) throws -> any UpperLevelObserver {
    try checkOpen("log")
    return try checkpoints.observer()
  }

  /// Writes where an optimizer stands that logs to the run.
  func checkpoint(_ optimizer: UpperLevelRun) throws {
    try checkOpen("checkpoint")
    try checkpoints.write(optimizer)
  }
}
