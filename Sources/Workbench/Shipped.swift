import CShippedScripts

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The Lua files that ship with the program: beside it if they are there, else inside of it.
public enum Shipped {
  /// The text of a file, by its path from the package's root: `Stdlib/bilevel/cli.lua`.
  public static func text(at path: String) -> String? {
    for root in roots {
      if let text = TextFile.read(root + "/" + path) { return text }
    }
    return embedded.first { $0.path == path }?.text
  }

  /// The paths of the files inside of the program.
  public static var embeddedPaths: [String] { embedded.map(\.path) }

  /// Where a checkout or an installation may hold the files: the folders above the program that
  /// have a `Stdlib`.
  static let roots: [String] = {
    guard var folder = programPath else { return [] }
    var roots: [String] = []
    while let slash = folder.lastIndex(of: "/"), roots.isEmpty {
      folder = String(folder[..<slash])
      if TextFile.exists(folder + "/Stdlib/bilevel") { roots.append(folder) }
    }
    return roots
  }()

  private static var embedded: [(path: String, text: String)] {
    (0..<shipped_script_count()).map { index in
      let script = shipped_script_at(index)
      let bytes = UnsafeRawBufferPointer(start: script.text, count: script.size)
      return (String(cString: script.path), String(decoding: bytes, as: UTF8.self))
    }
  }

  /// The program's own path, links followed.
  public static var programPath: String? {
    #if canImport(Glibc)
      guard let path = realpath("/proc/self/exe", nil) else { return nil }
    #else
      guard let path = realpath(CommandLine.arguments[0], nil) else { return nil }
    #endif
    defer { free(path) }
    return String(cString: path)
  }
}

/// A script on its way from the name that was typed to its text.
public struct ScriptFile {
  /// The name for messages.
  public let name: String
  /// What it says.
  public let text: String

  /// Finds a script: as given, then with its first folder's name in any case, then among those that
  /// ship with the program, with and without `.lua`.
  public static func find(_ name: String) -> ScriptFile? {
    for path in [name, anyCase(name)].compactMap({ $0 }) {
      if let text = TextFile.read(path) { return ScriptFile(name: path, text: text) }
    }
    let bare = String(name.split(separator: "/").last ?? "")
    let isShippedName = !name.contains("/") || name.lowercased() == "scripts/" + bare.lowercased()
    guard isShippedName, !bare.isEmpty else { return nil }
    for file in [bare, bare + ".lua"] where file.hasSuffix(".lua") {
      if let text = Shipped.text(at: "Scripts/" + file) {
        return ScriptFile(name: "Scripts/" + file, text: text)
      }
    }
    return nil
  }

  /// `scripts/x.lua` for a folder that is called `Scripts`.
  private static func anyCase(_ name: String) -> String? {
    guard let slash = name.firstIndex(of: "/"), slash != name.startIndex else { return nil }
    let folder = name[..<slash].lowercased()
    return TextFile.names(in: ".").first { $0.lowercased() == folder }.map { $0 + name[slash...] }
  }
}

/// Whole text files.
enum TextFile {
  static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }

  /// The text of a regular file, nil if it cannot be read.
  static func read(_ path: String) -> String? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&block, 1, block.count, file)
      bytes += block[..<count]
      if count < block.count { break }
    }
    return ferror(file) == 0 ? String(decoding: bytes, as: UTF8.self) : nil
  }

  /// What a folder holds, in order.
  static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names.sorted()
  }
}
