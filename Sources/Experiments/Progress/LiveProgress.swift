/// The lines of one run in the live block: where it stands, and how far it is.
package final class LiveProgress: ProgressView {
  private let plan: ProgressPlan
  private var estimate: ProgressEstimate
  private var lastStep: StepRecord?
  private var notes: [String: RecordedValue] = [:]
  private var isShown = false

  package init(_ plan: ProgressPlan) {
    self.plan = plan
    estimate = ProgressEstimate(plan)
  }

  package func show(_ record: StepRecord) {
    estimate.note(record)
    if record.isStep { lastStep = record } else { notes.merge(record.values) { $1 } }
    let lines = self.lines
    isShown = true
    LiveBlock.shared.update { $0.run = lines }
  }

  package func finish(_ message: String) {
    if isShown { LiveBlock.shared.settle() }
    isShown = false
    emit("\(plan.name): \(message)")
  }

  package func close() {
    if isShown { LiveBlock.shared.update { $0.run = [] } }
    isShown = false
  }

  package var lines: [String] {
    var lines: [String] = []
    if let lastStep { lines += [headline(lastStep), way(lastStep)] }
    if !notes.isEmpty {
      let words = notes.keys.sorted().map { "\($0) \(notes[$0]?.text ?? "")" }
      lines.append((lastStep == nil ? plan.name + "  " : "") + words.joined(separator: "   "))
    }
    return lines
  }

  /// `foe_denoise  step 12   loss 12.3456 ± 0.0021   PSNR 28.41 dB   |z| 3.1 ± 0.2`.
  private func headline(_ step: StepRecord) -> String {
    func pair(_ title: String, _ value: String, _ format: String, _ bound: String) -> String? {
      guard let number = step.number(value) else { return nil }
      let error = step.number(bound).map { " ± " + formatted("%.2g", $0) } ?? ""
      return title + " " + formatted(format, number) + error
    }
    let parts = [
      plan.name + "  step \(step.values["k"]?.text ?? "?")",
      pair("loss", "loss", "%.6g", "loss_bound"),
      step.number("psnr").map { "PSNR " + formatted("%.2f", $0) + " dB" },
      pair("|z|", "gradient_norm", "%.3g", "gradient_bound"),
    ]
    return parts.compactMap { $0 }.joined(separator: "   ")
  }

  /// `cost 8120 of 20000 ██████████░░░░░░░░░ 41 %   left 1:23   0:57`.
  private func way(_ step: StepRecord) -> String {
    var parts: [String] = []
    if let cost = step.values["cost"]?.text {
      parts.append("cost \(cost)" + (plan.budget.map { " of \($0)" } ?? ""))
    }
    if let fraction = estimate.fraction {
      parts.append(
        TerminalText.bar(fraction, width: LiveBlock.barWidth)
          + formatted(" %.0f %%", 100 * fraction))
    }
    if let left = estimate.left { parts.append("left " + clock(left)) }
    parts.append("elapsed " + clock(estimate.elapsed))
    return parts.joined(separator: "   ")
  }
}
