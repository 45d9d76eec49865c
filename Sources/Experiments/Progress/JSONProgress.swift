/// One JSON object a record, each on a line of its own.
///
/// It holds all values, the run's name as `run`, and the record's position and seconds as `line` and
/// `line_seconds`. The end is an object with `finished`.
package final class JSONProgress: ProgressView {
  private let plan: ProgressPlan

  package init(_ plan: ProgressPlan) { self.plan = plan }

  package func show(_ record: StepRecord) { emit(line(of: record)) }

  /// The object of a record.
  package func line(of record: StepRecord) -> String {
    var record = record
    record.values["run"] = record.values["run"] ?? .text(plan.name)
    return record.json
  }

  package func finish(_ message: String) {
    emit(["run": RecordedValue.text(plan.name), "finished": .text(message)].json)
  }
}
