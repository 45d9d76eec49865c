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
      try make(ConjugateGradient.self, [:]) == "conjugate_gradient { max_iterations = 2000 }")
    #expect(try make(Implicit.self, [:]).contains("bound = \"estimated\""))
  }

  @Test func misuseIsAnError() {
    #expect(throws: (any Error).self) {
      try make(Implicit.self, ["correct": .boolean(true), "bound": .string("none")])
    }
    #expect(throws: (any Error).self) { try make(FISTA.self, ["restart": .string("always")]) }
    #expect(throws: (any Error).self) { try make(FISTA.self, ["max_iterations": .integer(0)]) }
  }
}
