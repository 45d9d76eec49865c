import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `write(2)`, out of the reach of the methods called `write`.
private let systemWrite: @Sendable (Int32, UnsafeRawPointer?, Int) -> Int = { write($0, $1, $2) }

/// Files that are written as a whole or not at all.
///
/// The content goes to a temporary file beside the target, which then takes the target's name; a
/// full disk, a folder without permission or an error in between leaves the old file as it was and
/// no new one. Missing folders on the way to the target are made. A target that is no regular file (a
/// pipe, a device) is written directly.
public enum AtomicFile {
  /// Writes the bytes to the file at `path`.
  public static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
    try write(to: path) { try writeAll([bytes], to: $0, named: path, durable: false) }
  }

  /// Writes the bytes to the file at `path`.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try bytes.withUnsafeBytes { try write($0, to: path) }
  }

  /// Writes several pieces, one after the other, to the file at `path`.
  ///
  /// What is durable is on the disk itself, its name too, when this returns: a loss of power does not undo it.
  public static func write(
    pieces: [UnsafeRawBufferPointer], to path: String, durable: Bool = false
  ) throws {
    try write(to: path) { try writeAll(pieces, to: $0, named: path, durable: durable) }
    if durable { try synchronizeFolder(of: path) }
  }

  /// Calls `body` with the name of a temporary file to write, then gives that file the name `path`.
  ///
  /// For libraries that write by file name. `body` throws when it cannot write, which removes the
  /// temporary file; it should speak of `path` in its errors.
  public static func write(to path: String, _ body: (_ temporary: String) throws -> Void) throws {
    guard let target = try Target(path) else { return try body(path) }
    let temporary = try createTemporary(beside: target)
    do {
      try body(temporary)
      guard rename(temporary, target.path) == 0 else {
        throw FileError(path, cannot: "write", errno: errno)
      }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// A regular or new file, with symbolic links followed, so that they survive.
  private struct Target {
    let path: String
    let named: String
    let mode: mode_t?

    /// Returns nil for what must be written in place.
    init?(_ path: String) throws {
      named = path
      try FileError.checkName(path)
      var status = stat()
      guard stat(path, &status) == 0 else {
        guard errno == ENOENT else { throw FileError(path, cannot: "write", errno: errno) }
        self.path = path
        mode = nil
        return
      }
      if status.st_mode & S_IFMT == S_IFDIR { throw FileError(path, "cannot write: is a folder") }
      guard status.st_mode & S_IFMT == S_IFREG else { return nil }
      guard access(path, W_OK) == 0 else {
        throw FileError(path, cannot: "write", errno: errno)
      }
      mode = status.st_mode & 0o7777
      guard let resolved = realpath(path, nil) else {
        throw FileError(path, cannot: "write", errno: errno)
      }
      defer { free(resolved) }
      self.path = String(cString: resolved)
    }

    /// The folder part of the path, with its slash.
    var folder: String {
      guard let slash = path.lastIndex(of: "/") else { return "" }
      return String(path[...slash])
    }
  }

  private static let number = Atomic<Int>(0)

  /// Makes the folders that lead to the target where they are missing.
  private static func createFolders(of target: Target) throws {
    var end = target.folder.startIndex
    while let slash = target.folder[end...].firstIndex(of: "/") {
      end = target.folder.index(after: slash)
      let folder = String(target.folder[..<end])
      guard mkdir(folder, 0o777) == 0 || errno == EEXIST || access(folder, F_OK) == 0 else {
        throw FileError(target.named, cannot: "create the folder of", errno: errno)
      }
    }
  }

  private static func createTemporary(beside target: Target) throws -> String {
    try createFolders(of: target)
    while true {
      let serial = number.wrappingAdd(1, ordering: .relaxed).newValue
      let name = "\(target.folder).bilevel-\(getpid())-\(serial).part"
      let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 {
        if let mode = target.mode { fchmod(descriptor, mode) }
        close(descriptor)
        return name
      }
      // Left behind by a process of the same number that was killed.
      guard errno == EEXIST else { throw FileError(target.named, cannot: "write", errno: errno) }
    }
  }

  private static func writeAll(
    _ pieces: [UnsafeRawBufferPointer], to file: String, named path: String, durable: Bool
  ) throws {
    let descriptor = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path, cannot: "write", errno: errno) }
    do {
      for piece in pieces { try writeAll(piece, to: descriptor, named: path) }
      guard !durable || fsync(descriptor) == 0 else {
        throw FileError(path, cannot: "write", errno: errno)
      }
    } catch {
      close(descriptor)
      throw error
    }
    // Some file systems report a full disk or quota only here.
    guard close(descriptor) == 0 else { throw FileError(path, cannot: "write", errno: errno) }
  }

  /// Brings the names in the folder of the path to the disk; not every file system can.
  private static func synchronizeFolder(of path: String) throws {
    let end = path.lastIndex(of: "/").map { path.index(after: $0) }
    let folder = end.map { String(path[..<$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || errno != EIO else {
      throw FileError(path, cannot: "write", errno: errno)
    }
  }

  private static func writeAll(
    _ piece: UnsafeRawBufferPointer, to descriptor: Int32, named path: String
  ) throws {
    guard var next = piece.baseAddress else { return }
    let end = next + piece.count
    while next < end {
      let written = systemWrite(descriptor, next, end - next)
      if written >= 0 {
        next += written
      } else if errno != EINTR {
        throw FileError(path, cannot: "write", errno: errno)
      }
    }
  }
}
