import CPlatform

/// The user's wish to stop (Ctrl-C): polled once an iteration by the one loop and between samples by
/// the executors, which throw this value when work is left undone.
public struct Interruption: Error, Hashable, CustomStringConvertible {
  /// The one value there is.
  public init() {}

  /// Whether the user asked to stop.
  public static var isRequested: Bool { platform_stop_requested() }

  /// Asks every running loop to stop at its next iteration.
  public static func request() { platform_request_stop() }

  /// Forgets the wish; for whoever acts on it.
  public static func clear() { platform_clear_stop() }

  /// What to tell the user.
  public var description: String { Outcome.interrupted.advice }
}
