#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An empty folder that goes, with the files in it, when the object does.
public final class TemporaryFolder {
  /// Its absolute path, without a slash at the end.
  public let path: String

  /// Makes the folder under the system's place for temporary files.
  public init() throws {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array((parent + "/bilevel-test-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw CannotMake(code: errno) }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  /// The names in the folder, in alphabetical order.
  public var names: [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var result: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(cString: $0.assumingMemoryBound(to: CChar.self).baseAddress!)
      }
      if name != "." && name != ".." { result.append(name) }
    }
    return result.sorted()
  }

  deinit {
    for name in names where unlink(path + "/" + name) != 0 { rmdir(path + "/" + name) }
    rmdir(path)
  }

  private struct CannotMake: Error { let code: Int32 }
}
