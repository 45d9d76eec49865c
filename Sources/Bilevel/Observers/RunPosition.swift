import Tensors

/// Where a run of an optimizer stands when it hands out a step.
///
/// Another process goes on from here, bit for bit: it hands out the same step once more, and then the next.
public struct RunPosition: Sendable {
  /// The state of that step; it knows whose it is.
  public let state: UpperLevelState
  let psnr: Double?
  let fullLoss: LossEstimate?
  let ledger: Ledger
  let spent: Ledger
  /// Seconds of the run up to the step.
  public let seconds: Double
  /// Steps that the run took so far; its start is none.
  public let count: Int
  /// Where unseeded random objects draw their keys from.
  public let keys: RandomSource
  /// Why and where the run ended; nil while it goes on.
  public internal(set) var ending: RunEnding?
}

extension RunPosition {
  /// The position of a run that hands out a step.
  init(_ step: UpperLevelStep, origin: StateOrigin?, count: Int) {
    var state = step.state
    state.origin = origin
    self.state = state
    psnr = step.psnr
    fullLoss = step.fullLoss
    ledger = step.ledger
    spent = step.spent
    seconds = step.seconds
    self.count = count
    keys = Session.shared.keys
  }

  /// The step.
  func step(of source: StepSource) -> UpperLevelStep {
    UpperLevelStep(
      source: source, state: state, psnr: psnr, fullLoss: fullLoss, ledger: ledger, spent: spent,
      seconds: seconds)
  }
}

/// How a run of an optimizer ended.
public struct RunEnding: Sendable {
  /// Why.
  public let outcome: Outcome
  /// Where: perhaps within a step that was begun but not completed.
  public let state: UpperLevelState
}
