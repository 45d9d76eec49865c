import Imaging

/// Whether a run came out as another one did, bit for bit.
///
/// Times and memory may differ: values whose name ends in `seconds` or `peak_memory`. Images and
/// parameters are compared as well, byte by byte.
public struct RunReplay: Sendable {
  /// The first thing that is not the same, in words; nil where all is.
  public private(set) var difference: String?
  /// How many values were compared and are the same.
  public private(set) var values = 0
  /// How many lines were compared and are the same.
  public private(set) var lines = 0
  /// How many files were compared and are the same.
  public private(set) var files = 0

  /// Compares a recorded run with its replay; where the first did not come to its end, up to there.
  public init(_ recorded: RunRecord, in store: RunStore, with new: RunRecord, in newStore: RunStore)
    throws
  {
    let isWhole = recorded.outcome == RunSession.completed
    try compareLines(
      try store.steps(of: recorded.id), try newStore.steps(of: new.id), isWhole: isWhole)
    guard difference == nil else { return }
    for artefact in try store.artefacts(of: recorded.id) where Self.compared.contains(artefact.kind)
    {
      let paths = try (store.file(artefact, of: recorded), newStore.file(artefact, of: new))
      try compare(artefact, paths)
      guard difference == nil else { return }
    }
  }

  private static let compared: Set = ["image", "parameters"]

  private mutating func compareLines(
    _ old: [StepRecord], _ new: [StepRecord], isWhole: Bool
  ) throws {
    for (old, new) in zip(old, new) {
      compare(old, new)
      guard difference == nil else { return }
      lines += 1
    }
    guard new.count < old.count || new.count > old.count && isWhole else { return }
    difference = "the record has \(old.count) lines, the replay \(new.count)"
  }

  private mutating func compare(_ old: StepRecord, _ new: StepRecord) {
    for name in Set(old.values.keys).union(new.values.keys).sorted() where !Self.isTiming(name) {
      guard Self.isSame(old.values[name], new.values[name]) else {
        let step = old.values["k"].map { " (k = \($0.json))" } ?? ""
        difference =
          "line \(old.index)\(step): '\(name)' is \(Self.text(old.values[name])) on record, "
          + "\(Self.text(new.values[name])) in the replay"
        return
      }
      values += 1
    }
  }

  private mutating func compare(_ artefact: ArtefactRecord, _ paths: (String, String)) throws {
    let old = try FileBytes.read(paths.0)
    guard let new = try? FileBytes.read(paths.1) else {
      difference = "the replay has no file \(artefact.file)"
      return
    }
    guard old == new else {
      difference = "the file \(artefact.file) differs"
      return
    }
    files += 1
  }

  private static func isTiming(_ name: String) -> Bool {
    let last = name.split(separator: ".").last ?? ""
    return last == "seconds" || last.hasSuffix("_seconds") || last == "peak_memory"
  }

  private static func isSame(_ old: RecordedValue?, _ new: RecordedValue?) -> Bool {
    guard case .number(let a)? = old, case .number(let b)? = new else { return old == new }
    return a.bitPattern == b.bitPattern || a.isNaN && b.isNaN
  }

  private static func text(_ value: RecordedValue?) -> String { value?.json ?? "absent" }
}
