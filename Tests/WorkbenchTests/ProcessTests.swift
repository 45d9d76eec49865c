import TestSupport
import Testing
import Workbench

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Scripts in processes of their own, by the program itself.
@Suite struct ProcessTests {
  private static let root = String(
    #filePath.dropLast("Tests/WorkbenchTests/ProcessTests.swift".count))

  @Test("What a script that came by mail might try comes to nothing")
  func sandbox() throws {
    let folder = try TemporaryFolder()  // below the working directory
    let outside = try #require(mkdtemp(strdup("/tmp/bilevel-lua-outside-XXXXXX")))
    let path = String(cString: outside)
    fclose(fopen(path + "/file", "w"))
    defer {
      unlink(path + "/file")
      rmdir(path)  // fails, and so the test, if anything was left there
    }
    let links = ["link", "file_link", "dangling"].map { folder.path + "/" + $0 }
    for (link, target) in zip(links, [path, path + "/file", path + "/nothing"]) {
      #expect(symlink(target, link) == 0)
    }
    let status = try Program.run(
      ["--memory", "256", Self.root + "Tests/Scripts/sandbox.lua", path] + links)
    #expect(status == 0)
    #expect(access(path + "/nothing", F_OK) != 0)
    #expect(access(path + "/escaped", F_OK) != 0)
    #expect(access(path + "/new", F_OK) != 0)
  }

  @Test(arguments: [("os.exit(3)", 3), ("os.exit(true, true)", 0), ("error {}", 1)])
  func ends(_ text: String, _ expected: Int32) throws {
    #expect(try Program.run(["-e", "local t = bl.ones { 3 } " + text]) == expected)
    #expect(try Program.run(["-e", "coroutine.wrap(function() \(text) end)()"]) == expected)
  }

  @Test func sweeps() throws {
    let folder = try TemporaryFolder()
    let name = "Tests/Scripts/sweep.lua"
    #expect(try Program.run([Self.root + name, Self.root + name, folder.path]) == 0)
  }

  @Test("Ctrl-C ends the processes of a script too")
  func interrupt() throws {
    let folder = try TemporaryFolder()
    let alive = folder.path + "/alive"
    let endless = "while true do local f = io.open([[\(alive)]], 'a') f:write('x') f:close() end"
    let script = folder.path + "/endless.lua"
    let file = try #require(fopen(script, "w"))
    fputs(endless, file)
    fclose(file)
    let program = try Program.start(
      [
        "-e",
        "bl.processes { { script = [[\(script)]] }, { script = [[\(script)]] }, at_once = 2 }",
      ])
    while size(of: alive) == nil { usleep(10_000) }
    kill(program, SIGINT)
    #expect(Program.wait(program) == 130)
    let last = size(of: alive)
    usleep(200_000)
    #expect(size(of: alive) == last)
  }

  /// No hook reaches a C function of Lua; the second Ctrl-C ends the process.
  @Test(arguments: [
    "(('a'):rep(40)):find(('a*'):rep(30) .. 'b')", "table.move({}, 1, 1 << 50, 2)",
    "setmetatable({}, { __gc = function() while true do end end }); collectgarbage()",
    "xpcall(function() while true do end end, function() while true do end end)",
  ])
  func secondInterrupt(_ text: String) throws {
    let program = try Program.start(["-e", "local _ = " + text])
    usleep(400_000)
    kill(program, SIGINT)
    usleep(200_000)
    kill(program, SIGINT)
    #expect(Program.wait(program) == -SIGINT)
  }

  @Test(arguments: [
    "while true do end", "while true do pcall(error) end", "local function f() return f() end f()",
    "coroutine.wrap(function() while true do end end)()",
    "for _ in string.gmatch('x', '') do end "
      + "while true do xpcall(function() while true do end end, print) end",
    "local t = setmetatable({}, { __index = function(t, k) return t[k] end }) while true do "
      + "pcall(function() return t.x end) end",
  ])
  func firstInterrupt(_ text: String) throws {
    let program = try Program.start(["-e", text])
    usleep(400_000)
    kill(program, SIGINT)
    #expect(Program.wait(program) == 130)
  }

  private func size(of path: String) -> Int? {
    var information = stat()
    return stat(path, &information) == 0 ? Int(information.st_size) : nil
  }
}
