import Script

/// Hypergradient estimators side by side with differences of the true f.
public struct EstimatorTable: Sendable {
  /// One estimator.
  public struct Row: Sendable {
    /// Which one, with what matters of its arguments.
    public let method: String
    /// ‖z − ∇f‖ / ‖∇f‖, by differences.
    public internal(set) var error: Double
    /// How far differences may be from ∇f themselves, over ‖∇f‖.
    public internal(set) var resolution: Double
    /// The estimated ω over ‖∇f‖, where one is claimed.
    public let estimated: Double?
    /// The certified ω over ‖∇f‖, where one is claimed.
    public let certified: Double?

    /// What to think of it.
    public var verdict: String {
      [errorInWords, estimateInWords, boundInWords].compactMap { $0 }.joined(separator: "; ")
    }
  }

  /// The estimators in the order in which they were tried.
  public internal(set) var rows: [Row] = []

  /// Errors below this are those of the differences, whatever the bounds of the losses say.
  static let resolution = 1e-6

  /// A head, and a line for each row.
  public var text: String {
    let head = ["method", "error", "estimated", "certified", "verdict"]
    let table =
      [head]
      + rows.map { row in
        [
          row.method, row.error.short, row.estimated?.short ?? "-",
          row.certified?.short ?? "-", row.verdict,
        ]
      }
    let widths = head.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
    return table.map { line in
      zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        .joined(separator: "  ").trimmingSuffix { $0 == " " }
    }.joined(separator: "\n")
  }

}

extension EstimatorTable.Row {
  private var errorInWords: String {
    if !error.isFinite { return "not finite" }
    if error <= resolution { return "right to the resolution of differences" }
    if error < 0.01 { return "right to \(error < 1e-3 ? "a thousandth" : "a hundredth")" }
    return error < 1 ? "descends" : "need not descend"
  }

  private var estimateInWords: String? {
    guard let estimated, error > resolution else { return nil }
    let ratio = estimated / error
    if 0.9 <= ratio, ratio <= 1.5 { return "estimate right" }
    return "estimate \((ratio).rounded(toDigits: 2)) times the error"
  }

  private var boundInWords: String? {
    guard let certified else { return nil }
    if certified < error - resolution { return "BOUND VIOLATED" }
    return certified < 1 ? "bound certifies descent" : "bound holds"
  }
}

extension Double {
  /// Three digits.
  var short: String { rounded(toDigits: 3).description }

  /// To so many significant digits.
  func rounded(toDigits digits: Int) -> Double {
    guard isFinite, self != 0 else { return self }
    var scale = 1.0
    while abs(self) * scale >= 10 { scale /= 10 }
    while abs(self) * scale < 1 { scale *= 10 }
    for _ in 1..<digits { scale *= 10 }
    return (self * scale).rounded() / scale
  }
}

extension String {
  fileprivate func trimmingSuffix(while condition: (Character) -> Bool) -> String {
    var text = self[...]
    while let last = text.last, condition(last) { text.removeLast() }
    return String(text)
  }
}
