import Imaging

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The last checkpoints of one optimizer, in numbered files of a folder of their own.
///
/// Each is written beside and renamed; older ones go only then, so there is a whole one at any moment.
public struct CheckpointFolder: Sendable {
  /// How many are kept.
  public static let kept = 3
  private static let suffix = ".checkpoint"
  private static let digits = 6
  private static let largestNumber = 1 << 53

  /// The folder; made by the first `write`.
  public let path: String

  /// The folder at the path.
  public init(path: String) { self.path = path }

  /// Writes the next one and removes those that are no longer kept.
  public func write(_ checkpoint: Checkpoint) throws {
    let last = try numbers.last ?? 0
    try checkpoint.write(to: file(last + 1))
    for number in try numbers.dropLast(Self.kept) { unlink(file(number)) }
  }

  /// The newest that can be read, and what is wrong with those that are newer; nil where there is none yet.
  ///
  /// Throws where there are some, but none that can be read.
  public func newest() throws -> (checkpoint: Checkpoint, complaints: [String])? {
    var complaints: [String] = []
    for number in try numbers.reversed() {
      do {
        return (try Checkpoint(contentsOf: file(number)), complaints)
      } catch {
        complaints.append("\(error)")
      }
    }
    guard let first = complaints.first else { return nil }
    throw FileError(
      path,
      "holds no checkpoint that can be read (\(first)); without this folder the run starts anew")
  }

  /// Removes what a killed process left half written; only for whoever alone writes here.
  public func removeLeftovers() {
    for name in (try? names) ?? [] where name.hasPrefix(".bilevel-") && name.hasSuffix(".part") {
      unlink(path + "/" + name)
    }
  }

  private func file(_ number: Int) -> String {
    let text = "\(number)"
    let zeros = String(repeating: "0", count: max(0, Self.digits - text.count))
    return path + "/" + zeros + text + Self.suffix
  }

  private var numbers: [Int] {
    get throws {
      try names.filter { $0.hasSuffix(Self.suffix) }
        .compactMap { Int($0.dropLast(Self.suffix.count)) }
        .filter { (1...Self.largestNumber).contains($0) }.sorted()
    }
  }

  /// All names in the folder; none where there is no folder.
  private var names: [String] {
    get throws { access(path, F_OK) == 0 ? try Folder.names(in: path) : [] }
  }
}
