import Imaging
import Script
import Tensors
import TestSupport
import Testing

@Suite struct TerminalTests {
  /// Black, white; red, green; blue without a partner.
  private let colours = Tensor(
    [0, 1, 1, 0, 0, 0] + [0, 1, 0, 1, 0, 0] + [0, 1, 0, 0, 1, 1], shape: [3, 3, 2])

  private func graphics(_ environment: [String: String], isTerminal: Bool = true)
    -> Terminal.Graphics
  {
    Terminal.graphics(isTerminal: isTerminal) { environment[$0] }
  }

  @Test func theEnvironmentDecidesHowPicturesAreDrawn() {
    #expect(graphics(["TERM": "xterm-256color"]) == .blocks)
    #expect(graphics(["TERM": "xterm-kitty"]) == .kitty)
    #expect(graphics(["TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"]) == .kitty)
    #expect(graphics(["TERM": "foot"]) == .sixel)
    #expect(graphics(["TERM": "mlterm"]) == .sixel)
    #expect(graphics(["TERM": "tmux-256color", "TMUX": "x", "KITTY_WINDOW_ID": "1"]) == .blocks)
    #expect(graphics(["TERM": "dumb"]) == .characters)
    #expect(graphics([:]) == .characters)
    #expect(graphics(["TERM": "xterm-kitty", "NO_COLOR": "1"]) == .characters)
    #expect(graphics(["TERM": "xterm-kitty"], isTerminal: false) == .characters)
    #expect(graphics(["BILEVEL_GRAPHICS": "sixel"], isTerminal: false) == .sixel)
    #expect(graphics(["BILEVEL_GRAPHICS": "nonsense", "TERM": "xterm"]) == .blocks)
  }

  @Test func halfBlocksShowTwoRowsOfPixelsALine() throws {
    let text = try Terminal(.blocks).drawing(of: colours)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].contains("\u{1B}[38;2;0;0;0m\u{1B}[48;2;255;0;0m▀"))
    #expect(lines[0].hasSuffix("\u{1B}[38;2;255;255;255m\u{1B}[48;2;0;255;0m▀\u{1B}[0m"))
    #expect(lines[1].filter { $0 == "▀" }.count == 2)
    #expect(!lines[1].contains("[48;"))
  }

  @Test func charactersAreDenserWhereTheImageIsBrighter() throws {
    let ramp = Tensor((0..<20).map { Double($0 % 10) / 9 }, shape: [1, 2, 10])
    #expect(try Terminal(.characters).drawing(of: ramp) == " .:-=+*#%@\n")
  }

  @Test func picturesAreMadeSmallerUntilTheyFit() throws {
    let large = Tensor(zeros: [1, 400, 1000])
    let lines = try Terminal(.characters, columns: 40, rows: 12).drawing(of: large)
      .split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    #expect(lines.count == 8)
    #expect(lines.allSatisfy { $0.count == 40 })
  }

  @Test func kittyIsSentAPNGFileInPieces() throws {
    let noise = GaussianNoise(sigma: 0.3, seed: 1).observed(
      Tensor(zeros: [1, 120, 120]), index: 0, epoch: 0)
    let text = try Terminal(.kitty).drawing(of: noise)
    let pieces = text.split(separator: "\u{1B}\\").dropLast()
    #expect(pieces.count > 1)
    #expect(pieces.first?.hasPrefix("\u{1B}_Ga=T,f=100,m=1;iVBORw0KGgo") == true)
    #expect(pieces.dropFirst().dropLast().allSatisfy { $0.hasPrefix("\u{1B}_Gm=1;") })
    #expect(pieces.last?.hasPrefix("\u{1B}_Gm=0;") == true)
    #expect(pieces.allSatisfy { $0.split(separator: ";")[1].count <= 4096 })
  }

  @Test func sixelsSayTheSameImage() throws {
    // Three rows of a grey ramp: one band, in which each column has its own level.
    let ramp = Tensor((0..<12).map { Double($0 % 4) / 3 }, shape: [1, 3, 4])
    let text = try Terminal(.sixel).drawing(of: ramp)
    let palette = [0, 33, 67, 100].map { "#\($0);2;\($0);\($0);\($0)" }.joined()
    #expect(text.hasPrefix("\u{1B}Pq\"1;1;4;3" + palette))
    #expect(text.contains("#0F???$#33?F??$#67??F?$#100???F-"))
    #expect(text.hasSuffix("\u{1B}\\\n"))
  }

  @Test func base64IsThatOfTheStandard() {
    let examples = [
      "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=",
    ]
    for (plain, encoded) in examples { #expect(Base64.encode(Array(plain.utf8)) == encoded) }
  }

  @Test func picturesAreSavedAsSVGAndPDFToo() throws {
    let folder = try TemporaryFolder()
    for name in ["x.png", "x.svg", "x.pdf"] {
      try Picture(colours).save(to: folder.path + "/" + name)
    }
    let svg = String(decoding: try FileBytes.read(folder.path + "/x.svg"), as: UTF8.self)
    let png = Base64.encode(try FileBytes.read(folder.path + "/x.png"))
    #expect(svg.contains("href=\"data:image/png;base64,\(png)\""))
    let pdf = try FileBytes.read(folder.path + "/x.pdf")
    #expect(pdf.starts(with: "%PDF-1.4\n".utf8))
    #expect(throws: FileError.self) { try Picture(colours).save(to: folder.path + "/x.gif") }
    #expect(folder.names == ["x.pdf", "x.png", "x.svg"])
  }
}
