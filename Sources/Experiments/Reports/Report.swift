import Imaging
import Script

/// One page about one run, or several in comparison, that needs no other file and no network.
public struct Report {
  private let store: RunStore
  private let runs: [RunRecord]

  /// A report of runs of one record, in their order.
  public init(of runs: [RunRecord], in store: RunStore) {
    precondition(!runs.isEmpty, "A report is about something.")
    (self.runs, self.store) = (runs, store)
  }

  /// The page, in HTML.
  public func page() throws -> String {
    let told = try runs.map { try ReportedRun($0, in: store).json }
    return ReportPage.text(
      data: "{\"live\":false,\"runs\":[\(told.joined(separator: ","))]}", isLive: false)
  }

  /// Writes the page to a file, whole or not at all.
  public func save(to path: String) throws {
    try AtomicFile.write(Array(try page().utf8), to: path)
  }
}
