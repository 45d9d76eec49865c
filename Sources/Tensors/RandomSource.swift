/// A stream of random numbers that is a function of its key: Philox 4x32-10, counter-based.
public struct RandomSource: Sendable, Hashable {
  /// The key: seed, stream and index.
  public let seed: UInt64
  public let stream: UInt64

  /// The stream of the given key, at its start.
  public init(seed: UInt64, stream: UInt64 = 0) {
    self.seed = seed
    self.stream = stream
  }
}
