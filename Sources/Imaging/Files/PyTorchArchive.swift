import CMinizip
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where the numbers of a pickle's tensors come from.
protocol PyTorchStorageSource: AnyObject {
  /// The flat tensor of all numbers of the storage.
  func storage(_ key: String, _ format: ElementEncoding.Format, count: Int) throws -> Tensor
  /// How many elements views of storages may have together, where they need copies.
  var largestCopy: Int { get }
}

/// The zip archive that `torch.save` writes: `<root>/data.pkl` and `<root>/data/<key>` for every
/// storage, all of them stored as they are.
final class PyTorchArchive: PyTorchStorageSource {
  private static let pickleName = "data.pkl"
  /// A state dict's pickle has a few kilobytes.
  private static let largestPickle = 1 << 24

  private let path: String
  private let archive: unzFile
  private var places: [String: unz64_file_pos] = [:]
  private var root = ""
  private var byteCount = 0
  private var storages: [String: (format: ElementEncoding.Format, numbers: Tensor)] = [:]
  private lazy var isBigEndian = try? isWrittenBigEndian()

  /// Whether the file at `path` is a zip archive with a pickle in it.
  static func isFound(at path: String) -> Bool {
    guard let archive = try? PyTorchArchive(path) else { return false }
    return (try? archive.findRoot()) != nil
  }

  /// Opens the archive and reads its directory.
  init(_ path: String) throws {
    self.path = path
    guard let archive = unzOpen64(path) else {
      throw FileError(path, "is no PyTorch file, or is truncated")
    }
    self.archive = archive
    var status = stat()
    byteCount = stat(path, &status) == 0 ? Int(status.st_size) : 0
    try readDirectory()
  }

  deinit { unzClose(archive) }

  private func readDirectory() throws {
    var status = unzGoToFirstFile(archive)
    var total = 0
    while status == UNZ_OK {
      let member = try ZipMember(current: archive, path)
      var place = unz64_file_pos()
      guard unzGetFilePos64(archive, &place) == UNZ_OK else { throw damagedDirectory }
      guard places.updateValue(place, forKey: member.name) == nil else {
        throw FileError(path, "has two members '\(member.name)'")
      }
      if member.isStored { total += member.byteCount }
      // Members that share bytes would let a small file fill the memory.
      guard total <= byteCount else { throw damagedDirectory }
      status = unzGoToNextFile(archive)
    }
    guard status == UNZ_END_OF_LIST_OF_FILE else { throw damagedDirectory }
  }

  private var damagedDirectory: FileError { FileError(path, "has a damaged directory") }

  /// Finds the folder of the archive in which the pickle lies.
  func findRoot() throws {
    let suffix = "/" + PyTorchArchive.pickleName
    let pickles = places.keys.filter { $0.hasSuffix(suffix) }
    guard pickles.count == 1 else {
      throw FileError(
        path,
        pickles.isEmpty
          ? "is no PyTorch file: it has no member '\(PyTorchArchive.pickleName)'"
          : "has several pickles '\(PyTorchArchive.pickleName)'")
    }
    root = String(pickles[0].dropLast(PyTorchArchive.pickleName.count))
  }

  /// Calls `body` with the pickle.
  func withPickle<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    try findRoot()
    return try withMember(PyTorchArchive.pickleName) { bytes in
      guard bytes.count <= PyTorchArchive.largestPickle else {
        throw FileError(path, "has a pickle of \(bytes.count) bytes, too many for a state dict")
      }
      return try body(bytes)
    }
  }

  /// Four for each byte of the file.
  var largestCopy: Int { 4 * byteCount }

  /// The flat tensor of the storage; read once, whatever number of tensors look at it.
  func storage(_ key: String, _ format: ElementEncoding.Format, count: Int) throws -> Tensor {
    if let known = storages[key] {
      guard known.format == format, known.numbers.count == count else {
        throw FileProblem("has storage '\(key)' in two types or sizes")
      }
      return known.numbers
    }
    guard let isBigEndian else { throw FileProblem("does not say its byte order in known words") }
    let encoding = ElementEncoding(format: format, isBigEndian: isBigEndian)
    let numbers = try withMember("data/" + key) { bytes in
      let shape = try Shape(checked: [count])
      guard bytes.count == count * encoding.byteCount else {
        throw FileProblem(
          "has storage '\(key)' in \(bytes.count) bytes, where \(count) numbers of "
            + "\(encoding.byteCount) bytes were announced")
      }
      return encoding.tensor(from: bytes, shape: shape)
    }
    storages[key] = (format, numbers)
    return numbers
  }

  /// As the member `byteorder` says; files without it are little-endian.
  private func isWrittenBigEndian() throws -> Bool {
    guard places[root + "byteorder"] != nil else { return false }
    let order = try withMember("byteorder") { String(decoding: $0, as: UTF8.self) }
    switch order {
    case "little": return false
    case "big": return true
    default: throw FileProblem("has an unknown byte order")
    }
  }

  private func withMember<R>(
    _ name: String, _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    guard var place = places[root + name] else {
      throw FileError(path, "has no member '\(root + name)'")
    }
    guard unzGoToFilePos64(archive, &place) == UNZ_OK else { throw damagedDirectory }
    let member = try ZipMember(current: archive, path)
    guard member.isStored else {
      throw FileError(
        path, "has a compressed member '\(member.name)'; PyTorch stores its members as they are")
    }
    return try member.withContent(of: archive, body)
  }
}
