import Script
import Synchronization

/// Writes tensors to files: set by the room of file formats, as this one does no input or output.
public protocol TensorWriter: Sendable {
  /// Writes the tensor to a file of the given name.
  func write(_ tensor: Tensor, to path: String) throws
}

/// The defaults that a script sets once for all that it makes afterwards.
public final class Session: Sendable {
  /// The one session of the process.
  public static let shared = Session()

  private struct Settings {
    var elementType = ElementType.float64
    var seed = 0
    var source = RandomSource(seed: 0, stream: Session.keyStream)
    var writer: (any TensorWriter)?
  }

  /// Keys of unseeded objects are drawn from a stream that no seeded object uses.
  private static let keyStream: UInt64 = 0x6b65_7973

  /// Seeds are drawn below 2³¹, so that they are easy to read and to type again.
  private static let seedBound = 1 << 31

  private let settings = Mutex(Settings())

  /// Fresh settings: Float64, seed 0.
  public init() {}

  /// The element type of what is made from now on.
  public var elementType: ElementType {
    get { settings.withLock { $0.elementType } }
    set { settings.withLock { $0.elementType = newValue } }
  }

  /// Sets the seed from which unseeded random objects draw theirs, in order of creation.
  public func seed(_ seed: Int) {
    settings.withLock {
      $0.seed = seed
      $0.source = RandomSource(seed: UInt64(bitPattern: Int64(seed)), stream: Session.keyStream)
    }
  }

  /// The seed that was set last; 0 at first.
  public var seed: Int { settings.withLock { $0.seed } }

  /// Sets what writes tensors to files.
  public func setWriter(_ writer: any TensorWriter) { settings.withLock { $0.writer = writer } }

  /// Writes a tensor to a file.
  func save(_ tensor: Tensor, to path: String) throws {
    guard let writer = settings.withLock({ $0.writer }) else {
      throw ScriptError("save: this program has no file formats")
    }
    try writer.write(tensor, to: path)
  }

  /// The seed of the next random object that a script gave none.
  public func nextSeed() -> Int {
    settings.withLock { $0.source.integer(below: Session.seedBound) }
  }
}

extension RandomSource {
  /// The source of a seed as scripts write it, any integer.
  public init(seed: Int, stream: UInt64 = 0) {
    self.init(seed: UInt64(bitPattern: Int64(seed)), stream: stream)
  }
}
