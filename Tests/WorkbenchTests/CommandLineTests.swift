import Imaging
import TestSupport
import Testing

/// The options that the program shares with `lua` mean what they mean there.
@Suite struct CommandLineTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let files = [
      "words.lua": "print(arg[-2], arg[-1], arg[0], arg[1], ...)",
      "init.lua": "print('init file')", "module.lua": "return { answer = 42 }",
      "typed": "1 + 1\nfor i = 1, 2 do\nprint(i)\nend\n'x';\nerror('oops')\n_\n",
    ]
    for (name, text) in files {
      try AtomicFile.write(Array(text.utf8), to: folder.path + "/" + name)
    }
  }

  private func run(_ words: [String], after shell: String = ":") throws -> (text: String, Int32) {
    let output = folder.path + "/output"
    let status = try Program.run(
      words, output: output, limits: "unset LUA_INIT LUA_INIT_5_4; cd '\(folder.path)'; \(shell)")
    return (String(decoding: try FileBytes.read(output), as: UTF8.self), status)
  }

  @Test(arguments: [
    (":", ["-e", "print(1)", "-e", "print(2)"], "1\n2\n"),
    (":", ["-eprint(1)"], "1\n"),
    (":", ["-W", "words.lua", "a", "-e"], "/program\t-W\twords.lua\ta\ta\t-e\n"),
    (":", ["-e", "x = 5", "--", "words.lua"], "x = 5\t--\twords.lua\tnil\n"),
    ("exec <words.lua", ["-", "a"], "nil\t/program\t-\ta\ta\n"),
    ("exec <words.lua", [], "nil\tnil\t/program\tnil\n"),
    (":", ["-l", "module", "-e", "print(module.answer)"], "42\n"),
    (":", ["-e", "print(m)", "-lm=module", "-e", "print(m.answer)"], "nil\n42\n"),
    ("export LUA_INIT='print(1)'", ["-e", "print(2)"], "1\n2\n"),
    ("export LUA_INIT='print(1)'", ["-E", "-e", "print(2)"], "2\n"),
    ("export LUA_INIT='print(1)' LUA_INIT_5_4='print(54)'", ["-e", ""], "54\n"),
    ("export LUA_INIT=@init.lua", ["-e", ""], "init file\n"),
    ("export LUA_PATH='/nowhere/?.lua'", ["-e", "print(package.path)"], "/nowhere/?.lua\n"),
    ("export LUA_PATH='/nowhere/?.lua'", ["-E", "-e", "print(#package.path > 20)"], "true\n"),
    (":", ["-e", "warn('off')", "-W", "-e", "warn('a', 'b')"], "Lua warning: ab\n"),
    (":", ["-e", "warn('@on') warn('a') warn('@off') warn('b')"], "Lua warning: a\n"),
  ])
  func output(_ shell: String, _ words: [String], _ expected: String) throws {
    let (text, status) = try run(words, after: shell)
    let path = try Program.path()
    #expect(text == expected.replacing("/program", with: path))
    #expect(status == 0)
  }

  @Test(arguments: [
    (["-e", "error('x')"], 1, "bilevel-lua: (command line):1: x\nstack traceback:"),
    (["-e", "error('x')", "-e", "print('not reached')"], 1, "x"), (["-e", "os.exit(3)"], 3, ""),
    (["-e", "os.exit(true)"], 0, ""), (["-e", "os.exit(false)"], 1, ""),
    (["nowhere.lua"], 1, "cannot open 'nowhere.lua'"), (["-e", "x ="], 1, "near <eof>"),
    (["-z"], 1, "-z"), (["-e"], 1, "-e"), (["-l", "nowhere"], 1, "module 'nowhere' not found"),
    (["-i", "-e", "error('x')"], 1, "x"), (["-v"], 0, "bilevel-lua 0.1.0"),
    (["--log", "loud", "-e", ""], 1, "--log"),
  ])
  func status(_ words: [String], _ expected: Int32, _ message: String) throws {
    let (text, status) = try run(words, after: "exec </dev/null")
    #expect(status == expected, "\(text)")
    #expect((message.isEmpty || text.contains(message)) && !text.contains("not reached"), "\(text)")
  }

  @Test func theInitializationMayFail() throws {
    let (text, status) = try run(["-e", "print(2)"], after: "export LUA_INIT='error(\"x\")'")
    #expect(status == 1 && text.hasPrefix("bilevel-lua: LUA_INIT:1: x") && !text.contains("2\n"))
    let (missing, status2) = try run(["-e", ""], after: "export LUA_INIT=@nowhere.lua")
    #expect(status2 == 1 && missing.contains("cannot open nowhere.lua"))
  }

  @Test func aPipeIsReadByThePlainPrompt() throws {
    let (text, status) = try run(["-i"], after: "exec <typed")
    #expect(status == 0)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0].hasPrefix("bilevel-lua 0.1.0"))
    #expect(lines[1] == "> 2")
    #expect(lines[2] == "> >> >> 1" && lines[3] == "2")
    #expect(lines[4] == "> > stdin:1: oops")
    #expect(text.hasSuffix("> x\n> \n"))
    let (prompts, _) = try run(
      ["-i", "-e", "_PROMPT = 'a> ' _PROMPT2 = 'b> '"], after: "exec <typed")
    #expect(prompts.contains("a> 2\na> b> b> 1\n"))
  }
}
