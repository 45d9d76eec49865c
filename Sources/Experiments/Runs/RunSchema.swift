import GRDB
import Script

/// The tables of the database, and how older ones become these.
enum RunSchema {
  /// What each version adds to the one before; the database's `user_version` counts them.
  private static let versions = [
    """
    CREATE TABLE runs (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      script TEXT NOT NULL,
      script_text TEXT NOT NULL,
      script_hash TEXT NOT NULL,
      arguments TEXT NOT NULL,
      facts TEXT NOT NULL,
      started REAL NOT NULL,
      ended REAL,
      outcome TEXT,
      process INTEGER NOT NULL,
      host TEXT NOT NULL,
      folder TEXT NOT NULL
    );
    CREATE TABLE steps (
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      seconds REAL NOT NULL,
      content TEXT NOT NULL,
      PRIMARY KEY (run, position)
    ) WITHOUT ROWID;
    CREATE TABLE artefacts (
      run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
      file TEXT NOT NULL,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      position INTEGER NOT NULL,
      PRIMARY KEY (run, file)
    ) WITHOUT ROWID;
    """
  ]

  /// Brings the database to the newest version; several processes may do so at once.
  static func migrate(_ database: Database) throws {
    guard try version(of: database) != versions.count else { return }
    try database.inTransaction(.immediate) {
      let reached = try version(of: database)  // another process may have been faster
      for statements in versions.dropFirst(reached) { try database.execute(sql: statements) }
      try database.execute(sql: "PRAGMA user_version = \(versions.count)")
      return .commit
    }
  }

  private static func version(of database: Database) throws -> Int {
    let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    guard version <= versions.count else { throw NewerDatabase(version: version) }
    return version
  }

  /// The database was made by a later version of the program.
  struct NewerDatabase: Error {
    let version: Int
  }
}
