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
    let path = try path()
    guard let limits else { return wait(try start(path, arguments, output: output)) }
    let command = ["-c", "\(limits); exec \"$0\" \"$@\"", path]
    return wait(try start("/bin/sh", command + arguments, output: output))
  }

  /// Runs a program that is installed, and answers its exit status; its output is this process's.
  public static func run(installed name: String, _ arguments: [String]) throws -> Int32 {
    wait(try start("/usr/bin/env", [name] + arguments, output: nil))
  }

  /// Starts `bilevel-lua` with the arguments; answers the number of the process.
  public static func start(_ arguments: [String]) throws -> pid_t {
    try start(try path(), arguments, output: nil)
  }

  private static func start(
    _ path: String, _ arguments: [String], output: String?
  ) throws -> pid_t {
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
    return process
  }

  /// Waits for a process; answers its exit status, or minus the number of the signal that ended it.
  public static func wait(_ process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
  }

  /// Whether a program of that name is found as shells find it.
  public static func isInstalled(_ name: String) -> Bool {
    let folders = getenv("PATH").map { String(cString: $0).split(separator: ":") } ?? []
    return folders.contains { access($0 + "/" + name, X_OK) == 0 }
  }

  /// Beside the program of the tests, which is where the build puts both.
  public static func path() throws -> String {
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
