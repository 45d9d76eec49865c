#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The program under test, in a process of its own.
public enum Program {
  /// Runs `bilevel-lua` with the arguments and answers its exit status; its output is this process's.
  public static func run(_ arguments: [String]) throws -> Int32 { wait(try start(arguments)) }

  /// Starts `bilevel-lua` with the arguments; answers the number of the process.
  public static func start(_ arguments: [String]) throws -> pid_t {
    let path = try path()
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    let code = posix_spawn(&process, path, nil, nil, &words, environ)
    guard code == 0 else { throw CannotRun(path: path, reason: String(cString: strerror(code))) }
    return process
  }

  /// Waits for a process; answers its exit status, or minus the number of the signal that ended it.
  public static func wait(_ process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
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
