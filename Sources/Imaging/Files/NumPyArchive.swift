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
      let member = try NumPyArchiveMember(current: archive, path)
      let tensor = try member.withContent(of: archive) {
        try NumPyFile.tensor(from: $0, named: "\(path): member '\(member.name)'")
      }
      guard result[member.name] == nil else {
        throw FileError(path, "has two members '\(member.name)'")
      }
      result.append(tensor, named: member.name)
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
      name.utf8.count + suffix.utf8.count <= NumPyArchiveMember.longestName
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

  /// The library counts bytes of one call in 32 bits.
  static let largestPiece = 1 << 30

  private static func write(
    _ bytes: UnsafeRawBufferPointer, to archive: zipFile, _ path: String
  ) throws {
    var start = 0
    while start < bytes.count {
      let count = min(largestPiece, bytes.count - start)
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

/// One member of an archive that is being read.
struct NumPyArchiveMember {
  /// Without the suffix.
  let name: String
  private let path: String
  private let byteCount: Int

  /// Bytes of a name, suffix included.
  static let longestName = 1024
  /// No more can come of a deflated byte.
  private static let largestRatio = 1032
  private static let encryptedFlag: UInt = 1

  /// The member at which the archive stands.
  init(current archive: unzFile, _ path: String) throws {
    var info = unz_file_info64()
    var buffer = [CChar](repeating: 0, count: NumPyArchiveMember.longestName + 1)
    let status = unzGetCurrentFileInfo64(
      archive, &info, &buffer, UInt(NumPyArchiveMember.longestName), nil, 0, nil, 0)
    guard status == UNZ_OK, info.size_filename <= NumPyArchiveMember.longestName else {
      throw FileError(path, "has a damaged directory")
    }
    let file = String(
      decoding: buffer.prefix(Int(info.size_filename)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard file.hasSuffix(NumPyArchive.suffix) else {
      throw FileError(path, "has a member '\(file)', which is no array")
    }
    name = String(file.dropLast(NumPyArchive.suffix.count))
    self.path = path
    guard info.flag & NumPyArchiveMember.encryptedFlag == 0 else {
      throw FileError(path, "has an encrypted member '\(name)'")
    }
    guard info.compression_method == 0 || info.compression_method == UInt(Z_DEFLATED) else {
      throw FileError(
        path,
        "has a member '\(name)' compressed by method \(info.compression_method); "
          + "stored and deflated ones can be read")
    }
    // Before memory is taken, so that a damaged directory cannot ask for all of it.
    let limit = UInt64(Shape.largestByteCount)
    let stored = min(UInt64(info.compressed_size), limit)
    guard info.uncompressed_size <= limit,
      info.uncompressed_size <= (stored + 1) * UInt64(NumPyArchiveMember.largestRatio)
    else { throw FileError(path, "has a damaged member '\(name)'") }
    byteCount = Int(info.uncompressed_size)
  }

  /// Calls `body` with the unpacked bytes, which are checked against their sum.
  func withContent<R>(of archive: unzFile, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R
  {
    guard unzOpenCurrentFile(archive) == UNZ_OK else { throw damage }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
    defer { buffer.deallocate() }
    var filled = 0
    while filled < byteCount {
      let count = min(NumPyArchive.largestPiece, byteCount - filled)
      let read = unzReadCurrentFile(archive, buffer.baseAddress! + filled, UInt32(count))
      guard read > 0 else { break }
      filled += Int(read)
    }
    let status = unzCloseCurrentFile(archive)
    guard filled == byteCount, status == UNZ_OK else { throw damage }
    return try body(UnsafeRawBufferPointer(buffer))
  }

  private var damage: FileError {
    FileError(path, "has a damaged or truncated member '\(name)'")
  }
}
