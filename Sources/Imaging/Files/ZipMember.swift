import CMinizip
import Tensors

/// One member of a zip archive that is being read.
struct ZipMember {
  /// As the archive calls it.
  let name: String
  /// Bytes of the unpacked content.
  let byteCount: Int
  /// Whether the content lies in the file as it is.
  let isStored: Bool
  private let path: String

  /// Bytes of a name.
  static let longestName = 1024
  /// The library counts bytes of one call in 32 bits.
  static let largestPiece = 1 << 30
  /// No more can come of a deflated byte.
  private static let largestRatio = 1032
  private static let encryptedFlag: UInt = 1

  /// The member at which the archive stands.
  init(current archive: unzFile, _ path: String) throws {
    var info = unz_file_info64()
    var buffer = [CChar](repeating: 0, count: ZipMember.longestName + 1)
    let status = unzGetCurrentFileInfo64(
      archive, &info, &buffer, UInt(ZipMember.longestName), nil, 0, nil, 0)
    guard status == UNZ_OK, info.size_filename <= ZipMember.longestName else {
      throw FileError(path, "has a damaged directory")
    }
    name = String(
      decoding: buffer.prefix(Int(info.size_filename)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    self.path = path
    guard info.flag & ZipMember.encryptedFlag == 0 else {
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
      info.uncompressed_size <= (stored + 1) * UInt64(ZipMember.largestRatio)
    else { throw FileError(path, "has a damaged member '\(name)'") }
    byteCount = Int(info.uncompressed_size)
    isStored = info.compression_method == 0
  }

  /// Calls `body` with the unpacked bytes, which are checked against their sum.
  func withContent<R>(of archive: unzFile, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R
  {
    guard unzOpenCurrentFile(archive) == UNZ_OK else { throw damage }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
    defer { buffer.deallocate() }
    var filled = 0
    while filled < byteCount {
      let count = min(ZipMember.largestPiece, byteCount - filled)
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
