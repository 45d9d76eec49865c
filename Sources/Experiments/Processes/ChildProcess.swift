import CPlatform

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One process that a script started, from its start to its end.
struct ChildProcess {
  /// Why a process ended.
  enum End: String {
    case finished
    case failed
    /// The function that watched it said so.
    case stopped
    case timeLimit = "time limit"
  }

  let job: Int
  private let process: Int32
  private let started = platform_seconds()
  private(set) var output: ChildOutput
  private(set) var errors: ChildOutput
  private(set) var status: Int32?
  private(set) var seconds = 0.0
  /// Why it was told to end, and when.
  private var order: (end: End, time: Double)?

  private static let keptOutput = 1 << 20
  private static let keptErrors = 1 << 16
  /// Seconds that a process has to end by itself before it is killed.
  private static let grace = 5.0

  init(job: Int, _ child: platform_child) {
    self.job = job
    process = child.process
    output = ChildOutput(child.output, keeping: Self.keptOutput)
    errors = ChildOutput(child.errors, keeping: Self.keptErrors)
  }

  /// Takes what it printed; answers the new lines of its standard output.
  mutating func read() -> [String] {
    _ = errors.readLines()
    return output.readLines()
  }

  /// Notes whether it has ended; `wait` waits for the end.
  mutating func checkEnd(wait: Bool = false) {
    var code: Int32 = 0
    guard status == nil, platform_child_has_ended(process, wait, &code) else { return }
    status = code
    seconds = platform_seconds() - started
  }

  /// Ends it where its time is over, or kills it where it does not end.
  mutating func enforce(limit: Double?) {
    guard status == nil else { return }
    if let order {
      if platform_seconds() - order.time > Self.grace { kill(process, SIGKILL) }
    } else if let limit, platform_seconds() - started > limit {
      end(.timeLimit)
    }
  }

  /// Tells it to end.
  mutating func end(_ reason: End) {
    guard status == nil, order == nil else { return }
    order = (reason, platform_seconds())
    kill(process, SIGTERM)
  }

  /// Why it ended.
  var reason: End { order?.end ?? (status == 0 ? .finished : .failed) }

  /// Closes its pipes.
  mutating func close() {
    output.close()
    errors.close()
  }

  /// Ends processes that are no longer wanted, and waits for their ends.
  ///
  /// For `patience` seconds they may end by themselves, as they do at Ctrl-C, which reached them too.
  static func end(_ children: inout [ChildProcess], patience: Double) {
    let start = platform_seconds()
    while children.contains(where: { $0.status == nil }) {
      let late = platform_seconds() - start > patience
      for i in children.indices {
        _ = children[i].read()  // a full pipe would hold it up
        children[i].checkEnd()
        if late { children[i].end(.stopped) }
        children[i].enforce(limit: nil)
      }
      usleep(10_000)
    }
    for i in children.indices { children[i].close() }
  }
}
