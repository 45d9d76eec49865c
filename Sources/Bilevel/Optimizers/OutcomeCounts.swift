/// How many solves ended in which way.
public struct OutcomeCounts: Sendable, Hashable, CustomStringConvertible {
  /// The counts; an outcome that did not occur is absent.
  public private(set) var counts: [Outcome: Int] = [:]

  /// Nothing ended yet.
  public init() {}

  /// The given number of one outcome.
  public init(_ outcome: Outcome, count: Int = 1) { add(outcome, count: count) }

  /// How the active samples ended.
  public init(of points: [SamplePoint]) {
    for point in points where point.isActive { add(point.outcome) }
  }

  /// Counts one more (or `count` more) of an outcome.
  public mutating func add(_ outcome: Outcome, count: Int = 1) {
    if count > 0 { counts[outcome, default: 0] += count }
  }

  /// Adds the counts of others.
  public static func += (a: inout OutcomeCounts, b: OutcomeCounts) {
    for (outcome, count) in b.counts { a.add(outcome, count: count) }
  }

  /// How many ended so.
  public subscript(outcome: Outcome) -> Int { counts[outcome] ?? 0 }

  /// The outcomes that are not `converged`, in the order in which `Outcome` lists them.
  public var failures: [(outcome: Outcome, count: Int)] {
    Outcome.allCases.filter { $0 != .converged && self[$0] > 0 }.map { ($0, self[$0]) }
  }

  /// For instance `25 converged, 1 stalled`.
  public var description: String {
    Outcome.allCases.filter { self[$0] > 0 }.map { "\(self[$0]) \($0.rawValue)" }
      .joined(separator: ", ")
  }
}
