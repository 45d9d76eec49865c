import Script

/// Laws that were tried on numbers, each with the error that was found.
public struct LawReport: Sendable {
  /// One law.
  public struct Law: Sendable {
    /// What was compared.
    public let name: String
    /// The relative error; for an inequality, by how much it is violated.
    public let error: Double
    /// What is tolerated.
    public let tolerance: Double
    /// What to try where it does not hold.
    public let advice: String
    /// Whether the law holds; a value that is not a number never does.
    public var holds: Bool { error <= tolerance }
  }

  /// The laws in the order in which they were tried.
  public private(set) var laws: [Law] = []

  /// What was measured besides, by name.
  public internal(set) var values: [(name: String, value: Double)] = []
  /// What was measured step by step, as lines to print.
  var lines: [String] = []

  /// The estimators of hypergradients that were tried, if any.
  public internal(set) var estimators = EstimatorTable()

  /// No laws yet.
  public init() {}

  /// Whether all laws hold.
  public var holds: Bool { laws.allSatisfy(\.holds) }

  /// The error of the law that is nearest to its tolerance, or furthest beyond it.
  public var error: Double {
    let worst = laws.max { first, second in
      if second.error.isNaN { return !first.error.isNaN }
      return first.error / first.tolerance < second.error / second.tolerance
    }
    return worst?.error ?? 0
  }

  /// Enters |a − b| relative to the larger one.
  mutating func equal(
    _ name: String, _ a: Double, _ b: Double, within tolerance: Double, advice: String
  ) {
    equal(name, [a], [b], within: tolerance, advice: advice)
  }

  /// Enters ‖a − b‖ relative to the larger one, less what rounding alone may change by the given norm.
  mutating func equal(
    _ name: String, _ a: [Double], _ b: [Double], within tolerance: Double, rounding: Double = 0,
    advice: String
  ) {
    let distance = a.squaredLength(from: b).squareRoot()
    // Not max, which would hide a value that is not a number.
    let error = distance <= rounding ? 0 : distance - rounding
    note(name, error == 0 ? 0 : error / max(a.length, b.length), tolerance, advice)
  }

  /// Enters how far a ≤ b is violated, relative to b.
  mutating func atMost(
    _ name: String, _ a: Double, _ b: Double, within tolerance: Double, advice: String
  ) {
    note(name, a <= b ? 0 : (a - b) / max(abs(b), .leastNormalMagnitude), tolerance, advice)
  }

  /// Enters an error as it is.
  mutating func note(_ name: String, _ error: Double, _ tolerance: Double, _ advice: String) {
    laws.append(Law(name: name, error: error, tolerance: tolerance, advice: advice))
  }

  /// What all this says, in words.
  public var verdict: String {
    let failed = laws.filter { !$0.holds }
    if failed.isEmpty { return laws.count == 1 ? "It holds." : "All \(laws.count) laws hold." }
    var advice: [String] = []
    for law in failed where !advice.contains(law.advice) { advice.append(law.advice) }
    let found = failed.map {
      "\($0.name) (error \($0.error.short), tolerated \($0.tolerance.short))"
    }
    return
      "Does not hold: \(found.joined(separator: "; ")). Try: \(advice.joined(separator: "; or "))."
  }
}

extension LawReport: Scriptable {
  /// What `problem:check` and `bl.check.…` answer.
  public static let declaration = Declaration(
    LawReport.self, "report", "Derivatives and laws that were tried on numbers."
  ) {
    Text<LawReport> { $0.text }
    Property("passed", \.holds, "whether all laws hold")
    Property(
      "error", \.error, "the error of the law nearest to its tolerance, or furthest beyond it")
    Property("verdict", \.verdict, "what it all says, in words")
    Property("values", "what was measured besides, by name") { report in
      Table(fields: report.values.map { (name: $0.name, value: .number($0.value)) })
    }
    Property("laws", "a list of { name, error, tolerance, passed }") { report in
      report.laws.map { law in
        Table(fields: [
          (name: "name", value: .string(law.name)), (name: "error", value: .number(law.error)),
          (name: "tolerance", value: .number(law.tolerance)),
          (name: "passed", value: .boolean(law.holds)),
        ])
      }
    }
    Property(
      "estimators",
      "a list of { method, error, estimated, certified, verdict }, relative to the true gradient"
    ) { report in
      report.estimators.rows.map { row in
        Table(fields: [
          (name: "method", value: .string(row.method)), (name: "error", value: .number(row.error)),
          (name: "estimated", value: row.estimated.scriptValue),
          (name: "certified", value: row.certified.scriptValue),
          (name: "verdict", value: .string(row.verdict)),
        ])
      }
    }
  }

  private var text: String {
    let width = laws.map(\.name.count).max() ?? 0
    let tried = laws.map { law in
      let padding = String(repeating: " ", count: width - law.name.count)
      return "\(law.holds ? "ok  " : "FAIL") \(law.name)\(padding)  error \(law.error.short)"
        + " (tolerated \(law.tolerance.short))"
    }
    let measured = values.map { "     \($0.name): \($0.value.short)" }
    let table = estimators.rows.isEmpty ? [] : ["", estimators.text, ""]
    return (tried + measured + lines + table + [verdict]).joined(separator: "\n")
  }
}
