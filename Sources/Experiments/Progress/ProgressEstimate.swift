/// How far a run is on its way to its limits, and how long it will take from here.
package struct ProgressEstimate {
  private struct Position {
    let step: Double
    let cost: Double
    let seconds: Double

    init(_ record: StepRecord) {
      step = record.number("k") ?? Double(record.index)
      cost = record.number("cost") ?? 0
      seconds = record.number("seconds") ?? record.seconds
    }
  }

  private let plan: ProgressPlan
  private var first: Position?
  private var last: Position?

  package init(_ plan: ProgressPlan) { self.plan = plan }

  package mutating func note(_ record: StepRecord) {
    guard record.isStep else { return }
    last = Position(record)
    first = first ?? last
  }

  /// Seconds since the start, at the last step.
  package var elapsed: Double { last?.seconds ?? 0 }

  /// The part of the budget, or of the nearest limit, that is used; nil where there is no limit.
  package var fraction: Double? {
    guard let last else { return nil }
    if let budget = plan.budget { return min(1, last.cost / Double(max(budget, 1))) }
    let parts = [
      plan.steps.map { (last.step - start) / Double(max($0, 1)) },
      plan.seconds.map { last.seconds / max($0, .leastNormalMagnitude) },
    ]
    return parts.compactMap { $0 }.max().map { min(1, max(0, $0)) }
  }

  /// Seconds to the nearest limit, at the pace since the first step; nil where it is not known yet.
  package var left: Double? {
    guard let first, let last else { return nil }
    let time = last.seconds - first.seconds
    func remaining(_ done: Double, _ progress: Double, of total: Double) -> Double? {
      progress > 0 && time > 0 ? max(0, total - done) * time / progress : nil
    }
    let ends = [
      plan.budget.flatMap { remaining(last.cost, last.cost - first.cost, of: Double($0)) },
      plan.steps.flatMap { remaining(last.step - start, last.step - first.step, of: Double($0)) },
      plan.seconds.map { max(0, $0 - last.seconds) },
    ]
    return ends.compactMap { $0 }.min()
  }

  /// The step before the first one of this run: 0, which is shown itself, or where it was resumed.
  private var start: Double { first.map { $0.step > 0 ? $0.step - 1 : 0 } ?? 0 }
}
