import GRDB
import Imaging
import Script

extension RunStore {
  /// All runs, oldest first.
  public func runs() throws -> [RunRecord] {
    try read { try RunRecord.fetch($0, where: "1 ORDER BY started, number") }
  }

  /// The one run whose id is the given one, begins with it, or ends with it after a dash; the newest of
  /// a name, or of all for `last`.
  public func run(matching text: String) throws -> RunRecord {
    let runs = try runs()
    if let run = runs.first(where: { $0.id == text }) { return run }
    let matches = runs.filter { $0.id.hasPrefix(text) || $0.id.hasSuffix("-" + text) }
    if matches.count == 1 { return matches[0] }
    if let newest = runs.last(where: { $0.name == text }) { return newest }
    if matches.isEmpty, text == "last", let newest = runs.last { return newest }
    guard !matches.isEmpty, !text.isEmpty else {
      let known = runs.suffix(Self.shownIds).reversed().map(\.id).joined(separator: ", ")
      throw ScriptError(
        runs.isEmpty
          ? "\(path): there are no runs"
          : "\(path): no run is called '\(text)'; the newest are \(known)")
    }
    let shown = matches.suffix(Self.shownIds).map(\.id).joined(separator: ", ")
    let more = matches.count > Self.shownIds ? ", …" : ""
    throw ScriptError(
      "\(path): '\(text)' is the beginning of \(matches.count) runs: \(shown)\(more)")
  }

  /// Ids in a message.
  private static let shownIds = 5

  /// The lines of a run's log behind the given position, in order.
  public func steps(of id: String, after position: Int = 0) throws -> [StepRecord] {
    try read { database in
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT position, seconds, content FROM steps
          JOIN runs ON run = number WHERE id = ? AND position > ? ORDER BY position
          """, arguments: [id, position])
      var steps: [StepRecord] = []
      while let row = try rows.next() {
        guard let values = RecordedValue.values(fromJSON: row["content"]) else {
          throw FileError(path, "line \(row["position"] as Int) of the run \(id) cannot be read")
        }
        steps.append(StepRecord(index: row["position"], seconds: row["seconds"], values: values))
      }
      return steps
    }
  }

  /// How many lines the log of each run has, by id.
  public func stepCounts() throws -> [String: Int] {
    try read { database in
      let rows = try Row.fetchAll(
        database,
        sql: "SELECT id, count(*) AS lines FROM steps JOIN runs ON run = number GROUP BY run")
      return Dictionary(uniqueKeysWithValues: rows.map { ($0["id"], $0["lines"]) })
    }
  }

  /// The last line of a run's log.
  public func lastStep(of id: String) throws -> StepRecord? {
    let position = try read { database in
      try Int.fetchOne(
        database, sql: "SELECT max(position) FROM steps JOIN runs ON run = number WHERE id = ?",
        arguments: [id])
    }
    return try position.flatMap { try steps(of: id, after: $0 - 1).first }
  }

  /// The files of a run, in the order of the log.
  public func artefacts(of id: String) throws -> [ArtefactRecord] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT artefacts.kind, artefacts.name, file, position FROM artefacts
          JOIN runs ON run = number WHERE id = ? ORDER BY position, file
          """, arguments: [id]
      ).map {
        ArtefactRecord(kind: $0["kind"], name: $0["name"], file: $0["file"], index: $0["position"])
      }
    }
  }

  // MARK: Folders

  /// The folder of a run's files.
  ///
  /// Throws where the record names a place that is not in the directory: databases come by mail.
  public func folder(of run: RunRecord) throws -> String {
    guard !run.folder.isEmpty, !run.folder.hasPrefix("."), !run.folder.contains("/") else {
      throw FileError(path, "the run \(run.id) has its folder outside of the directory")
    }
    return directory + "/" + run.folder
  }

  /// The path of a file of a run.
  public func file(_ artefact: ArtefactRecord, of run: RunRecord) throws -> String {
    let parts = artefact.file.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
      throw FileError(path, "the run \(run.id) has a file outside of its folder")
    }
    return try folder(of: run) + "/" + artefact.file
  }
}

extension RunRecord {
  /// The runs for which a condition holds.
  static func fetch(_ database: Database, where condition: String) throws -> [RunRecord] {
    try Row.fetchAll(database, sql: "SELECT * FROM runs WHERE \(condition)").map(RunRecord.init)
  }

  private init(_ row: Row) {
    self.init(
      id: row["id"], name: row["name"], script: row["script"], scriptText: row["script_text"],
      scriptHash: row["script_hash"], arguments: [String](fromJSON: row["arguments"]) ?? [],
      facts: [String: String](fromJSON: row["facts"]) ?? [:], started: row["started"],
      ended: row["ended"], outcome: row["outcome"], process: row["process"], host: row["host"],
      folder: row["folder"])
  }
}
