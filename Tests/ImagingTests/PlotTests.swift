import Imaging
import Script
import TestSupport
import Testing

@Suite struct PlotTests {
  private static let hasGnuplot = Program.isInstalled("gnuplot")

  private func plot() -> Plot {
    var curve = Plot.Curve("MAID", x: [1, 10, 100, 1000], y: [9, 3, .nan, 1])
    curve.band = (lower: [8, -1, 1, 0.9], upper: [10, 4, 2, 1.1])
    var frame = Plot.Frame()
    (frame.title, frame.xLabel, frame.yLabel, frame.logarithmic) = ("loss", "cost", "loss", .xy)
    return Plot([curve, Plot.Curve("fixed", x: [1, 1000], y: [9, 4])], frame)
  }

  @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"))
  func plotsAreSavedInThreeFormats() throws {
    let folder = try TemporaryFolder()
    for name in ["p.svg", "p.png", "p.pdf"] { try plot().save(to: folder.path + "/" + name) }
    let svg = String(decoding: try FileBytes.read(folder.path + "/p.svg"), as: UTF8.self)
    #expect(svg.contains("<svg") && svg.contains(">MAID<") && svg.contains(">fixed<"))
    #expect(try ImageFile.read(folder.path + "/p.png").shape == [3, 500, 800])
    #expect(try FileBytes.read(folder.path + "/p.pdf").starts(with: "%PDF".utf8))
    #expect(folder.names == ["p.pdf", "p.png", "p.svg"])
  }

  @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"))
  func aPlotIsTheSameEachTime() throws {
    let folder = try TemporaryFolder()
    for suffix in ["svg", "png", "pdf"] {
      try plot().save(to: folder.path + "/a." + suffix)
      try plot().save(to: folder.path + "/b." + suffix)
      let files = try ["a.", "b."].map { try FileBytes.read(folder.path + "/" + $0 + suffix) }
      #expect(files[0] == files[1], "\(suffix)")
    }
  }

  /// What gnuplot would run, expand or take for the end of a string, were it not quoted.
  static let hostile = [
    "`touch pwned`", "\"`touch pwned`\"", "'`touch pwned`'", "'.system('touch pwned').'",
    "'; system('touch pwned'); '", "x'\nsystem('touch pwned')\n'", "x\\", "x\\'", "@pwned",
    "$curve0",
    "'\r!touch pwned", "x\u{0}y", "END\nsystem('touch pwned')", "</text><script>alert(1)</script>",
    "\u{85}!touch pwned", "\u{2028}!touch pwned", "'''a'''", "x'.`touch pwned`.'y", "x # comment",
    "{/=40 a_b^c}", "%s%n", "''",
    "'", "\"",
  ]

  @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"), arguments: hostile)
  func textIsNeverACommand(_ text: String) throws {
    let folder = try TemporaryFolder()
    var plot = plot()
    plot.frame.title = text
    plot.frame.xLabel = text
    plot.frame.yLabel = text
    plot.curves[0].label = text
    try plot.save(to: folder.path + "/p.svg")
    let svg = String(decoding: try FileBytes.read(folder.path + "/p.svg"), as: UTF8.self)
    #expect(!svg.contains("<script"))
    #expect(svg.contains(">fixed<"))
    #expect(try plot.drawing(in: Terminal(.characters)).contains("fixed"))
    #expect(!Folder.exists(at: "pwned") && (try? FileBytes.read("pwned")) == nil)
  }

  @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"))
  func whatIsSeenOfAHostileTitleIsItsText() throws {
    let folder = try TemporaryFolder()
    var plot = plot()
    plot.frame.title = "a_b `c` 'd' \"e\" {f} \\n @g"
    try plot.save(to: folder.path + "/p.svg")
    let svg = String(decoding: try FileBytes.read(folder.path + "/p.svg"), as: UTF8.self)
    #expect(svg.contains("a_b `c` 'd' \"e\" {f} \\n @g"))
  }

  @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"))
  func plotsAreShownInEveryTerminal() throws {
    #expect(try plot().drawing(in: Terminal(.kitty)).hasPrefix("\u{1B}_G"))
    #expect(try plot().drawing(in: Terminal(.sixel)).hasPrefix("\u{1B}Pq"))
    #expect(try plot().drawing(in: Terminal(.blocks)).contains("\u{1B}[38;2;"))
    let lines = try plot().drawing(in: Terminal(.characters, columns: 60, rows: 20))
      .split(separator: "\n")
    #expect(lines.contains { $0.contains("MAID") })
    #expect(lines.allSatisfy { $0.count < 60 && !$0.contains("\u{1B}") })
  }

  @Test func whatCannotBeDrawnIsSaid() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/p.svg"
    var frame = Plot.Frame()
    frame.logarithmic = .y
    let negative = Plot([Plot.Curve(x: [1, 2], y: [-1, 0])], frame)
    let error = #expect(throws: ScriptError.self) { try negative.save(to: path) }
    #expect(error?.description.contains("positive coordinates") == true)
    #expect(throws: ScriptError.self) {
      try Plot([Plot.Curve(x: [1], y: [.infinity])]).save(to: path)
    }
    #expect(throws: FileError.self) { try plot().save(to: folder.path + "/p.gif") }
    #expect(folder.names.isEmpty)
  }
}
