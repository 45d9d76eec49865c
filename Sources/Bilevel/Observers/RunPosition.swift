import Tensors

/// Where a run of an optimizer stands when it hands out a step.
///
/// Another process goes on from here, bit for bit: it hands out the same step once more, and then the next.
public struct RunPosition: Sendable {
  /// The step that was handed out last; its state knows whose it is.
  public let step: UpperLevelStep
  /// Steps that the run took so far; its start is none.
  public let count: Int
  /// Where unseeded random objects draw their keys from.
  public let keys: RandomSource
  /// Why and where the run ended; nil while it goes on.
  public internal(set) var ending: RunEnding?
}

/// How a run of an optimizer ended.
public struct RunEnding: Sendable {
  /// Why.
  public let outcome: Outcome
  /// Where: perhaps within a step that was begun but not completed.
  public let state: UpperLevelState
}
