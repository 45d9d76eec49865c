/// One plain line a step, in columns; other records by their names.
package final class PlainProgress: ProgressView {
  private let plan: ProgressPlan
  private var hasHeading = false

  package init(_ plan: ProgressPlan) { self.plan = plan }

  package func show(_ record: StepRecord) { emit(lines(of: record).joined(separator: "\n")) }

  /// The line of a record, the heading of the columns before the first step.
  package func lines(of record: StepRecord) -> [String] {
    guard record.isStep else {
      let parts = record.orderedNames.map { "\($0) = \(record.values[$0]?.text ?? "")" }
      return ["\(plan.name): " + parts.joined(separator: ", ")]
    }
    let heading = StepColumn.all.map { $0.padded($0.title) }.joined(separator: " ")
    let line = StepColumn.all.map { $0.text(of: record) }.joined(separator: " ")
    defer { hasHeading = true }
    return hasHeading ? [line] : [heading, line]
  }

  package func finish(_ message: String) { emit("\(plan.name): \(message)") }
}
