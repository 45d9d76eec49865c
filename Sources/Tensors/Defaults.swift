import Synchronization

/// What new objects take where a script does not say: their element type and their seeds.
public enum Defaults {
  private struct State {
    var elementType = ElementType.float64
    var source = RandomSource(seed: 0)
  }

  private static let state = Mutex(State())

  /// The element type of what is made from now on: `bl.precision`; Float64 at first.
  public static var elementType: ElementType {
    get { state.withLock { $0.elementType } }
    set { state.withLock { $0.elementType = newValue } }
  }

  /// Sets the seed from which unseeded objects draw theirs, in order of creation: `bl.seed`.
  public static func reseed(_ seed: Int) {
    state.withLock { $0.source = RandomSource(seed: UInt64(bitPattern: Int64(seed))) }
  }

  /// The seed of the next unseeded object: at least 0 and short enough to be typed.
  public static func nextSeed() -> Int {
    state.withLock { $0.source.integer(below: 1 << 31) }
  }
}
