import Imaging

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An empty folder that goes, with all that is in it, when the object does.
public final class TemporaryFolder {
  /// Its absolute path, without a slash at the end.
  public let path: String

  /// Makes the folder below the working directory, where scripts may write: interpreters in tests that
  /// run beside this one confine the whole process.
  public init() throws {
    guard let working = getcwd(nil, 0) else { throw CannotMake(code: errno) }
    defer { free(working) }
    mkdir(".build", 0o777)
    var template = Array((String(cString: working) + "/.build/test-XXXXXX").utf8CString)
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

  deinit { try? Folder.remove(path) }

  private struct CannotMake: Error { let code: Int32 }
}
