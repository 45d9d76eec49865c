import Script

/// What the runs of a script go on with, instead of being begun.
///
/// The n-th run that a script makes goes on with the n-th run of an earlier execution of the same text with the
/// same arguments; what that execution had not begun is begun.
public enum Resumption: Sendable, Hashable {
  /// The newest execution with a run that is not completed.
  case newest
  /// The execution to which the run of this id belongs.
  case run(String)
}

extension Resumption {
  /// The runs of the earlier execution, in the order in which the script made them; throws a sentence that
  /// says why there is none.
  func execution(of invocation: Invocation, in store: RunStore) throws -> [RunRecord] {
    let hash = SHA256.hexadecimal(of: invocation.text.utf8)
    let arguments = Self.plain(invocation.arguments)
    let runs = try store.runs()
    let executions = Self.executions(
      runs.filter { $0.scriptHash == hash && Self.plain($0.arguments) == arguments })
    let found = executions.last { execution in
      switch self {
      case .newest: execution.contains { $0.outcome != RunSession.completed }
      case .run(let id): execution.contains { $0.id == id }
      }
    }
    if let found { return found }
    let reason = Self.reason(runs, executions.last?.last, invocation, hash)
    throw ScriptError("there is nothing to resume in '\(store.directory)': \(reason)")
  }

  /// Runs in the order of their beginning, cut where a script began anew.
  private static func executions(_ runs: [RunRecord]) -> [[RunRecord]] {
    var executions: [[RunRecord]] = []
    for run in runs {
      if let last = executions.last?.last, last.order < run.order {
        executions[executions.count - 1].append(run)
      } else {
        executions.append([run])
      }
    }
    return executions
  }

  /// A script may have an option of its own that asks to go on; a run begins without it and goes on with it.
  private static func plain(_ arguments: [String]) -> [String] {
    arguments.filter { $0 != "--resume" }
  }

  private static func reason(
    _ runs: [RunRecord], _ completed: RunRecord?, _ invocation: Invocation, _ hash: String
  ) -> String {
    if let completed { return "the last run of this script, \(completed.id), is completed" }
    guard let last = runs.last(where: { $0.script == invocation.script }) else {
      return "no run of \(invocation.script) is on record"
    }
    let advice = "'bilevel-lua runs resume \(last.id)' goes on with the recorded text and arguments"
    if last.scriptHash != hash {
      return "the script has changed since the run \(last.id); \(advice)"
    }
    let words = last.arguments.isEmpty ? "none" : last.arguments.joined(separator: " ")
    return "the run \(last.id) had other arguments (\(words)); \(advice)"
  }
}

extension RunRecord {
  /// Which of its script's runs it is, from 1.
  var order: Int { facts["order"].flatMap { Int($0) } ?? 1 }
}
