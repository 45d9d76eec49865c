import CPlatform

/// When checkpoints are written beside those at the end, at Ctrl-C and at SIGTERM.
public struct CheckpointSchedule: Sendable, Hashable {
  /// Seconds from one to the next.
  public var seconds = 60.0
  /// Steps from one to the next; without meaning where left out.
  public var steps: Int?

  /// Every minute.
  public init() {}

  /// Whether the next is due, so many steps and seconds after the last.
  func isDue(steps count: Int, seconds passed: Double) -> Bool {
    passed >= seconds || steps.map { count >= $0 } ?? false
  }
}
