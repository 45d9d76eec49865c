import Script
import Testing

@Suite struct ManualTests {
  @Test func pageOfAType() {
    let page = Manual.page(of: GaussianNoise.declaration, title: "bl.noise.gaussian")
    #expect(
      page.hasPrefix(
        """
        bl.noise.gaussian { … }

        Adds independent normal noise.

        Arguments
          sigma     standard deviation (a number >= 0, in image units; default 0.1)
          seed      key of the noise; drawn when absent (an integer)
          boundary  what lies outside ("zero", "reflect" or "periodic"; default "reflect")
        """))
    #expect(page.contains("  :scale(factor)  A multiple. → a gaussian"))
    #expect(page.contains("  .variance  σ²"))
    #expect(page.contains("Example\n  bl.noise.gaussian { sigma = 0.1 }"))
    #expect(page.hasSuffix("Source\n  Gauss 1809"))
  }

  @Test func groupsOfOneNameBecomeOne() {
    let library = Group(
      "bl", "All.",
      [
        .group("noise", "Noise.", [.type(GaussianNoise.self)]),
        .group("noise", "", [.type(Counter.self)]),
        .function(Function("seed", "Sets the seed.", Argument("n", .integer, "the seed")) { _ in }),
      ])
    #expect(library.entries.map(\.name) == ["noise", "seed"])
    let text = Manual.markdown(of: library, introduction: "What scripts see.")
    #expect(text.contains("## `bl.seed`"))
    #expect(text.contains("## `bl.noise`\n\nNoise."))
    #expect(text.contains("### `bl.noise.counter`"))
  }
}
