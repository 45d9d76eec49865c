import Lua
import TestSupport
import Testing
import Workbench

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct CompletionTests {
  private let interpreter: Interpreter

  init() throws {
    interpreter = try Interpreter()
    try Workbench.open(in: interpreter)
    interpreter.setGlobal("bl", toModule: "bilevel")
    try interpreter.run(
      """
      maid = bl.optimizer.maid {}
      isgd = bl.optimizer.isgd {}
      scenes = bl.data.dead_leaves { count = 1, size = 8, seed = 1 }
      samples = scenes:observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } }
      problem = bl.problem { data = samples, regularizer = bl.regularizer.tikhonov {} }
      theta = problem:parameters {}
      settings = { rates = { slow = 1, swift = 2 }, list = { { alpha = 1 } }, ["two words"] = 3 }
      touched = false
      trap = setmetatable({ known = 1 }, { __index = function() touched = true return {} end,
        __pairs = function() touched = true end, __len = function() touched = true return 3 end })
      heir = setmetatable({ own = 1 }, { __index = { inherited = function() end, number = 2 } })
      """, name: "setup.lua")
  }

  private func candidates(_ text: String) -> [String] {
    completions(for: text, in: interpreter).candidates
  }

  @Test(arguments: [
    ("bl.opt", ["optimizer"]), ("bl.optimizer.ma", ["maid"]), ("x = bl.optimizer.ma", ["maid"]),
    ("print(bl.sche", ["schedule"]), ("maid:min", ["minimize"]), ("maid:st", ["steps"]),
    ("theta:vec", ["vector"]), ("settings.ra", ["rates"]), ("settings.rates.s", ["slow", "swift"]),
    ("settings.list[1].a", ["alpha"]), ("settings['rates'].sl", ["slow"]),
    ("heir.inh", ["inherited"]),
    ("heir:", ["inherited"]), ("retu", ["return"]), ("for k in pai", ["pairs"]),
    ("('x').up", []), ("local nam", []), ("-- bl.opt", []), ("12", []),
    ("a..bl.opt", ["optimizer"]),
    ("bl.optimizer.maid\n  .", []), ("nothing.here", []), ("nothing:", []),
  ])
  func namesAndMembers(_ text: String, _ expected: [String]) {
    #expect(candidates(text) == expected, "\(text)")
  }

  @Test func stringsHaveTheirLibrary() throws {
    try interpreter.run("name = 'x'")
    #expect(candidates("name:up") == ["upper"])
    #expect(candidates("io.stdout:wri") == ["write"])
  }

  @Test(arguments: [
    ("bl.optimizer.maid { del", ["delta = "]), ("bl.optimizer.maid({ del", ["delta = "]),
    ("bl.noise.gaussian { sigma = 0.1, s", ["seed = "]),
    ("maid:steps(problem, theta, { bud", ["budget = "]),
    ("isgd:steps(problem, theta, { batch = { si", ["size = "]),
    ("for step in maid:steps(problem, theta, {\n  max", ["max_iterations = "]),
    ("bl.problem { data = scenes:observe { no", ["noise = "]),
    ("bl.optimizer.maid { eps = bl.sche", ["schedule"]),
    ("{ del", []), ("bl.optimizer.maid { eps = 0.1 }:ste", []),
  ])
  func argumentNames(_ text: String, _ expected: [String]) {
    #expect(candidates(text) == expected, "\(text)")
  }

  @Test func argumentsOfEveryConstructor() {
    let all = candidates("bl.optimizer.maid { ")
    #expect(all.contains("eps = ") && all.contains("hypergradient = "))
    #expect(!candidates("bl.optimizer.maid { eps = 0.1, ").contains("eps = "))
  }

  @Test func propertiesFollowADotAndMethodsAColon() {
    #expect(candidates("theta:").contains("vector") && !candidates("theta.").contains("vector"))
    #expect(candidates("samples[1].").isEmpty)
  }

  @Test func ownNamesOfAStartedBlock() {
    #expect(candidates("for stepping in x do\n  print(stepp") == ["stepping"])
  }

  @Test func filesInsideOfStrings() throws {
    let folder = try TemporaryFolder()
    for name in ["alpha.png", "alpine.png", ".hidden"] {
      close(open(folder.path + "/" + name, O_WRONLY | O_CREAT, 0o600))
    }
    mkdir(folder.path + "/beta", 0o700)
    let text = "bl.load(\"\(folder.path)/al"
    let completion = completions(for: text, in: interpreter)
    #expect(completion.candidates == ["alpha.png", "alpine.png"])
    #expect(completion.commonPrefix == "alp")
    #expect(completion.start == text.utf8.count - 2)
    #expect(candidates("'\(folder.path)/b") == ["beta/"])
    #expect(candidates("[[\(folder.path)/.h") == [".hidden"])
    #expect(candidates("'\(folder.path)/nowhere/") == [])
  }

  @Test func nothingOfAScriptRuns() throws {
    for text in ["trap.", "trap.kn", "trap.unknown.", "trap:", "trap.unknown:x", "trap[1]."] {
      _ = candidates(text)
    }
    guard case .boolean(let touched)? = try interpreter.run("return touched").first else {
      Issue.record("no answer")
      return
    }
    #expect(!touched)
    #expect(candidates("trap.kn") == ["known"])
  }

  /// Every prefix of a text is completed without harm, and what it offers begins with what is there.
  @Test(arguments: [
    "for step in maid:steps(problem, theta, { budget = 2e4, batch = { size = 8 } }) do print(step.loss) end",
    "local t = { [1] = \"a\\\"b\", [[long]], --[[ comment ]] x = settings['rates'].slow } -- end",
    "=](){}[[..::)]x.y:z{{{{(((", "\u{e9}\u{20ac} = 'ü", "a[b[c[1]]].d[\"e\"].f",
  ])
  func everyPrefix(_ text: String) {
    for end in text.indices + [text.endIndex] {
      let prefix = String(text[..<end])
      let completion = completions(for: prefix, in: interpreter)
      let typed = String(decoding: prefix.utf8.dropFirst(completion.start), as: UTF8.self)
      #expect(completion.candidates.allSatisfy { $0.hasPrefix(typed) }, "\(prefix)")
    }
  }
}
