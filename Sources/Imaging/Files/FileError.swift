#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file that cannot be read or written: which one, and what is wrong with it.
public struct FileError: Error, Hashable, CustomStringConvertible {
  /// The path as the caller gave it.
  public let path: String
  /// What is wrong, as the end of a sentence that starts with the path.
  public let problem: String

  /// An error about the file at `path`.
  public init(_ path: String, _ problem: String) {
    self.path = path
    self.problem = problem
  }

  /// An error of the operating system: `cannot write: No space left on device`.
  public init(_ path: String, cannot action: String, errno code: Int32) {
    self.init(path, "cannot \(action): " + String(cString: strerror(code)))
  }

  /// Throws for what cannot be the name of a file.
  static func checkName(_ path: String) throws {
    guard !path.isEmpty else { throw FileError("(no name)", "a file needs a name") }
    guard !path.utf8.contains(0) else {
      throw FileError("(a name with a zero byte)", "no file can be called so")
    }
  }

  /// `m.npz: the file is truncated`.
  public var description: String { "\(path): \(problem)" }
}
