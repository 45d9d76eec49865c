import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The prompt on a terminal, as a person uses it: typed at in tmux, and looked at.
@Suite(
  "The prompt on a terminal", .serialized,
  .enabled(if: Tmux.isInstalled, "tmux is not installed; apt-get install tmux"))
struct PromptTests {
  private let home: TemporaryFolder
  private let program: String

  init() throws {
    home = try TemporaryFolder()
    program = try Program.path()
  }

  private func session(_ arguments: String = "", columns: Int = 100, terminal: String? = nil)
    -> Tmux
  {
    let prefix = terminal.map { "TERM=\($0) " } ?? ""
    return Tmux(
      "cd '\(home.path)' && \(prefix)'\(program)' \(arguments)", columns: columns,
      environment: [
        "XDG_STATE_HOME": home.path, "HOME": home.path, "LANG": "C.UTF-8", "LUA_INIT": "",
      ])
  }

  /// What training needs, as one line; each step takes some hundredths of a second.
  private static let setup = """
    problem = bl.problem { data = bl.data.dead_leaves { count = 4, size = 32, seed = 1 }:observe \
    { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } }, regularizer = \
    bl.regularizer.fields_of_experts { filters = 4, size = 5 } }; theta = problem:parameters { seed = 3 }
    """

  @Test func evaluatesAndEnds() {
    let terminal = session()
    #expect(terminal.wait { $0.contains("Ctrl-D ends.") })
    terminal.enter("6 * 7")
    #expect(terminal.waits(for: "42"))
    terminal.enter("_ + 1;")
    terminal.enter("_ + 0")
    #expect(terminal.waits(for: "43"))
    terminal.enter("error 'oops'")
    #expect(terminal.wait { $0.contains("stdin:1: oops") })
    terminal.enter("?bl.noise.gaussian")
    #expect(terminal.wait { $0.contains("standard deviation") })
    terminal.press("C-d")
    #expect(terminal.waits(for: "status 0"))
  }

  @Test func completes() {
    let terminal = session()
    #expect(terminal.wait { $0.contains("Ctrl-D ends.") })
    terminal.type("bl.optimizer.mai")
    terminal.press("Tab")
    #expect(terminal.wait { $0.contains("> bl.optimizer.maid") })
    terminal.type(" { relative_t")
    terminal.press("Tab")
    #expect(terminal.wait { $0.contains("> bl.optimizer.maid { relative_tolerance =") })
    terminal.press("C-u")
    terminal.type("bl.schedule.po")
    terminal.press("Tab")
    #expect(terminal.wait { $0.contains("> bl.schedule.polynomial") })
    terminal.press("C-u")
    terminal.type("x = bl.schedule.p")
    terminal.press("Tab")
    #expect(terminal.wait { $0.contains("piecewise") && $0.contains("polynomial") })
    terminal.type("ol")
    terminal.press("Tab")
    #expect(terminal.wait { $0.contains("> x = bl.schedule.polynomial") })
    terminal.press("C-c")
    terminal.enter("1 + 1")
    #expect(terminal.waits(for: "2"))
  }

  @Test func aBlockIsOneEntry() {
    let terminal = session()
    #expect(terminal.wait { $0.contains("Ctrl-D ends.") })
    terminal.enter("for i = 1, 2 do")
    terminal.enter("print('line ' .. i)")
    #expect(!terminal.screen().contains("line 1\n"))
    terminal.enter("end")
    #expect(terminal.waits(for: "line 2"))
    terminal.enter("'between'")
    #expect(terminal.waits(for: "between"))
    terminal.press("Up", "Up")
    #expect(terminal.wait { $0.contains("> for i = 1, 2 do\nprint('line ' .. i)\nend") })
    // Up goes to the line above, where the text is changed.
    terminal.press("Up", "C-e")
    for _ in 0..<10 { terminal.press("Left") }
    terminal.press("Enter")
    #expect(terminal.wait { $0.split(separator: "\n").filter { $0 == "line 2" }.count == 2 })
  }

  @Test func searchesTheHistoryOfTwoSessionsAtOnce() throws {
    let first = session()
    let second = session()
    #expect(
      first.wait { $0.contains("Ctrl-D ends.") } && second.wait { $0.contains("Ctrl-D ends.") })
    first.enter("'from the first ' .. 1")
    second.enter("'from the second ' .. 2")
    second.enter("'from the second ' .. 2")
    #expect(first.waits(for: "from the first 1") && second.waits(for: "from the second 2"))
    first.press("C-d")
    second.press("C-d")
    #expect(first.waits(for: "status 0") && second.waits(for: "status 0"))
    let path = home.path + "/bilevel-lua/history"
    var information = stat()
    #expect(stat(path, &information) == 0 && information.st_mode & 0o777 == 0o600)
    let third = session()
    #expect(third.wait { $0.contains("Ctrl-D ends.") })
    third.press("C-r")
    third.type("the first")
    #expect(third.wait { $0.contains("'from the first ' .. 1") })
    third.press("Enter")
    #expect(third.waits(for: "from the first 1"))
    third.press("Up", "Up", "Up")
    #expect(
      third.wait { $0.contains("> 'from the first ' .. 1") }, "the same line twice is one entry")
  }

  @Test func resizesWhileTyping() {
    let terminal = session()
    #expect(terminal.wait { $0.contains("Ctrl-D ends.") })
    let words = "'" + (1...17).map { "word\($0)" }.joined(separator: " ") + "'"
    terminal.type(words)
    #expect(terminal.wait { $0.contains("word17") })
    for columns in [60, 40, 120, 80] {
      terminal.resize(columns: columns, rows: 30)
      usleep(300_000)
    }
    terminal.type(" .. '!'")
    terminal.press("Enter")
    #expect(terminal.wait { $0.contains("word17!") })
    #expect(terminal.screen().components(of: "> 'word1 ") == 1, "\(terminal.screen())")
  }

  @Test func trainingIsStoppedAndGoesOn() {
    let terminal = session()
    #expect(terminal.wait { $0.contains("Ctrl-D ends.") })
    terminal.enter(PromptTests.setup)
    terminal.enter(
      "gd = bl.optimizer.gradient_descent { eps = 1e-2, delta = 1e-2, step_size = 1e-2 }")
    terminal.enter("whole = gd:minimize(problem, theta, { max_iterations = 800 })")
    terminal.enter("steps = gd:steps(problem, theta, { max_iterations = 800 }) seen = {}")
    terminal.enter("'ready' .. whole.steps")
    #expect(terminal.waits(for: "ready800", seconds: 120))
    // The body's first statement calls nothing, so that Ctrl-C does not find it half done.
    let loop = "for step in steps do seen[#seen + 1] = step; last = step.theta end"
    // Each time the same loop is typed again, and goes on where Ctrl-C stopped it.
    for round in 1...6 {
      terminal.enter(loop)
      usleep(UInt32(120_000 + 37_000 * round))
      terminal.press("C-c")
      terminal.enter("'round' .. \(round)")
      #expect(terminal.waits(for: "round\(round)"))
    }
    terminal.enter(loop)
    terminal.enter("'stopped: ' .. steps.stopped_because")
    #expect(terminal.waits(for: "stopped: iteration limit", seconds: 120))
    terminal.enter("same = true for i, step in ipairs(seen) do same = same and step.k == i - 1 end")
    terminal.enter("a, b = last:vector():table(), whole.theta:vector():table()")
    terminal.enter("for i = 1, #b do same = same and a[i] == b[i] end")
    terminal.enter("'same: ' .. tostring(same) .. ' ' .. #seen")
    #expect(terminal.waits(for: "same: true 801"), "\(terminal.screen())")
  }

  @Test func schedulesAreChangedOnTheWay() {
    let terminal = session()
    #expect(terminal.wait { $0.contains("Ctrl-D ends.") })
    terminal.enter(PromptTests.setup)
    let make = "function isgd(a) return bl.optimizer.isgd { eps = 1e-2, step_size = a } end"
    terminal.enter(make)
    terminal.enter("steps = isgd(1e-3):steps(problem, theta, { batch = { size = 2, seed = 1 } })")
    terminal.enter("for step in steps do k = step.k end")
    usleep(700_000)
    terminal.press("C-c")
    #expect(terminal.wait { $0.contains("interrupted") })
    terminal.enter("steps = isgd(1e-4):resume(problem, steps:state(), { max_iterations = 2 })")
    terminal.enter("for step in steps do last = step end")
    terminal.enter("'went on: ' .. (last.k - k) .. ' at ' .. last.step_size")
    #expect(terminal.waits(for: "went on: 2 at 0.0001"), "\(terminal.screen())")
    terminal.enter("os.exit(7)")
    #expect(terminal.waits(for: "status 7"))
  }

  @Test func dumbTerminalsGetThePlainPrompt() {
    let terminal = session(terminal: "dumb")
    #expect(terminal.wait { $0.contains("Ctrl-D ends.") })
    terminal.enter("for i = 1, 1 do")
    #expect(terminal.wait { $0.contains(">>") })
    terminal.enter("end")
    terminal.enter("'plain'")
    #expect(terminal.waits(for: "plain"))
  }
}

extension String {
  fileprivate func components(of part: String) -> Int {
    var count = 0
    var rest = self[...]
    while let range = rest.firstRange(of: part) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
