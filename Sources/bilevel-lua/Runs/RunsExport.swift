import ArgumentParser
import Experiments
import Imaging

/// `bilevel-lua runs export ID --csv`.
struct RunsExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a run's log as text, exact to the last bit.")

  enum Format: String, EnumerableFlag {
    case csv
    case jsonl

    static func help(for value: Format) -> ArgumentHelp? {
      value == .csv ? "A table with a heading, comma-separated." : "One JSON object a line."
    }
  }

  @OptionGroup var place: RunsDirectory
  @Argument(help: "The run.") var id: String
  @Flag(help: "The format.") var format = Format.csv
  @Option(name: .shortAndLong, help: "The file to write; standard output when absent.")
  var output: String?

  func run() throws {
    let store = try place.store
    let steps = try store.steps(of: store.run(matching: id).id)
    let text = (format == .csv ? RunExport.csv : .jsonl).text(of: steps)
    guard let output else { return print(text, terminator: "") }
    try AtomicFile.write(Array(text.utf8), to: output)
  }
}
