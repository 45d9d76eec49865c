/// What a run of an optimizer talks to: it may know where the run goes on from, and is told where it stands
/// after each step and at its end.
public protocol UpperLevelObserver: AnyObject {
  /// Where the run goes on from; nil where it begins at its starting point.
  var start: RunPosition? { get }
  /// The step of `start` is about to be handed out again.
  func resume(with step: UpperLevelStep) throws
  /// A step is about to be handed out; nil at the end.
  ///
  /// Steps that an interruption left incomplete, or may have, are not told of.
  func observe(_ step: UpperLevelStep?, at position: RunPosition) throws
  /// The user asked to stop; the run stands where it was observed last.
  func interrupted() throws
}

/// What takes down the steps of runs: what scripts give as `log = run`.
public protocol UpperLevelLog: AnyObject {
  /// The observer of the next run of an optimizer, in the order in which a script makes them.
  func observer(of method: any UpperLevelMethod, on problem: BilevelProblem, plan: RunPlan) throws
    -> any UpperLevelObserver
}
