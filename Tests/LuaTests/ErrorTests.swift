import Lua
import Script
import Testing

extension LuaTests {
  /// What users read when they make a mistake.
  @Suite struct ErrorTests {
    @Test(arguments: [
      ("bl.noun.sequence { 1, scal = 2 }", "unknown argument 'scal' (did you mean 'scale'?)"),
      ("bl.noun.sequence { 1, scale = 0 }", "'scale' must be a number > 0, got 0"),
      ("bl.noun.sequence { 1, scale = 'x' }", "'scale' must be a number > 0, got \"x\""),
      ("bl.noun.sequence { 1, {} }", "'numbers[2]' must be a finite number, got a table"),
      ("bl.noun.sequence(7)", "the argument must be a table of named arguments, got 7"),
    ])
    func constructor(_ text: String, _ message: String) throws {
      let interpreter = try makeInterpreter()
      #expect(failure("\n" + text, in: interpreter) == "test.lua:2: bl.noun.sequence: " + message)
    }

    @Test(arguments: [
      ("bl.add(1)", "bl.add: 'b' is missing (a finite number)"),
      ("bl.add(1, 2, 3)", "bl.add: takes at most 2 arguments, got 3"),
      ("bl.nuon.sequence {}", "bl has no 'nuon' (did you mean 'noun'?)"),
      ("bl.noun.sequense {}", "bl.noun has no 'sequense' (did you mean 'sequence'?)"),
      (
        "bl.noun.probe().fail()",
        "probe:fail: call it with a colon, as in object:fail(…); its first argument must be a probe, got nil"
      ),
      ("bl.noun.probe():fail()", "it failed"),
      ("return bl.noun.probe().siz", "probe has no 'siz' (did you mean 'size'?)"),
      ("return bl.noun.probe()[1]", "probe has no elements (index 1)"),
      ("bl.noun.probe().size = 3", "probe: 'size' cannot be assigned"),
      ("return bl.noun.probe() + 1", "attempt to perform arithmetic on a probe value"),
      (
        "return bl.noun.sequence {} + 'x'",
        "sequence: +: 'right operand' must be a finite number or a sequence, got \"x\""
      ),
    ])
    func misuse(_ text: String, _ message: String) throws {
      let interpreter = try makeInterpreter()
      #expect(failure(text, in: interpreter) == "test.lua:1: " + message)
    }

    @Test func placesAreTheScripts() throws {
      let interpreter = try makeInterpreter()
      interpreter.moduleSource = {
        $0 == "bilevel.sample" ? "return { f = function(f) f() end }" : nil
      }
      do {
        try interpreter.run(
          """
          local sample = require "bilevel.sample"
          sample.f(function()
            bl.add("x", 1)
          end)
          """, name: "places.lua")
        Issue.record("no error")
      } catch let failure as ScriptFailure {
        #expect(failure.message == "places.lua:3: bl.add: 'a' must be a finite number, got \"x\"")
        #expect(
          failure.report.hasSuffix(
            "stack traceback:\n  places.lua:3: in local 'f'\n  places.lua:2: in main chunk"))
      }
      #expect(
        failure("pcall(bl.add) ; bl.add()", in: interpreter).hasPrefix(
          "test.lua:1: bl.add: 'a' is missing"))
    }

    @Test func errorObjects() throws {
      let interpreter = try makeInterpreter()
      #expect(failure("error({})", in: interpreter) == "(error object is a table value)")
      #expect(failure("error()", in: interpreter) == "(error object is a nil value)")
      #expect(
        failure(
          "error(setmetatable({}, { __tostring = function() return 'told' end }))", in: interpreter)
          == "told")
    }

    @Test func aTracebackIsOfItsOwnError() throws {
      let interpreter = try makeInterpreter()
      do {
        try interpreter.run(
          "pcall(bl.each, 1, function() error('same', 0) end)\n\nerror('same', 0)", name: "t.lua")
      } catch let failure as ScriptFailure {
        #expect(failure.report == "same\nstack traceback:\n  t.lua:3: in main chunk")
      }
    }

    @Test func syntax() throws {
      let interpreter = try makeInterpreter()
      #expect(failure("x = = 1", in: interpreter) == "test.lua:1: unexpected symbol near '='")
      #expect(interpreter.isIncomplete("for i = 1, 2 do"))
      #expect(interpreter.isIncomplete("bl.add(1,"))
      #expect(!interpreter.isIncomplete("1 + 1"))
      #expect(!interpreter.isIncomplete("x = = 1"))
    }

    @Test func help() throws {
      let interpreter = try makeInterpreter()
      let pages = try interpreter.run(
        """
        local said
        local function page(...) said = nil; help(...); return said end
        local results = {}
        for _, x in ipairs { bl, bl.noun, bl.add, bl.noun.sequence, bl.noun.sequence {}, "noun.probe", page } do
          results[#results + 1] = page(x) or "printed"
        end
        return table.unpack(results)
        """)
      #expect(pages.count == 7)
      #expect(failure("help('sequense')", in: interpreter).contains("no page 'sequense'"))
    }
  }
}
