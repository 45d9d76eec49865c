import Imaging
import Script

extension RunSession {
  /// Writes the page about the run, by default as `report.html` in its folder; answers where it is.
  @discardableResult
  public func report(to path: String? = nil) throws -> String {
    if isOpen { try flush() }
    let name = "report.html"
    let path = path ?? folder + "/" + name
    let run = try store.run(matching: id)
    try Report(of: [run], in: store).save(to: path)
    if path == folder + "/" + name {
      let artefact = ArtefactRecord(kind: "report", name: "report", file: name, index: position)
      try store.add(artefact, to: id)
    }
    return path
  }

  /// What scripts see of it.
  static var reporting: [Member] {
    Member.shared(by: RunSession.self) {
      Method(
        "report", "Writes one HTML page about the run that needs no other file and no network.",
        Argument("path", .optional(.outputPath), "where to; report.html in its folder when absent"),
        returns: "the path of the page",
        details: """
          The page shows the loss against cost and time with its bounds, accuracies, hypergradients and \
          steps, how cost and time were spent, images that were kept with run:image side by side, \
          plots, facts and the script. 'bilevel-lua runs report' makes it from the record, of several \
          runs as well.
          """,
        example: "run:report()"
      ) { run, path in try run.report(to: path) }
    }
  }
}
