import CPlatform
import GRDB
import Imaging
import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The record of all runs of a directory: one SQLite file, which several processes may write at once.
///
/// Every error is a `FileError` that names the file, says what is wrong and what to do.
public final class RunStore: Sendable {
  /// The folder of the database and of the runs' folders, as it was given.
  public let directory: String
  /// The database.
  private let queue: DatabaseQueue

  /// The name of the database in its directory.
  public static let fileName = "runs.sqlite"
  /// How long a write waits for other processes.
  static let patience = 5.0
  private static let pause: UInt32 = 25_000  // microseconds

  /// The database's path.
  public var path: String { directory + "/" + Self.fileName }

  /// Opens the record of the directory, making what is missing.
  public init(directory: String) throws {
    self.directory = directory
    try Folder.create(directory)
    let path = directory + "/" + Self.fileName
    queue = try Self.wording(path) { try Self.open(path, readonly: false) }
  }

  /// Opens the record of a directory that must have one; for reading alone where it is write-protected.
  public init(existing directory: String) throws {
    self.directory = directory
    let path = directory + "/" + Self.fileName
    guard access(path, F_OK) == 0 else {
      throw FileError(
        path, "there is no record of runs; bl.run { directory = … } makes one, --directory finds it"
      )
    }
    let isProtected = access(path, W_OK) != 0 || access(directory, W_OK) != 0
    queue = try Self.wording(path) { try Self.open(path, readonly: isProtected) }
  }

  /// Opens the file, again while other processes are making its tables, for which SQLite itself does
  /// not wait.
  private static func open(_ path: String, readonly: Bool) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = readonly
    configuration.journalMode = readonly ? .default : .wal
    configuration.busyMode = .timeout(patience)
    let end = platform_seconds() + patience
    while true {
      do {
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        if !readonly {
          // A checkpoint counts on the lines before it, whatever happens to the machine.
          try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
          try queue.writeWithoutTransaction(RunSchema.migrate)
        }
        return queue
      } catch let error as DatabaseError
        where error.resultCode == .SQLITE_BUSY && platform_seconds() < end
      {
        usleep(pause)
      }
    }
  }

  // MARK: Access

  /// Reads from the database in one transaction.
  func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
    try Self.wording(path) { try queue.read(body) }
  }

  /// Writes to the database in one transaction, all of it or nothing.
  func write<Result>(_ body: (Database) throws -> Result) throws -> Result {
    try Self.wording(path) { try queue.write(body) }
  }

  private static func wording<Result>(_ path: String, _ body: () throws -> Result) throws -> Result
  {
    do { return try body() } catch let error as DatabaseError {
      throw FileError(path, problem(error))
    } catch let error as RunSchema.NewerDatabase {
      throw FileError(
        path, "was written by a later version of the program (tables of version \(error.version))")
    }
  }

  private static func problem(_ error: DatabaseError) -> String {
    let reason = error.message.map { " (\($0))" } ?? ""
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return "another process has kept the database locked for more than \(Int(patience)) seconds"
    case .SQLITE_FULL: return "cannot write: no space left on the disk, or a limit is reached"
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
      return "cannot write: the file or its folder is write-protected"
    case .SQLITE_CANTOPEN:
      return "cannot be opened\(reason); in a write-protected folder that takes the files -wal and "
        + "-shm beside it: copy the folder to where it can be written"
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      return "the database is damaged\(reason); move it away, or save what is left with "
        + "sqlite3's .recover"
    case .SQLITE_IOERR: return "cannot be read or written\(reason): full disk, or a failing one"
    default: return "the database failed: \(error.message ?? "\(error.resultCode)")"
    }
  }
}
