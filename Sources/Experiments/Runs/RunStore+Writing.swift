import GRDB
import Imaging
import Script

extension RunStore {
  /// Puts a new run on record.
  public func begin(_ run: RunRecord) throws {
    try write { database in
      try database.execute(
        sql: """
          INSERT INTO runs (id, name, script, script_text, script_hash, arguments, facts, started,
            ended, outcome, process, host, folder) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          run.id, run.name, run.script, run.scriptText, run.scriptHash, run.arguments.json,
          run.facts.json, run.started, run.ended, run.outcome, run.process, run.host, run.folder,
        ])
    }
  }

  /// Adds lines to the log of a run, all of them or none.
  public func append(_ steps: [StepRecord], to id: String) throws {
    try write { database in
      let run = try number(of: id, database)
      let insertion = try database.cachedStatement(
        sql: "INSERT INTO steps (run, position, seconds, content) VALUES (?, ?, ?, ?)")
      for step in steps {
        try insertion.execute(arguments: [run, step.index, step.seconds, step.values.json])
      }
    }
  }

  /// Adds a file of a run, or replaces what was said of the file.
  public func add(_ artefact: ArtefactRecord, to id: String) throws {
    try write { database in
      try database.execute(
        sql: """
          INSERT OR REPLACE INTO artefacts (run, file, kind, name, position) VALUES (?, ?, ?, ?, ?)
          """,
        arguments: [
          try number(of: id, database), artefact.file, artefact.kind, artefact.name, artefact.index,
        ])
    }
  }

  /// Takes a file off the record; the file itself stays.
  public func removeArtefact(_ file: String, of id: String) throws {
    try write { database in
      try database.execute(
        sql: "DELETE FROM artefacts WHERE run = ? AND file = ?",
        arguments: [try number(of: id, database), file])
    }
  }

  /// Replaces the facts of a run.
  public func update(facts: [String: String], of id: String) throws {
    try write { database in
      try database.execute(
        sql: "UPDATE runs SET facts = ? WHERE number = ?",
        arguments: [facts.json, try number(of: id, database)])
    }
  }

  /// Notes that a run ended at the time, in seconds since 1970, and why.
  public func finish(_ id: String, _ outcome: String, at time: Double = Clock.now) throws {
    try write { database in
      try database.execute(
        sql: "UPDATE runs SET ended = ?, outcome = ? WHERE number = ?",
        arguments: [time, outcome, try number(of: id, database)])
    }
  }

  /// Forgets what a run logged behind a position, lines and files, as it goes on from there.
  public func truncate(_ id: String, after position: Int) throws {
    try write { database in
      let run = try number(of: id, database)
      for table in ["steps", "artefacts"] {
        try database.execute(
          sql: "DELETE FROM \(table) WHERE run = ? AND position > ?", arguments: [run, position])
      }
    }
  }

  /// Notes that a run goes on, in this process.
  public func reopen(_ id: String, process: Int, host: String) throws {
    try write { database in
      try database.execute(
        sql: "UPDATE runs SET ended = NULL, outcome = NULL, process = ?, host = ? WHERE number = ?",
        arguments: [process, host, try number(of: id, database)])
    }
  }

  /// Forgets a run: its record, and the folder of its files.
  public func remove(_ run: RunRecord) throws {
    let folder = try folder(of: run)
    try write { database in
      try database.execute(sql: "DELETE FROM runs WHERE id = ?", arguments: [run.id])
    }
    try Folder.remove(folder)
  }

  private func number(of id: String, _ database: Database) throws -> Int {
    let number = try Int.fetchOne(
      database, sql: "SELECT number FROM runs WHERE id = ?", arguments: [id])
    guard let number else {
      throw FileError(path, "the run \(id) is not on record; has it been removed?")
    }
    return number
  }
}
