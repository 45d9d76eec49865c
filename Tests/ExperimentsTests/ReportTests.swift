import Experiments
import Imaging
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct ReportTests {
  private let sample: SampleStore

  init() throws { sample = try SampleStore() }

  @Test func nothingOfARunIsMarkup() throws {
    let page = try Report(of: [sample.addRun("a"), sample.addRun("b")], in: sample.store).page()
    // The data and the page's own script, and no other.
    #expect(page.ranges(of: "<script").count == 2)
    #expect(page.ranges(of: "</script").count == 2)
    #expect(!page.contains("<img"))
    #expect(page.contains("\\u003c/script>\\u003cscript>window.pwned"))
    #expect(!page.contains("{{"))
  }

  @Test func itNeedsNothingFromElsewhere() throws {
    let page = try Report(of: [sample.addRun("a")], in: sample.store).page()
    for word in ["https://", "<link rel=\"stylesheet", "@import", "src=\"/"] {
      #expect(!page.contains(word))
    }
    // SVG's vocabulary has a name, which is no address, and clips by parts of the page itself.
    let names = page.ranges(of: "http://www.w3.org/2000/svg").count
    #expect(page.ranges(of: "http://").count == names)
    #expect(page.ranges(of: "url(").count == page.ranges(of: "url(#").count)
    #expect(page.contains("default-src 'none'; script-src 'sha256-"))
  }

  @Test func picturesAreInsideAndOtherFilesAreNot() throws {
    let page = try Report(of: [sample.addRun("a")], in: sample.store).page()
    #expect(page.ranges(of: "\"data:image/png;base64,iVBORw0KGgo").count == 3)
    #expect(!page.contains(Base64.encode(Array("secret".utf8))))
  }

  @Test func filesOutsideOfTheRunsFolderAreNotRead() throws {
    let run = try sample.addRun("a")
    let image = try FileBytes.read("\(sample.store.directory)/a/images/0.png")
    try AtomicFile.write(image, to: sample.folder.path + "/outside.png")
    let stray = ArtefactRecord(kind: "image", name: "stray", file: "../../outside.png", index: 1)
    try sample.store.add(stray, to: "a")
    let folder = "\(sample.store.directory)/a/images"
    #expect(symlink(sample.folder.path + "/outside.png", folder + "/link.png") == 0)
    let link = ArtefactRecord(kind: "image", name: "stray", file: "images/link.png", index: 1)
    try sample.store.add(link, to: "a")
    let page = try Report(of: [run], in: sample.store).page()
    #expect(!page.contains("stray"))
  }

  @Test func longLogsAreThinnedAndSaySo() throws {
    let run = try sample.addRun("a", lines: 12_345)
    let page = try Report(of: [run], in: sample.store).page()
    #expect(page.contains("\"thinned\":12345"))
    let column = try #require(page.firstRange(of: "\"index\":["))
    let numbers = page[column.upperBound...].prefix { $0 != "]" }.split(separator: ",")
    #expect(numbers.count <= 4000 && numbers.count > 3000)
    #expect(numbers.first == "1" && numbers.last == "12345")
  }

  @Test func numbersThatNoChartCanShowAreNull() throws {
    let page = try Report(of: [sample.addRun("a", lines: 2)], in: sample.store).page()
    #expect(page.contains("\"gradient_bound\":[null,0.1]"))
    #expect(page.contains("\"delta\":[null,null]"))
  }

  @Test(
    .enabled(if: Browser.isInstalled, "chromium and python3 are not installed"),
    arguments: [1, 3])
  func itWorksInABrowser(_ count: Int) throws {
    let runs = try (1...count).map { try sample.addRun("run-2026-\($0)") }
    let path = sample.folder.path + "/report.html"
    try Report(of: runs, in: sample.store).save(to: path)
    #expect(try Browser.run("report_page.py", [path, "\(count)"]) == 0)
  }
}

/// The checks that a headless browser makes.
enum Browser {
  static var isInstalled: Bool {
    Program.isInstalled("python3")
      && (Program.isInstalled("chromium") || Program.isInstalled("chromium-browser"))
  }

  static func run(_ script: String, _ arguments: [String]) throws -> Int32 {
    try Program.run(installed: "python3", [Fixture.root + "/Tests/Browser/" + script] + arguments)
  }
}
