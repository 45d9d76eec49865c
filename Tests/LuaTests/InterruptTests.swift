import CPlatform
import Lua
import Script
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension LuaTests {
  /// Ctrl-C, as the terminal sends it.
  @Suite struct InterruptTests {
    /// Runs the text, presses Ctrl-C after 50 ms, and answers the error.
    private func interrupting(_ text: String, in interpreter: Interpreter) -> ScriptFailure? {
      interpreter.rearmInterrupt()
      var thread = pthread_t()
      pthread_create(
        &thread, nil,
        { _ in
          usleep(50_000)
          kill(getpid(), SIGINT)
          return nil
        }, nil)
      defer { pthread_join(thread, nil) }
      do { try interpreter.run(text, name: "test.lua") } catch { return error as? ScriptFailure }
      return nil
    }

    @Test(arguments: [
      "while true do end",
      "local t = setmetatable({}, { __index = function(t, k) return k end }) while true do local x = t[1] end",
      "while true do pcall(function() while true do end end) end",
      "while true do xpcall(function() while true do end end, print) end",
      "coroutine.wrap(function() while true do end end)()",
      "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
      "local a = coroutine.wrap(function() while true do coroutine.yield() end end) while true do a() end",
      "while true do bl.add(1, 2) end",
      "bl.each(1, function() while true do end end)",
      "while true do bl.each(1000, function() end) end",
      "work()",
    ])
    func stopsAtOnce(_ text: String) throws {
      let interpreter = try makeInterpreter(interrupts: true)
      try interpreter.setGlobal(
        "work",
        .function(
          NativeFunction("work") { _ in
            while !platform_stop_requested() { usleep(100) }
            return []
          }))
      let start = platform_seconds()
      let failure = interrupting(text, in: interpreter)
      #expect(failure?.isInterrupt == true)
      #expect(failure?.message == "interrupted")
      #expect(platform_seconds() - start < 5)
      interpreter.rearmInterrupt()
      #expect(try interpreter.run("return bl.add(1, 2)")[0].asNumber == 3)
    }

    @Test func closesWhatIsToBeClosed() throws {
      let interpreter = try makeInterpreter(interrupts: true)
      let failure = interrupting(
        """
        local guard <close> = setmetatable({}, { __close = function() for i = 1, 1000 do saved = i end end })
        while true do end
        """, in: interpreter)
      #expect(failure?.isInterrupt == true)
      #expect(try interpreter.run("return saved")[0].asInteger == 1000)
    }

    @Test func comesTooLate() throws {
      let interpreter = try makeInterpreter(interrupts: true)
      #expect(interrupting("", in: interpreter) == nil)
      interpreter.rearmInterrupt()
      #expect(try interpreter.run("for i = 1, 1000 do bl.add(i, i) end return 1")[0].asInteger == 1)
    }
  }
}
