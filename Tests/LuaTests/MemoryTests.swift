import Lua
import Script
import Testing

extension LuaTests {
  @Suite struct MemoryTests {
    private static let mebibyte = 1 << 20

    @Test func everyObjectIsReleasedOnce() throws {
      do {
        let interpreter = try makeInterpreter()
        try interpreter.run(
          """
          for i = 1, 1000 do local p = bl.noun.probe(100) end
          kept = bl.noun.probe(1)
          do local closed <close> = bl.noun.probe(7) end
          """)
        interpreter.collectGarbage()
        #expect(Probe.living == 1)
        #expect(interpreter.externalByteCount == 1)
      }
      #expect(Probe.living == 0)
    }

    @Test func closedObjectsSaySo() throws {
      let interpreter = try makeInterpreter()
      #expect(
        failure(
          "local p do local q <close> = bl.noun.probe() p = q end return p.size", in: interpreter)
          == "test.lua:1: probe: the object is closed")
    }

    @Test func theCollectorKeepsPaceWithExternalMemory() throws {
      let interpreter = try makeInterpreter()
      // Each iteration claims 1 MiB; without pacing thousands would be alive.
      let peak = try interpreter.run(
        """
        local peak = 0
        for i = 1, 3000 do
          local p = bl.noun.probe(1 << 20)
          peak = math.max(peak, living())
        end
        return peak
        """.replacingLiving(interpreter))
      #expect((peak[0].asInteger ?? .max) <= 16)
    }

    @Test func theLimitHolds() throws {
      let interpreter = try makeInterpreter(memory: 20 * MemoryTests.mebibyte)
      #expect(
        failure("local t = {} while true do t[#t + 1] = ('x'):rep(100) .. #t end", in: interpreter)
          == "not enough memory (the limit is 20 MiB)")
      #expect(try interpreter.run("return bl.add(1, 2)")[0].asNumber == 3)
      #expect(
        failure(
          "local t = {} while true do t[#t + 1] = bl.noun.probe(1 << 20) end", in: interpreter
        )
        .hasSuffix("not enough memory (the limit is 20 MiB)"))
      interpreter.collectGarbage()
      #expect(Probe.living <= 1)
      #expect(interpreter.heapByteCount < 2 * MemoryTests.mebibyte)
    }

    @Test func aLimitPassedInsideSwiftIsRaisedAfterwards() throws {
      let interpreter = try makeInterpreter(memory: 20 * MemoryTests.mebibyte)
      try interpreter.setGlobal(
        "big",
        .function(
          NativeFunction("big") { _ in
            [.list(Array(repeating: .string("element"), count: 2_000_000))]
          }))
      #expect(failure("return #big()", in: interpreter).contains("not enough memory"))
      #expect(try interpreter.run("return bl.add(1, 2)")[0].asNumber == 3)
    }

    @Test func functionsReleasedElsewhereAreForgotten() throws {
      let interpreter = try makeInterpreter()
      for _ in 0..<1000 {
        _ = try interpreter.run("local big = ('x'):rep(10000) return function() return big end")
      }
      try interpreter.run("")
      interpreter.collectGarbage()
      #expect(interpreter.heapByteCount < 2 * MemoryTests.mebibyte)
    }

    @Test func aFunctionOutlivesItsInterpreterHarmlessly() throws {
      var interpreter: Interpreter? = try makeInterpreter()
      guard case .function(let function)? = try interpreter?.run("return function() end").first
      else { return }
      interpreter = nil
      #expect(throws: ScriptError.self) { try function.call([]) }
    }
  }
}

extension String {
  /// Installs the counter of living probes that the script asks for.
  func replacingLiving(_ interpreter: Interpreter) throws -> String {
    try interpreter.setGlobal(
      "living", .function(NativeFunction("living") { _ in [.integer(Probe.living)] }))
    return self
  }
}
