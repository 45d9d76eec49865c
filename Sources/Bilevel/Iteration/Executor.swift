/// Who solves the samples: the seam behind which threads, processes and devices sit.
///
/// Laws: results come in sample order and do not depend on the number of workers; the error thrown is
/// that of the first failing sample; `Interruption` is thrown when the user's wish to stop left samples
/// undone.
public protocol Executor: Sendable {
  /// Samples worked on at a time.
  var workers: Int { get }
  /// The results of `body` for samples 0, 1, …, count − 1, each computed from start to end by one
  /// worker with the workspace of that worker.
  func map<Result: Sendable>(
    _ count: Int, _ body: @Sendable (Int, Workspace) throws -> Result
  ) throws -> [Result]
}

extension Executor {
  /// Workers that may share one sample, by strips, when there are fewer samples than workers.
  public func workersPerSample(_ count: Int) -> Int {
    count == 0 ? 1 : max(1, workers / count)
  }
}
