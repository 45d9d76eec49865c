import ArgumentParser
import Experiments

/// `bilevel-lua runs report ID… [--output FILE]`.
struct RunsReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write one HTML page about a run, or about several in comparison.",
    discussion: """
      The page needs no other file and no network. For one run it is written into the run's folder \
      unless --output names another place; for several into the folder of the record.
      """)

  @OptionGroup var place: RunsDirectory
  @Argument(help: "The runs; the newest when none is named.") var ids: [String] = []
  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where to write the page.", valueName: "file.html"))
  var output: String?

  func run() throws {
    let store = try place.store
    let runs = try (ids.isEmpty ? ["last"] : ids).map { try store.run(matching: $0) }
    let usual = runs.count == 1 ? try store.folder(of: runs[0]) : store.directory
    let path = output ?? usual + (runs.count == 1 ? "/report.html" : "/comparison.html")
    try Report(of: runs, in: store).save(to: path)
    print("written: \(path)")
  }
}
