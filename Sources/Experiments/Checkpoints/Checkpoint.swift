import Bilevel
import Imaging

/// Where an optimizer of a run stands, and where the run itself stood then.
public struct Checkpoint: Sendable {
  /// Where the optimizer handed out its last step, and how it ended, if it did.
  public let position: RunPosition
  /// The run at that moment.
  public let mark: RunMark

  /// The optimizer and the run at one moment.
  public init(position: RunPosition, mark: RunMark) {
    self.position = position
    self.mark = mark
  }
}

/// How far a run was when a step was handed out: what followed is done again by a run that goes on.
public struct RunMark: Sendable, Hashable {
  /// Lines of its log.
  public var lines: Int
  /// Optimizers that its record had taken down.
  public var optimizers: Int

  /// A moment of a run.
  public init(lines: Int, optimizers: Int) {
    self.lines = lines
    self.optimizers = optimizers
  }
}

/// Files that notice when a single byte of them is not what was written.
///
/// The content is a `.safetensors` file; behind it follow, 8 bytes each and little-endian, its length and the
/// check of all that stands before.
extension Checkpoint {
  private static let linesName = "lines"
  private static let optimizersName = "optimizers"
  private static let wordSize = 8

  /// Writes the file as a whole or not at all; it is on the disk when this returns.
  public func write(to path: String) throws {
    var content = position.content
    content.metadata.append((Self.linesName, "\(mark.lines)"))
    content.metadata.append((Self.optimizersName, "\(mark.optimizers)"))
    try SafetensorsFile.withBytes(of: content, named: path) { pieces in
      var check = CyclicRedundancyCheck()
      for piece in pieces { check.add(piece) }
      let length = UInt64(pieces.reduce(0) { $0 + $1.count }).littleEndian
      withUnsafeBytes(of: length) { check.add($0) }
      try withUnsafeBytes(of: (length, check.value.littleEndian)) { end in
        try AtomicFile.write(pieces: pieces + [end], to: path, durable: true)
      }
    }
  }

  /// Reads what `write` wrote; throws a `FileError` for anything else.
  public init(contentsOf path: String) throws {
    let content = try FileBytes.read(path) { bytes in
      try SafetensorsFile.read(Self.verified(bytes, named: path), named: path)
    }
    func count(_ name: String) throws -> Int {
      let text = content.metadata.first { $0.name == name }?.text
      guard let count = text.flatMap({ Int($0) }), count >= 0 else {
        throw FileError(path, "has no '\(name)', or one that cannot be read")
      }
      return count
    }
    mark = RunMark(lines: try count(Self.linesName), optimizers: try count(Self.optimizersName))
    do { position = try RunPosition(content) } catch let error as UnreadablePosition {
      throw FileError(path, error.problem)
    }
  }

  /// The content without what follows it.
  private static func verified(_ bytes: UnsafeRawBufferPointer, named path: String) throws
    -> UnsafeRawBufferPointer
  {
    let count = bytes.count - 2 * wordSize
    guard count >= 0 else { throw FileError(path, "is damaged: it is too short") }
    func word(at offset: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    var check = CyclicRedundancyCheck()
    check.add(UnsafeRawBufferPointer(rebasing: bytes[..<(count + wordSize)]))
    guard word(at: count) == UInt64(count), word(at: count + wordSize) == check.value else {
      throw FileError(path, "is damaged: its check does not agree with its content")
    }
    return UnsafeRawBufferPointer(rebasing: bytes[..<count])
  }
}
