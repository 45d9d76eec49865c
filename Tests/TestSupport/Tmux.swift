#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A terminal of tmux in which a program runs, to be typed at and looked at.
public final class Tmux {
  private let socket: String

  /// Whether tmux is there to be used.
  public static var isInstalled: Bool { !output(of: "command -v tmux").isEmpty }

  /// Starts a shell command in a new terminal.
  public init(_ command: String, columns: Int = 100, rows: Int = 30, environment: [String: String])
  {
    socket = "bilevel-lua-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let settings = environment.map { " -e " + Tmux.quoted("\($0.key)=\($0.value)") }.joined()
    run(
      "-f /dev/null new-session -d -x \(columns) -y \(rows)\(settings) "
        + Tmux.quoted(command + "; echo status $?; sleep 600"))
  }

  deinit { run("kill-server") }

  /// Types text as it is.
  public func type(_ text: String) { run("send-keys -l -- " + Tmux.quoted(text)) }

  /// Presses keys by tmux's names: `Enter`, `Tab`, `C-c`, `Up`.
  public func press(_ keys: String...) {
    run("send-keys " + keys.map(Tmux.quoted).joined(separator: " "))
  }

  /// Types a line and ends it.
  public func enter(_ line: String) {
    type(line)
    press("Enter")
  }

  /// Changes the terminal's size.
  public func resize(columns: Int, rows: Int) { run("resize-window -x \(columns) -y \(rows)") }

  /// What the terminal shows now, with what has scrolled away if asked for.
  public func screen(history: Bool = false) -> String {
    Tmux.output(of: command("capture-pane -p" + (history ? " -S -" : "")))
  }

  /// Waits until the screen satisfies the condition; answers whether it did.
  public func wait(seconds: Double = 30, until condition: (String) -> Bool) -> Bool {
    for _ in 0..<Int(seconds * 20) {
      if condition(screen()) { return true }
      usleep(50_000)
    }
    return false
  }

  /// Waits until a line of the screen is this one, but for spaces at its ends.
  public func waits(for line: String, seconds: Double = 30) -> Bool {
    wait(seconds: seconds) { screen in
      screen.split(separator: "\n").contains { Tmux.trimmed($0) == line }
    }
  }

  private static func trimmed(_ line: Substring) -> String {
    String(line.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  private func command(_ words: String) -> String { "tmux -L \(socket) \(words) 2>/dev/null" }

  private func run(_ words: String) { _ = Tmux.output(of: command(words)) }

  private static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }

  /// Not by `system`, which takes Ctrl-C from the whole process while it waits.
  private static func output(of command: String) -> String {
    guard let stream = popen(command, "r") else { return "" }
    defer { pclose(stream) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 12)
    while true {
      let count = fread(&block, 1, block.count, stream)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += block[..<count]
    }
  }
}
