import Dispatch

/// Threads that share the parts of one pass; which thread does which part changes no result.
struct WorkerShares: Sendable {
  /// How many threads.
  let workers: Int

  /// Calls `body` with disjoint ranges that cover 0..<`count`, one per thread, and waits for all.
  func divide(_ count: Int, _ body: (Range<Int>) -> Void) {
    if workers == 1 {
      body(0..<count)
      return
    }
    withoutActuallyEscaping(body) { body in
      let shared = DividedWork(body: body)
      DispatchQueue.concurrentPerform(iterations: workers) { worker in
        let range = (worker * count / workers)..<((worker + 1) * count / workers)
        if !range.isEmpty { shared.body(range) }
      }
    }
  }
}

/// Work on disjoint parts of the same memory, which several threads may therefore do at once.
private struct DividedWork: @unchecked Sendable {
  let body: (Range<Int>) -> Void
}
