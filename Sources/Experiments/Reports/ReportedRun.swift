import Imaging
import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a page is told of one run.
struct ReportedRun {
  var record: RunRecord
  var status: RunStatus
  /// The lines, or those that are news.
  var steps: [StepRecord]
  /// The pictures, or those that are news.
  var pictures: [ReportedPicture]
  /// The files that were looked at, pictures or not.
  private var seen: Set<String> = []

  /// All of a run.
  init(_ record: RunRecord, in store: RunStore) throws {
    self.record = record
    status = store.status(of: record)
    steps = try store.steps(of: record.id)
    pictures = []
    try readPictures(from: store)
  }

  /// The position of the last line.
  var lastIndex: Int { steps.last?.index ?? 0 }

  /// Adds the pictures that were made since.
  mutating func readPictures(from store: RunStore) throws {
    for artefact in try store.artefacts(of: record.id) where !seen.contains(artefact.file) {
      seen.insert(artefact.file)
      if let picture = ReportedPicture(artefact, of: record, in: store) { pictures.append(picture) }
    }
  }

  /// All of it, as JSON.
  var json: String {
    let columns = LogColumns(thinning: steps)
    let isThinned = columns.count < steps.count
    let whole = [
      ("name", record.name.quotedAsJSON), ("script", record.script.quotedAsJSON),
      ("arguments", record.arguments.json), ("started", "\(record.started)"),
      ("host", record.host.quotedAsJSON), ("scriptText", record.scriptText.quotedAsJSON),
      ("thinned", isThinned ? "\(steps.count)" : "null"),
    ]
    return Self.object(whole + changing(columns))
  }

  /// What has changed and what is new, as JSON.
  var newsJSON: String { Self.object(changing(LogColumns(steps))) }

  private func changing(_ columns: LogColumns) -> [(String, String)] {
    [
      ("id", record.id.quotedAsJSON), ("facts", record.facts.json),
      ("ended", record.ended.map { "\($0)" } ?? "null"),
      ("outcome", record.outcome?.quotedAsJSON ?? "null"), ("status", status.word.quotedAsJSON),
      ("columns", columns.json), ("texts", columns.textsJSON),
      ("pictures", "[" + pictures.map(\.json).joined(separator: ",") + "]"),
    ]
  }

  static func object(_ members: [(String, String)]) -> String {
    "{" + members.map { "\($0.quotedAsJSON):\($1)" }.joined(separator: ",") + "}"
  }
}

extension RunStatus {
  fileprivate var word: String {
    switch self {
    case .running: "running"
    case .ended: "ended"
    case .lost: "lost"
    }
  }
}

/// A picture of a run, inside of a page.
struct ReportedPicture {
  let kind: String
  let name: String
  private let uri: String

  /// Larger files are left out.
  private static let largestFile = 16 << 20

  /// Nil for what is no picture, or cannot be read, and for files beyond 16 MiB.
  init?(_ artefact: ArtefactRecord, of run: RunRecord, in store: RunStore) {
    guard ["image", "plot"].contains(artefact.kind),
      let path = try? store.file(artefact, of: run), let folder = try? store.folder(of: run),
      Self.resolved(path).hasPrefix(Self.resolved(folder) + "/"),
      let bytes = try? FileBytes.read(path, bytes: Self.largestFile + 1, { Array($0) }),
      bytes.count <= Self.largestFile, let type = Self.mediaType(of: bytes)
    else { return nil }
    (kind, name) = (artefact.kind, artefact.name)
    uri = "data:\(type);base64,\(Base64.encode(bytes))"
  }

  /// The path with links followed: none may lead out of the run's folder.
  private static func resolved(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  var json: String {
    ReportedRun.object([
      ("kind", kind.quotedAsJSON), ("name", name.quotedAsJSON), ("uri", uri.quotedAsJSON),
    ])
  }

  /// What the first bytes say.
  ///
  /// A drawing in SVG runs no script where a page shows it as a picture.
  private static func mediaType(of bytes: [UInt8]) -> String? {
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "image/png" }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
    let isDrawing = bytes.starts(with: "<?xml".utf8) || bytes.starts(with: "<svg".utf8)
    return isDrawing ? "image/svg+xml" : nil
  }
}
