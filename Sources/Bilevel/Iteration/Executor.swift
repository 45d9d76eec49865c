import CPlatform
import Dispatch
import Script
import Synchronization

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

/// Threads of this process, each taking the next sample when it is done with one.
///
/// Samples take different times, so the order of work is dynamic; no result depends on it.
public final class ThreadExecutor: Executor {
  /// What problems use unless told otherwise; follows `defaultThreads`.
  public static let shared = ThreadExecutor()

  private static let processWideThreads = Atomic(Int(platform_processor_count()))

  /// The process-wide number of threads: the processors at hand, until set.
  public static var defaultThreads: Int {
    get { processWideThreads.load(ordering: .relaxed) }
    set {
      precondition(newValue >= 1, "At least one thread is needed.")
      processWideThreads.store(newValue, ordering: .relaxed)
    }
  }

  private let threads: Int?
  private let idleWorkspaces = Mutex<[Workspace]>([])

  /// An executor with the given number of threads, or as many as `defaultThreads` says at each call.
  public init(threads: Int? = nil) {
    precondition(threads ?? 1 >= 1, "At least one thread is needed.")
    self.threads = threads
  }

  /// Threads in use.
  public var workers: Int { threads ?? Self.defaultThreads }

  /// Results in sample order; the error of the first failing sample.
  public func map<Result: Sendable>(
    _ count: Int, _ body: @Sendable (Int, Workspace) throws -> Result
  ) throws -> [Result] {
    let next = Atomic(0)
    let finished = Mutex(Finished<Result>(results: Array(repeating: nil, count: count)))
    let observer = SampleObservation.observer
    observer?.samples(finished: 0, of: count)
    @Sendable func work(_: Int) {
      let workspace = self.idleWorkspaces.withLock { $0.popLast() } ?? Workspace()
      defer { self.idleWorkspaces.withLock { $0.append(workspace) } }
      while !Interruption.isRequested {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if index >= count { return }
        do {
          let result = try body(index, workspace)
          let done = finished.withLock { $0.note(result, at: index) }
          observer?.samples(finished: done, of: count)
        } catch {
          // Samples are taken in order, so whatever precedes this one is being worked on.
          next.store(count, ordering: .relaxed)
          finished.withLock { $0.note(error, at: index) }
        }
      }
    }
    let workers = min(workers, count)
    if workers > 1 {
      DispatchQueue.concurrentPerform(iterations: workers, execute: work)
    } else {
      work(0)
    }
    return try finished.withLock { try $0.all() }
  }

  private struct Finished<Result> {
    var results: [Result?]
    var failure: (index: Int, error: any Error)?
    private var count = 0

    init(results: [Result?]) { self.results = results }

    /// Keeps a result and answers how many there are.
    mutating func note(_ result: Result, at index: Int) -> Int {
      results[index] = result
      count += 1
      return count
    }

    mutating func note(_ error: any Error, at index: Int) {
      if failure.map({ index < $0.index }) ?? true { failure = (index, error) }
    }

    /// The results of all samples, or why they are not all there.
    func all() throws -> [Result] {
      if let failure { throw failure.error }
      return try results.map {
        guard let result = $0 else { throw Interruption() }
        return result
      }
    }
  }
}

extension ThreadExecutor {
  /// `bl.threads`.
  static let threadsFunction = Function(
    "threads", "Sets the number of threads that work on samples, and tells it.",
    Argument(
      "n", .optional(.integer(atLeast: 1, atMost: 1024)),
      "number of threads; unchanged when absent"),
    returns: "the number of threads",
    details: "At first as many as there are processors. No result depends on it.",
    example: "bl.threads(4)"
  ) { (threads: Int?) in
    if let threads { defaultThreads = threads }
    return defaultThreads
  }
}
