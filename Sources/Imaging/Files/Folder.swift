#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Folders of files.
public enum Folder {
  /// Whether a folder stands at the path.
  public static func exists(at path: String) -> Bool {
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

  /// Makes the folder, and those that lead to it, where they are missing.
  public static func create(_ path: String) throws {
    try FileError.checkName(path)
    guard !exists(at: path) else { return }
    if let slash = path.dropLast().lastIndex(of: "/"), slash != path.startIndex {
      try create(String(path[..<slash]))
    }
    // Another process may have been faster.
    guard mkdir(path, 0o777) == 0 || exists(at: path) else {
      throw FileError(path, cannot: "create the folder", errno: errno)
    }
  }

  /// Removes the folder with all that is in it, if it is there.
  ///
  /// Links are removed, not followed.
  public static func remove(_ path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      guard unlink(path) == 0 else { throw FileError(path, cannot: "remove", errno: errno) }
      return
    }
    for name in try names(in: path) { try remove(path + "/" + name) }
    guard rmdir(path) == 0 else { throw FileError(path, cannot: "remove", errno: errno) }
  }

  /// The names in a folder but `.` and `..`, in no order.
  private static func names(in path: String) throws -> [String] {
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
