import Bilevel
import Script
import Testing

@Suite struct MethodCatalogueTests {
  private func make(_ type: any Scriptable.Type, _ arguments: KeyValuePairs<String, Value>) throws
    -> String
  {
    let constructor = try #require(type.declaration.constructor)
    let results = try constructor.call([.record(arguments)], as: "bl.test")
    return try #require(results.first).description
  }

  @Test func descriptionsPrintTheirDefaults() throws {
    #expect(
      try make(FISTA.self, [:])
        == "fista { max_iterations = 10000, step = \"adaptive\", restart = \"none\" }")
    #expect(
      try make(GradientDescent.self, ["step": .string("certified")])
        == "gradient_descent { max_iterations = 10000, step = \"certified\" }")
    #expect(
      try make(ConjugateGradient.self, [:])
        == "conjugate_gradient { max_iterations = 2000, recycle = 0 }")
    #expect(
      try make(HeavyBall.self, [:])
        == "heavy_ball { max_iterations = 10000, step = \"certified\" }")
    #expect(
      try make(LBFGS.self, ["memory": .integer(3)])
        == "lbfgs { max_iterations = 10000, memory = 3, decrease = 0.0001, curvature = 0.9 }")
    #expect(
      try make(NMAPG.self, ["stop": .string("relative_change")])
        .contains("stop = \"relative_change\""))
    #expect(
      try make(LinearHeavyBall.self, ["step": .number(0.5)])
        == "heavy_ball { max_iterations = 10000, step = 0.5 }")
    #expect(try make(Implicit.self, [:]).contains("bound = \"estimated\""))
  }

  @Test func misuseIsAnError() {
    #expect(throws: (any Error).self) {
      try make(Implicit.self, ["correct": .boolean(true), "bound": .string("none")])
    }
    #expect(throws: (any Error).self) { try make(FISTA.self, ["restart": .string("always")]) }
    #expect(throws: (any Error).self) { try make(NMAPG.self, ["shrinking": .number(1)]) }
    #expect(throws: (any Error).self) { try make(LBFGS.self, ["decrease": .number(0.95)]) }
    #expect(throws: (any Error).self) { try make(LinearGradientDescent.self, ["step": .number(0)]) }
    #expect(throws: (any Error).self) { try make(LinearHeavyBall.self, ["momentum": .number(1)]) }
    #expect(throws: (any Error).self) { try make(FISTA.self, ["max_iterations": .integer(0)]) }
  }
}
