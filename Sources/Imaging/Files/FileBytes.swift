#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `read(2)`, out of the reach of the methods called `read`.
private let systemRead: @Sendable (Int32, UnsafeMutableRawPointer?, Int) -> Int = {
  read($0, $1, $2)
}

/// The bytes of a file, read into memory as a whole.
public enum FileBytes {
  /// Reads the regular file at `path`, or its first bytes, and hands them to `body`.
  ///
  /// The bytes are valid within the call only.
  public static func read<R>(
    _ path: String, bytes limit: Int = .max, _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    try FileError.checkName(path)
    // Not blocking, so that a pipe without a writer is refused instead of waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path, cannot: "open", errno: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw FileError(path, cannot: "open", errno: errno)
    }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG else {
      throw FileError(path, kind == S_IFDIR ? "is a folder" : "is not a regular file")
    }
    let storage = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(Int(status.st_size), limit), alignment: 64)
    defer { storage.deallocate() }
    let count = try fill(storage, from: descriptor, named: path)
    return try body(UnsafeRawBufferPointer(rebasing: storage[..<count]))
  }

  /// The bytes of the regular file at `path`.
  public static func read(_ path: String) throws -> [UInt8] { try read(path) { Array($0) } }

  private static func fill(
    _ storage: UnsafeMutableRawBufferPointer, from descriptor: Int32, named path: String
  ) throws -> Int {
    var filled = 0
    while filled < storage.count {
      let count = systemRead(descriptor, storage.baseAddress! + filled, storage.count - filled)
      if count == 0 { break }
      if count > 0 {
        filled += count
      } else if errno != EINTR {
        throw FileError(path, cannot: "read", errno: errno)
      }
    }
    return filled
  }
}
