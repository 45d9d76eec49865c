import CPlatform

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What was typed at prompts, kept from one session to the next: an entry a line, oldest first.
///
/// Several sessions may add to it at once: each adds whole lines at the end, under a lock. It is the
/// user's alone (mode 0600), and is cut to its last entries when a session begins and it has grown to
/// twice as many. Where it cannot be kept, the user is told once and the session goes on without.
final class HistoryFile {
  /// Entries that are kept.
  static let mostEntries = 5000

  private let path: String?
  private var isReported = false

  /// `$XDG_STATE_HOME/bilevel-lua/history`, or that of `~/.local/state`.
  init() {
    let state = HistoryFile.environment("XDG_STATE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    let base = state ?? HistoryFile.environment("HOME").map { $0 + "/.local/state" }
    path = base.map { $0 + "/bilevel-lua/history" }
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// What earlier sessions left, oldest first.
  func entries() -> [String] {
    guard let path, let file = openLocked(path) else { return [] }
    defer { close(file) }
    let lines = HistoryFile.contents(of: file).split(separator: "\n").map(String.init)
    if lines.count > 2 * HistoryFile.mostEntries { shorten(path, lines) }
    return lines.suffix(HistoryFile.mostEntries).map(HistoryFile.decoded)
  }

  /// Adds an entry, unless it is the last one in the file.
  func append(_ entry: String) {
    guard let path, let file = openLocked(path) else { return }
    defer { close(file) }
    let line = HistoryFile.encoded(entry) + "\n"
    guard !HistoryFile.ends(file, with: line) else { return }
    if !HistoryFile.write(line, to: file) { report(path) }
  }

  /// The last entries, written beside the file and renamed; the lock on the file is held.
  private func shorten(_ path: String, _ lines: [String]) {
    let draft = path + ".\(getpid())"
    let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { return report(path) }
    let text = lines.suffix(HistoryFile.mostEntries).map { $0 + "\n" }.joined()
    let isWritten = HistoryFile.write(text, to: file) && fsync(file) == 0
    close(file)
    if !isWritten || rename(draft, path) != 0 {
      unlink(draft)
      report(path)
    }
  }

  /// The file, open for adding and locked; another session may just have renamed a shorter one into its
  /// place.
  private func openLocked(_ path: String) -> Int32? {
    makeFolders(path)
    for _ in 0..<100 {
      let file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
      guard file >= 0 else {
        report(path)
        return nil
      }
      while flock(file, LOCK_EX) != 0, errno == EINTR {}
      var mine = stat()
      var named = stat()
      if fstat(file, &mine) == 0, stat(path, &named) == 0, mine.st_ino == named.st_ino {
        return file
      }
      close(file)
    }
    return nil
  }

  private func makeFolders(_ path: String) {
    for index in path.indices.dropFirst() where path[index] == "/" {
      mkdir(String(path[..<index]), 0o700)
    }
  }

  private func report(_ path: String) {
    let reason = String(cString: strerror(errno))
    if !isReported { platform_complain("note: the history is not kept: \(path): \(reason)") }
    isReported = true
  }

  // MARK: Text

  /// One line for an entry of several.
  static func encoded(_ entry: String) -> String {
    var line = ""
    for scalar in entry.unicodeScalars {
      switch scalar {
      case "\\": line += "\\\\"
      case "\n": line += "\\n"
      default: line.unicodeScalars.append(scalar)
      }
    }
    return line
  }

  static func decoded(_ line: String) -> String {
    var entry = ""
    var isEscaped = false
    for scalar in line.unicodeScalars {
      if isEscaped {
        entry.unicodeScalars.append(scalar == "n" ? "\n" : scalar)
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else {
        entry.unicodeScalars.append(scalar)
      }
    }
    return entry
  }

  // MARK: Bytes

  private static func contents(of file: Int32) -> String {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    lseek(file, 0, SEEK_SET)
    while true {
      let count = read(file, &block, block.count)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += block[..<count]
    }
  }

  private static func ends(_ file: Int32, with line: String) -> Bool {
    let expected = Array(("\n" + line).utf8)
    let size = Int(lseek(file, 0, SEEK_END))
    let wanted = size == expected.count - 1 ? Array(expected.dropFirst()) : expected
    guard size >= wanted.count else { return false }
    var bytes = [UInt8](repeating: 0, count: wanted.count)
    return pread(file, &bytes, bytes.count, off_t(size - bytes.count)) == bytes.count
      && bytes == wanted
  }

  private static func write(_ text: String, to file: Int32) -> Bool {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { writeBytes(file, $0.baseAddress, $0.count) }
      guard count > 0 || count < 0 && errno == EINTR else { return false }
      if count > 0 { bytes = bytes.dropFirst(count) }
    }
    return true
  }
}

/// The system's `write`, under a name that the type's own does not hide.
private func writeBytes(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(file, bytes, count)
}
