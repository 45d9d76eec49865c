import Script
import Testing

@Suite struct DescriptionReaderTests {
  private func read(_ text: String) throws -> GaussianNoise? {
    try DescriptionReader.object(text, among: [GaussianNoise.declaration]) as? GaussianNoise
  }

  @Test func readsWhatObjectsPrint() throws {
    let noises = [
      GaussianNoise(), GaussianNoise(sigma: 1e-300, seed: -3, boundary: .periodic, sizes: [1]),
      GaussianNoise(sigma: 12345678, seed: 7, boundary: .zero, sizes: []),
    ]
    for noise in noises {
      #expect(try read(Value.object(noise).description) == noise)
    }
    #expect(try read("gaussian { sigma = 2, seed = <too much to show> }")?.sigma == 2)
    #expect(try read("gaussian") == GaussianNoise())
  }

  @Test(arguments: [
    "", "laplacian { }", "gaussian { sigma = }", "gaussian { sigma = 1", "gaussian { sigma = 1 } x",
    "gaussian { sigma = nan }", "gaussian { boundary = \"zero }", "gaussian { sigma = os.exit() }",
    "gaussian { seed = <", "3", "{ }", "gaussian " + String(repeating: "{ sizes = ", count: 99),
  ])
  func refusesOtherTexts(_ text: String) {
    #expect(throws: ScriptError.self) { try read(text) }
  }

  @Test func wrongArgumentsAreNamed() {
    let error = #expect(throws: ScriptError.self) { try read("gaussian { sigma = -1 }") }
    #expect(error?.description == "gaussian: 'sigma' must be a number >= 0, got -1")
  }
}

@Suite struct DescriptionTests {
  @Test func objectsOfSeveralLinesTakeOne() {
    let inside = Value.record(["poem": .object(Poem(lines: 2)), "title": .object(Poem(lines: 1))])
    let text = inside.description
    #expect(text.hasPrefix("{ poem = <line 1 #"), "\(text)")
    #expect(text.hasSuffix(">, title = line 1 }"), "\(text)")
    #expect(text != Value.record(["poem": .object(Poem(lines: 3))]).description)
    #expect(Value.record(["all": .summary("7 lines")]).description == "{ all = <7 lines> }")
  }

  private struct Poem: Scriptable {
    let lines: Int
    static let declaration = Declaration(Poem.self, "poem", "Lines.") {
      Text<Poem> { poem in (1...poem.lines).map { "line \($0)" }.joined(separator: "\n") }
    }
  }
}
