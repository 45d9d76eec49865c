#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The program under test, in a process of its own.
public enum Program {
  /// Runs `bilevel-lua` with the arguments and answers its exit status.
  ///
  /// Its output is this process's, unless it goes to the file of the given name, errors and all.
  /// `limits` are shell commands that come first: `ulimit -f 100`.
  public static func run(
    _ arguments: [String], output: String? = nil, limits: String? = nil
  ) throws -> Int32 {
    var (path, arguments) = (try Program.path(), arguments)
    if let limits {
      arguments = ["-c", "\(limits); exec \"$0\" \"$@\"", path] + arguments
      path = "/bin/sh"
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let output {
      posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
      posix_spawn_file_actions_adddup2(&actions, 1, 2)
    }
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    let code = posix_spawn(&process, path, &actions, nil, &words, environ)
    guard code == 0 else { throw CannotRun(path: path, reason: String(cString: strerror(code))) }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? status >> 8 & 0xFF : -1
  }

  /// Beside the program of the tests, which is where the build puts both.
  private static func path() throws -> String {
    guard let own = realpath("/proc/self/exe", nil) ?? realpath(CommandLine.arguments[0], nil)
    else { throw CannotRun(path: "bilevel-lua", reason: "where the tests run is not known") }
    defer { free(own) }
    let tests = String(cString: own)
    for folder in [folder(of: tests), Fixture.root + "/.build/release/"] {
      if access(folder + "bilevel-lua", X_OK) == 0 { return folder + "bilevel-lua" }
    }
    throw CannotRun(path: "bilevel-lua", reason: "not built; run swift build -c release")
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
  }

  private struct CannotRun: Error {
    let path: String
    let reason: String
  }
}
