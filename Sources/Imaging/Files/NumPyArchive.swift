import CMinizip
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A `.npz` file: a zip archive of `.npy` members, stored or deflated.
public enum NumPyArchive {
  /// What every member's name ends with.
  static let suffix = ".npy"

  /// The arrays in the file at `path`, in the archive's order.
  public static func read(_ path: String) throws -> NamedTensors {
    try FileBytes.read(path, bytes: 4) { start in
      guard start.starts(with: Array("PK".utf8)) else { throw FileError(path, "is no .npz file") }
    }
    guard let archive = unzOpen64(path) else {
      throw FileError(path, "is no .npz file, or is truncated")
    }
    defer { unzClose(archive) }
    var result = NamedTensors()
    var status = unzGoToFirstFile(archive)
    while status == UNZ_OK {
      let member = try ZipMember(current: archive, path)
      guard member.name.hasSuffix(suffix) else {
        throw FileError(path, "has a member '\(member.name)', which is no array")
      }
      let name = String(member.name.dropLast(suffix.count))
      let tensor = try member.withContent(of: archive) {
        try NumPyFile.tensor(from: $0, named: "\(path): member '\(name)'")
      }
      guard result[name] == nil else { throw FileError(path, "has two members '\(name)'") }
      result.append(tensor, named: name)
      status = unzGoToNextFile(archive)
    }
    guard status == UNZ_END_OF_LIST_OF_FILE else {
      throw FileError(path, "has a damaged directory")
    }
    return result
  }

  /// Writes the tensors, each a member, to the file at `path`; `compressed` deflates them.
  public static func write(
    _ tensors: NamedTensors, to path: String, compressed: Bool = false
  ) throws {
    try AtomicFile.write(to: path) { temporary in
      errno = 0
      guard let archive = zipOpen64(temporary, APPEND_STATUS_CREATE) else {
        throw FileError(path, cannot: "write", errno: errno)
      }
      do {
        for (name, tensor) in tensors.entries {
          try write(tensor, named: name, to: archive, compressed: compressed, path)
        }
      } catch {
        zipClose(archive, nil)
        throw error
      }
      try check(zipClose(archive, nil), path)
    }
  }

  private static func write(
    _ tensor: Tensor, named name: String, to archive: zipFile, compressed: Bool, _ path: String
  ) throws {
    guard !name.utf8.contains(0),
      name.utf8.count + suffix.utf8.count <= ZipMember.longestName
    else { throw FileError(path, "cannot write: '\(name)' is no name for a tensor") }
    // The earliest date of the format, so that equal tensors give equal files.
    var info = zip_fileinfo()
    info.tmz_date.tm_year = 1980
    info.tmz_date.tm_mday = 1
    let isLarge = tensor.byteCount >= Int(UInt32.max) / 2
    try check(
      zipOpenNewFileInZip64(
        archive, name + suffix, &info, nil, 0, nil, 0, nil, compressed ? Int32(Z_DEFLATED) : 0,
        Int32(Z_DEFAULT_COMPRESSION), isLarge ? 1 : 0), path)
    try NumPyHeader.bytes(for: tensor).withUnsafeBytes { try write($0, to: archive, path) }
    try tensor.withLittleEndianBytes { try write($0, to: archive, path) }
    try check(zipCloseFileInZip(archive), path)
  }

  private static func write(
    _ bytes: UnsafeRawBufferPointer, to archive: zipFile, _ path: String
  ) throws {
    var start = 0
    while start < bytes.count {
      let count = min(ZipMember.largestPiece, bytes.count - start)
      try check(zipWriteInFileInZip(archive, bytes.baseAddress! + start, UInt32(count)), path)
      start += count
    }
  }

  private static func check(_ status: Int32, _ path: String) throws {
    guard status != ZIP_OK else { return }
    throw errno == 0
      ? FileError(path, "cannot write: the archive failed with code \(status)")
      : FileError(path, cannot: "write", errno: errno)
  }
}
