#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Folders of files.
public enum Folder {
  /// Whether a folder stands at the path.
  static func exists(at path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The paths of the folder's files for which `isWanted` holds, sorted by name byte by byte.
  ///
  /// Hidden files and folders inside of it are left out.
  static func files(in path: String, where isWanted: (String) -> Bool) throws -> [String] {
    var names = try names(in: path).filter { !$0.hasPrefix(".") && isWanted($0) }
    names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let prefix = path.hasSuffix("/") ? path : path + "/"
    return names.map { prefix + $0 }.filter { !exists(at: $0) }
  }

  /// All names in a folder, in no order.
  public static func names(in path: String) throws -> [String] {
    guard let folder = opendir(path) else { throw FileError(path, cannot: "open", errno: errno) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
