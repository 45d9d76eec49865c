/// What follows a run of an optimizer step by step: a record, a live view.
public protocol StepObserver {
  /// Takes the step; an error ends the run.
  func observe(_ step: UpperLevelStep) throws
}
