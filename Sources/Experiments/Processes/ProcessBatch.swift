import Bilevel
import CPlatform
import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Scripts that run in processes of their own, some at once.
public struct ProcessBatch {
  /// One script and its arguments.
  public struct Job {
    /// The script's name, as on the command line.
    public var script = ""
    /// What follows it.
    public var arguments: [String] = []
  }

  /// What is to be run, in order of their starts.
  public var jobs: [Job] = []
  /// How many run at a time; as many as there are processors when nil.
  public var atOnce: Int?
  /// Called with the place of a job and each line that it prints; true ends it.
  public var watch: ScriptFunction?
  /// Seconds after which a process is ended.
  public var timeLimit: Double?

  /// Nothing to run.
  public init() {}

  /// Milliseconds between looks at processes that print nothing.
  private static let interval: Int32 = 50
  /// Seconds that processes have to end by themselves after Ctrl-C.
  private static let patience = 3.0

  /// Runs all jobs; answers a table for each.
  ///
  /// Ctrl-C, and an error of the function that watches, end all processes first.
  func run(_ program: ChildProgram) throws -> [Table] {
    let most = atOnce ?? ChildProgram.processorCount
    var results = [Table](repeating: Table(), count: jobs.count)
    var children: [ChildProcess] = []
    var next = 0
    do {
      while next < jobs.count || !children.isEmpty {
        if Interruption.isRequested { throw Interruption() }
        while next < jobs.count, children.count < most {
          start(next, program, min(most, jobs.count), &children, &results)
          next += 1
        }
        try look(at: &children)
        for child in children where child.status != nil { results[child.job] = result(of: child) }
        children.removeAll { $0.status != nil }
      }
    } catch {
      ChildProcess.end(&children, patience: error is Interruption ? Self.patience : 0)
      throw error
    }
    return results
  }

  private func start(
    _ index: Int, _ program: ChildProgram, _ count: Int, _ children: inout [ChildProcess],
    _ results: inout [Table]
  ) {
    let job = jobs[index]
    do {
      let child = try program.start(job.script, job.arguments, oneOf: count)
      children.append(ChildProcess(job: index, child))
    } catch {
      results[index] = table(
        job,
        [
          "ended": .string(ChildProcess.End.failed.rawValue), "errors": .string("\(error)"),
          "output": .string(""), "seconds": .number(0),
        ])
    }
  }

  /// Waits for output, hands out lines, and notes which processes have ended.
  private func look(at children: inout [ChildProcess]) throws {
    Self.wait(for: children)
    for i in children.indices {
      children[i].checkEnd()  // before the last look at its output
      for line in children[i].read() where try isEnough(children[i].job, line) {
        children[i].end(.stopped)
      }
      children[i].enforce(limit: timeLimit)
      if children[i].status != nil { children[i].close() }
    }
  }

  private func isEnough(_ job: Int, _ line: String) throws -> Bool {
    guard let watch else { return false }
    let answer = try watch.call([.integer(job + 1), .string(line)])
    if case .boolean(true)? = answer.first { return true }
    return false
  }

  private static func wait(for children: [ChildProcess]) {
    var pipes: [pollfd] = []
    for child in children {
      for pipe in [child.output, child.errors] where pipe.isOpen {
        pipes.append(pollfd(fd: pipe.descriptor, events: Int16(POLLIN), revents: 0))
      }
    }
    _ = poll(&pipes, nfds_t(pipes.count), interval)
  }

  private func result(of child: ChildProcess) -> Table {
    table(
      jobs[child.job],
      [
        "ended": .string(child.reason.rawValue), "status": .integer(Int(child.status ?? 0)),
        "output": .string(child.output.text), "errors": .string(child.errors.text),
        "seconds": .number(child.seconds),
      ])
  }

  private func table(_ job: Job, _ fields: KeyValuePairs<String, Value>) -> Table {
    Table(
      fields: [("script", .string(job.script)), ("arguments", job.arguments.scriptValue)]
        + fields.map { (name: $0.key, value: $0.value) })
  }
}
