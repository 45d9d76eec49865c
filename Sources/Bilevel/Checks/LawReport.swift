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
    /// Whether the law holds; a value that is not a number never does.
    public var holds: Bool { error <= tolerance }
  }

  /// The laws in the order in which they were tried.
  public private(set) var laws: [Law] = []

  /// The estimators of hypergradients that were tried, if any.
  public internal(set) var estimators = EstimatorTable()

  /// No laws yet.
  public init() {}

  /// Whether all laws hold.
  public var holds: Bool { laws.allSatisfy(\.holds) }

  /// Enters |a − b| relative to the larger one.
  mutating func equal(_ name: String, _ a: Double, _ b: Double, within tolerance: Double) {
    equal(name, [a], [b], within: tolerance)
  }

  /// Enters ‖a − b‖ relative to the larger one, less what rounding alone may change by the given norm.
  mutating func equal(
    _ name: String, _ a: [Double], _ b: [Double], within tolerance: Double, rounding: Double = 0
  ) {
    let distance = a.squaredLength(from: b).squareRoot()
    // Not max, which would hide a value that is not a number.
    let error = distance <= rounding ? 0 : distance - rounding
    note(name, error == 0 ? 0 : error / max(a.length, b.length), tolerance)
  }

  /// Enters how far a ≤ b is violated, relative to b.
  mutating func atMost(_ name: String, _ a: Double, _ b: Double, within tolerance: Double) {
    note(name, a <= b ? 0 : (a - b) / max(abs(b), .leastNormalMagnitude), tolerance)
  }

  private mutating func note(_ name: String, _ error: Double, _ tolerance: Double) {
    laws.append(Law(name: name, error: error, tolerance: tolerance))
  }
}

extension LawReport: Scriptable {
  /// What `problem:check` and `bl.check.…` answer.
  public static let declaration = Declaration(
    LawReport.self, "report", "Derivatives and laws that were tried on numbers."
  ) {
    Text<LawReport> { $0.text }
    Property("passed", \.holds, "whether all laws hold")
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
    let lines = laws.map { law in
      let padding = String(repeating: " ", count: width - law.name.count)
      return "\(law.holds ? "ok  " : "FAIL") \(law.name)\(padding)  error \(Float(law.error))"
        + " (tolerated \(Float(law.tolerance)))"
    }
    let failed = laws.filter { !$0.holds }.map(\.name)
    let verdict =
      failed.isEmpty
      ? "All \(laws.count) laws hold." : "Violated: \(failed.joined(separator: "; "))."
    let table = estimators.rows.isEmpty ? [] : ["", estimators.text, ""]
    return (lines + table + [verdict]).joined(separator: "\n")
  }
}
