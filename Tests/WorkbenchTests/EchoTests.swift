import Lua
import Testing
import Workbench

@Suite struct EchoTests {
  private let interpreter: Interpreter

  init() throws {
    interpreter = try Interpreter()
    try Workbench.open(in: interpreter)
    interpreter.setGlobal("bl", toModule: "bilevel")
  }

  private func shown(_ text: String) throws -> String? {
    var shown: String?
    try interpreter.answer(text) { shown = $0 }
    return shown
  }

  @Test(arguments: [
    ("1 + 1", "2"), ("0.1", "0.1"), ("1e15", "1e+15"), ("2^53", "9.007199254741e+15"),
    ("'text'", "text"), ("nil", "nil"), ("1, nil, 'a'", "1\tnil\ta"), ("= 3", "3"),
    ("{}", "{}"), ("{ 1, 2, { 3 } }", "{ 1, 2, { 3 } }"),
    (
      "{ b = 1, a = 'x', [true] = 2, ['two words'] = 3, [7] = 4 }",
      "{ a = \"x\", b = 1, [\"two words\"] = 3, [7] = 4, [true] = 2 }"
    ),
    ("{ { { { { 1 } } } } }", "{ { { { {…} } } } }"),
    ("bl.noise.gaussian { sigma = 0.5, seed = 3 }", "gaussian { sigma = 0.5, seed = 3 }"),
    ("bl.optimizer.maid", "function bl.optimizer.maid"),
    ("bl.penalty", "bl.penalty: condition_number curvature l1 sampling squared_l2"),
    ("setmetatable({}, { __tostring = function() return 'own text' end })", "own text"),
  ])
  func values(_ text: String, _ expected: String) throws {
    #expect(try shown(text) == expected)
  }

  @Test func tensorsAreSummarized() throws {
    #expect(
      try shown("bl.tensor { { 1, 2 }, { 3, 4 } }")
        == "Tensor {2, 2} float64, from 1 to 4\n[[1 2]\n [3 4]]")
    #expect(
      try shown("bl.arange(1, 999, 1):reshape { 37, 27 }")
        == "Tensor {37, 27} float64, from 1 to 999\n[  1   2   3 ... 997 998 999]")
    #expect(
      try shown("bl.tensor { 1, 0 / 0 }")
        == "Tensor {2} float64, from 1 to 1, 1 not finite\n[  1 nan]")
  }

  @Test func cyclesAndLongTablesEnd() throws {
    #expect(try shown("(function() local t = {} t.t = t return t end)()") == "{ t = <cycle> }")
    let long = try shown("(function() local t = {} for i = 1, 1000 do t[i] = i end return t end)()")
    #expect(long?.contains("… (1000 elements)") == true)
    #expect((long?.split(separator: "\n").count ?? 0) < 40)
    let wide = try shown(
      "(function() local t = {} for i = 1, 5000 do t['k' .. i] = i end return t end)()")
    #expect(wide?.contains("… (5000 keys)") == true)
  }

  @Test func semicolonsKeepQuietAndTheLastAnswerStays() throws {
    #expect(try shown("21;") == nil)
    #expect(try shown("_ * 2") == "42")
    #expect(try shown("x = 5") == nil)
    #expect(try shown("_") == "42")
    #expect(try shown("'a;'") == "a;")
    #expect(try shown("7 -- not this one;") == "7")
    #expect(try shown("print") != nil)
  }

  @Test func blocksAreWaitedFor() throws {
    for text in ["for i = 1, 3 do", "{", "f(", "[[", "if x then\nelse", "return {"] {
      #expect(interpreter.isIncomplete(text), "\(text)")
    }
    for text in ["x = 1", "1 +* 2", "end", "?maid", "? ", "", "for i = 1, 3 do end"] {
      #expect(!interpreter.isIncomplete(text), "\(text)")
    }
  }

  @Test func errorsComeThrough() throws {
    let failure = #expect(throws: ScriptFailure.self) { _ = try shown("error('no')") }
    #expect(failure?.message == "stdin:1: no")
    let help = #expect(throws: ScriptFailure.self) { _ = try shown("?optimizers") }
    #expect(help?.message.contains("no page 'optimizers'") == true)
  }

  @Test func promptsMayBeSet() throws {
    #expect(interpreter.promptText("_PROMPT") == nil)
    try interpreter.run(
      "_PROMPT = 'bl> ' _PROMPT2 = setmetatable({}, { __tostring = function() return '.. ' end })")
    #expect(interpreter.promptText("_PROMPT") == "bl> ")
    #expect(interpreter.promptText("_PROMPT2") == ".. ")
  }
}
