import Lua
import Script
import Testing

extension LuaTests {
  @Suite struct BorderTests {
    @Test func valuesCrossBothWays() throws {
      let interpreter = try makeInterpreter()
      let results = try interpreter.run(
        """
        local t = bl.echo { 1, 2.5, "x", true, n = { 3 } }
        return t[1], t[2], t[3], t[4], t.n[1], math.type(t[1]), bl.several()
        """)
      #expect(
        results.map(\.description) == [
          "1", "2.5", "\"x\"", "true", "3", "\"integer\"", "1", "\"two\"", "true",
        ])
    }

    @Test func methodsOperatorsAndElements() throws {
      let interpreter = try makeInterpreter()
      try interpreter.run(
        """
        local s = bl.noun.sequence { 1, 2, 3 }
        assert(#s == 3 and s[2] == 2 and s[9] == nil and s(3) == 3)
        s[2] = 20
        local sum = s + 1
        assert(sum[2] == 21 and (1 + s)[1] == 2 and (-s)[3] == -3)
        assert(s:push(4) == s and #s == 4)
        local total = 0
        for x in s:each() do total = total + x end
        assert(total == 28)
        for i, x in ipairs(s) do total = total - x end
        assert(total == 0)
        assert(tostring(s) == "sequence { 1, 20, 3, 4, scale = 1 }", tostring(s))
        local p = bl.noun.probe(5)
        assert(p == p:same() and p ~= bl.noun.probe(5) and p.size == 5)
        """)
    }

    @Test func functionsCrossBothWays() throws {
      let interpreter = try makeInterpreter()
      let results = try interpreter.run(
        "local p = bl.noun.probe() return p:call(function(a, b) return a + 2 * b end), function(x) return x + 1 end"
      )
      #expect(results[0].asNumber == 5)
      guard case .function(let function) = results[1] else { return }
      #expect(try function(2) == 3)
    }

    @Test func aFunctionThatAnswersTheWrongThing() throws {
      let interpreter = try makeInterpreter()
      #expect(
        failure("bl.noun.probe():call(function() return 'x' end)", in: interpreter)
          == "test.lua:1: result of the script's function: 'value' must be a number, got \"x\"")
    }

    @Test func nestedCallsKeepTheOriginalError() throws {
      let interpreter = try makeInterpreter()
      let results = try interpreter.run(
        """
        local ok, e = pcall(bl.each, 1, function() bl.each(1, function() error({ code = 7 }) end) end)
        return ok, e.code
        """)
      #expect(results.map(\.description) == ["false", "7"])
      do {
        try interpreter.run(
          """
          local function inner() local x = nil; return x.y end
          bl.each(1, function()
            bl.each(1, inner)
          end)
          """, name: "nested.lua")
        Issue.record("no error")
      } catch let failure as ScriptFailure {
        #expect(failure.message == "nested.lua:1: attempt to index a nil value (local 'x')")
        #expect(failure.traceback.contains("nested.lua:3: in function <nested.lua:2>"))
        #expect(failure.traceback.hasSuffix("nested.lua:2: in main chunk"))
      }
    }

    @Test func recursionThroughTheBorderEnds() throws {
      let interpreter = try makeInterpreter()
      let message = failure("local function f() bl.each(1, f) end f()", in: interpreter)
      #expect(message.contains("overflow"))
      #expect(try interpreter.run("return bl.add(1, 2)")[0].asNumber == 3)
      #expect(
        failure("local function f() return 1 + f() end f()", in: interpreter).contains(
          "stack overflow"))
    }

    @Test func coroutines() throws {
      let interpreter = try makeInterpreter()
      try interpreter.run(
        """
        local co = coroutine.wrap(function()
          for i = 1, 3 do coroutine.yield(bl.add(i, 1)) end
          return "end"
        end)
        assert(co() == 2 and co() == 3 and co() == 4 and co() == "end")
        local ok, e = coroutine.resume(coroutine.create(function() bl.noun.probe():fail() end))
        assert(not ok and e:find("it failed"), e)
        local failing = coroutine.wrap(function() error("inside") end)
        local ok, e = pcall(failing)
        assert(not ok and e:find("inside"))
        local ok, e = pcall(coroutine.wrap(function() bl.each(1, coroutine.yield) end))
        assert(not ok and e:find("yield across"), e)
        -- yields pass through pcall
        local through = coroutine.wrap(function() return pcall(function() return coroutine.yield(1) end) end)
        assert(through() == 1 and through(5) == true)
        assert(select("#", xpcall(function(...) return ... end, print, 1, 2)) == 3)
        """)
    }

    @Test func hostileTables() throws {
      let interpreter = try makeInterpreter()
      #expect(
        failure("local t = {} t.t = t bl.echo(t)", in: interpreter)
          == "test.lua:1: bl.echo: the table is nested too deeply")
      #expect(
        failure("local t = {} for i = 1, 23 do t = { t, t, t, t } end bl.echo(t)", in: interpreter)
          .contains("too many elements"))
      #expect(
        failure("bl.echo { [1.5] = 2 }", in: interpreter).contains("no name and no index (1.5)"))
      #expect(
        failure("bl.echo(coroutine.create(print))", in: interpreter).contains("cannot be passed"))
      #expect(failure("bl.echo(io.stdout)", in: interpreter).contains("foreign library"))
      try interpreter.run("setmetatable(_G, { __index = error }) bl.echo {} setmetatable(_G, nil)")
    }
  }
}
