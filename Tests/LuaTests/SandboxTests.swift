import Lua
import Script
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension LuaTests {
  /// Scripts come by mail.
  @Suite struct SandboxTests {
    @Test(arguments: [
      "os.execute('true')", "io.popen('true')", "os.tmpname()", "io.tmpfile()",
      "package.loadlib('libm.so', '*')", "string.dump(print)", "('').dump(print)",
    ])
    func refuses(_ text: String) throws {
      let interpreter = try makeInterpreter()
      #expect(
        failure(text, in: interpreter).hasSuffix(" is not open to scripts (--trusted opens it)"))
    }

    @Test(arguments: [
      "/tmp/bilevel-lua-outside", "../outside", "Tests/../../outside", "/proc/self/mem",
      "missing/../../x",
    ])
    func writesBelowTheWorkingDirectoryOnly(_ path: String) throws {
      let interpreter = try makeInterpreter()
      for call in [
        "io.open(p, 'w')", "io.open(p, 'a+')", "io.open(p, 'r+b')", "io.output(p)", "os.remove(p)",
        "os.rename(p, 'x')", "os.rename('x', p)",
      ] {
        let message = failure("local p = '\(path)' " + call, in: interpreter)
        #expect(
          message
            == "test.lua:1: '\(path)' is not below the working directory (--trusted opens other places)"
        )
      }
      #expect(throws: (any Error).self) { try Kind<String>.outputPath.read(.string(path)) }
    }

    @Test func linksAreFollowed() throws {
      let interpreter = try makeInterpreter()
      let link = ".build/sandbox-test-link"
      unlink(link)
      mkdir(".build", 0o755)
      #expect(symlink("/tmp/bilevel-lua-target", link) == 0)
      defer { unlink(link) }
      #expect(failure("io.open('\(link)', 'w')", in: interpreter).contains("is not below"))
      unlink(link)
      #expect(symlink("/tmp", link) == 0)
      #expect(failure("io.open('\(link)/x', 'w')", in: interpreter).contains("is not below"))
    }

    @Test func readsAndWritesWhereItMay() throws {
      let interpreter = try makeInterpreter()
      mkdir(".build", 0o755)
      try interpreter.run(
        """
        local name = ".build/sandbox-test.txt"
        local f = assert(io.open(name, "w")) f:write("hello\\n") f:close()
        assert(os.rename(name, name .. "2"))
        for line in io.lines(name .. "2") do assert(line == "hello") end
        assert(os.remove(name .. "2"))
        assert(io.open("/etc/passwd")):close()
        """)
    }

    @Test func noBytecode() throws {
      let trusted = try makeInterpreter(trusted: true)
      mkdir(".build", 0o755)
      try trusted.run(
        "local f = io.open('.build/bytecode.lua', 'wb') f:write(string.dump(function() return 1 end)) f:close()"
      )
      let interpreter = try makeInterpreter()
      try interpreter.run(
        """
        local file = io.open(".build/bytecode.lua", "rb")
        local code = file:read("a") file:close()
        local function refused(f, m) assert(not f and m:find("binary chunk"), m) end
        refused(load(code))
        refused(load(code, "x", "t", {}))
        refused(load(function() local c = code; code = nil; return c end))
        refused(loadfile(".build/bytecode.lua"))
        assert(select(2, load("", "", "b")):find("only text"))
        assert(not pcall(dofile, ".build/bytecode.lua"))
        package.path = ".build/?.lua"
        local ok, m = pcall(require, "bytecode")
        assert(not ok and m:find("binary chunk"), m)
        assert(load("return ...", "c", "t", {})(5) == 5)
        assert(load("x = 1; return x", "c", nil, {})() == 1 and x == nil)
        os.remove(".build/bytecode.lua")
        """)
    }

    @Test func noWayToTheInside() throws {
      let interpreter = try makeInterpreter()
      try interpreter.run(
        """
        assert(debug.getregistry == nil and debug.sethook == nil and debug.getmetatable == nil)
        assert(require("debug") == debug and package.loaded.debug == debug and debug.traceback)
        local p = bl.noun.probe()
        assert(getmetatable(p) == "probe")
        assert(not pcall(setmetatable, p, {}))
        assert(#package.searchers == 3 and package.cpath == "")
        """)
    }

    @Test func messagesNameTheScriptsLine() throws {
      let interpreter = try makeInterpreter()
      #expect(
        failure("\nload({})", in: interpreter).hasPrefix("test.lua:2: bad argument #1 to 'load'"))
      #expect(
        failure("\nio.open()", in: interpreter).hasPrefix("test.lua:2: bad argument #1 to 'open'"))
    }

    @Test func trustedScriptsMayAll() throws {
      let interpreter = try makeInterpreter(trusted: true)
      try interpreter.run(
        """
        assert(os.execute("true") and string.dump(print == nil and print or function() end))
        assert(debug.getregistry)
        local name = os.tmpname() io.open(name, "w"):close() os.remove(name)
        """)
    }
  }
}
