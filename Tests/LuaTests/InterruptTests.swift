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
    private func interrupting(
      _ text: String, in interpreter: Interpreter, afterMicroseconds delay: Int = 50_000
    ) -> ScriptFailure? {
      interpreter.rearmInterrupt()
      var thread = pthread_t()
      pthread_create(
        &thread, nil,
        { delay in
          usleep(UInt32(Int(bitPattern: delay)))
          kill(getpid(), SIGINT)
          return nil
        }, UnsafeMutableRawPointer(bitPattern: delay))
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

    /// An interpreter with a counter, and with a list of what loops have seen of it.
    private func counting(_ counter: Counter) throws -> Interpreter {
      let interpreter = try makeInterpreter(interrupts: true)
      try interpreter.setGlobal("counter", .object(counter))
      try interpreter.run("seen = {}")
      return interpreter
    }

    @Test(
      "What is on its way to a loop when Ctrl-C comes is handed out again",
      arguments: [
        "for k in counter do see(k) end",
        "while true do see(counter()) end",
        "while true do see(select(3, pcall(pcall, counter))) end",
        "local function next() return counter() end for k in next do see(k) end",
        "coroutine.wrap(function() for k in counter do see(k) end end)()",
        "for k in coroutine.wrap(function() for k in counter do coroutine.yield(k) end end) do see(k) end",
        "while true do see(coroutine.wrap(function() return counter() end)()) end",
      ])
    func loopsLoseNothing(_ loop: String) throws {
      let counter = Counter()
      let interpreter = try counting(counter)
      try interpreter.run(
        "function see(k) seen[#seen + 1] = k if k == 20 then error('enough', 0) end end")
      for interruption in [1, 2, 7, 20] {
        counter.interruption = interruption
        interpreter.rearmInterrupt()
        let failure = #expect(throws: ScriptFailure.self) { try interpreter.run(loop) }
        #expect(failure?.isInterrupt == true)
        #expect(counter.acknowledged == interruption - 1)
      }
      interpreter.rearmInterrupt()
      #expect(throws: ScriptFailure.self) { try interpreter.run(loop) }
      try interpreter.run("for i, k in ipairs(seen) do assert(k == i) end")
      #expect(try interpreter.run("return #seen")[0].asInteger == 20)
    }

    @Test func answersOfTheProgramAreHandedOutOnce() throws {
      let interpreter = try counting(Counter())
      for k in 1...3 {
        interpreter.rearmInterrupt()
        #expect(try interpreter.run("return counter()")[0].asInteger == k)
      }
    }

    @Test func debuggersKeepTheirHook() throws {
      let counter = Counter()
      let interpreter = try makeInterpreter(trusted: true, interrupts: true)
      try interpreter.setGlobal("counter", .object(counter))
      let lines = try interpreter.run(
        """
        local lines = 0
        debug.sethook(function() lines = lines + 1 end, 'l')
        for k in counter do
          if k == 5 then break end
        end
        return lines
        """)[0].asInteger
      #expect((lines ?? 0) > 10)
      #expect(counter.acknowledged == 5)
    }

    @Test("A loop has what was acknowledged, and nothing else, at whatever moment Ctrl-C comes")
    func isExact() throws {
      let counter = Counter()
      let interpreter = try counting(counter)
      try interpreter.run("last = 0")
      for round in 0..<400 {
        // The body is one instruction.
        let failure = interrupting(
          "for k in counter do last = k end", in: interpreter,
          afterMicroseconds: 1 + 13 * round % 500)
        #expect(failure?.isInterrupt == true)
        interpreter.rearmInterrupt()
        #expect(try interpreter.run("return last")[0].asInteger == counter.acknowledged)
      }
    }

    @Test func comesTooLate() throws {
      let interpreter = try makeInterpreter(interrupts: true)
      #expect(interrupting("", in: interpreter) == nil)
      interpreter.rearmInterrupt()
      #expect(try interpreter.run("for i = 1, 1000 do bl.add(i, i) end return 1")[0].asInteger == 1)
    }
  }
}
