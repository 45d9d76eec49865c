import Bilevel
import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a run's numbers depend on, in words.
enum RunFacts {
  /// What is known when a run begins.
  static func atStart(_ invocation: Invocation) -> [String: String] {
    var facts = atEnd()
    facts["version"] = invocation.version
    facts["machine"] = Machine.description
    facts["trusted"] = invocation.isTrusted ? "yes" : "no"
    facts["working_directory"] = workingDirectory
    facts["replay_of"] = invocation.replayed
    return facts
  }

  /// What a script may have set since.
  static func atEnd() -> [String: String] {
    [
      "precision": Session.shared.elementType.rawValue,
      "seed": String(Session.shared.seed),
      "threads": String(ThreadExecutor.defaultThreads),
    ]
  }

  /// The optimizer and the problem of logged steps, the problem's data as a hash.
  static func of(_ source: StepSource, number: Int) -> [String: String] {
    let suffix = number == 1 ? "" : "_\(number)"
    var facts: [String: String] = [:]
    facts["optimizer" + suffix] = description(of: source.method)
    guard let problem = source.problem else { return facts }
    facts["problem" + suffix] = description(of: problem)
    facts["problem_fingerprint" + suffix] = problem.fingerprint
    facts["samples" + suffix] = String(problem.sampleCount)
    return facts
  }

  /// Adds facts; what the record itself says of the run stays, and a note of that name is `note.name`.
  static func merging(_ new: [String: String], into facts: [String: String]) -> [String: String] {
    var facts = facts
    for (name, text) in new { facts[own.contains(name) ? "note." + name : name] = text }
    return facts
  }

  /// The names that the record gives itself.
  private static let own: Set = [
    "machine", "order", "precision", "replay_of", "seed", "threads", "trusted", "version",
    "working_directory",
  ]

  private static func description(of part: Any) -> String {
    (part as? any Scriptable).map { Value.object($0).description } ?? "\(type(of: part))"
  }

  /// As the call of `bl.problem` that would make it, without the data.
  private static func description(of problem: BilevelProblem) -> String {
    var parts: [(String, Any?)] = [("lower", problem.lower)]
    if let images = problem.lower as? VariationalLowerLevel {
      parts = [
        ("operator", images.forward), ("fidelity", images.fidelity),
        ("regularizer", images.regularizer),
      ]
    }
    parts += [("loss", problem.loss), ("penalty", problem.penalty)]
    var texts = parts.compactMap { name, part in part.map { "\(name) = \(description(of: $0))" } }
    if let images = problem.lower as? VariationalLowerLevel {
      texts.append("strong_convexity = \(images.strongConvexity)")
    }
    return "problem { " + texts.joined(separator: ", ") + " }"
  }

  private static var workingDirectory: String {
    guard let path = getcwd(nil, 0) else { return "unknown" }
    defer { free(path) }
    return String(cString: path)
  }
}
