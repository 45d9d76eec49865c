#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Shows the steps of one run while they come, in the style of the process: one live block, one line
/// a step, or one JSON object a step.
///
/// It belongs to the thread of the run. What scripts print meanwhile goes above the block.
public final class ProgressReporter {
  private let view: (any ProgressView)?

  /// A reporter of a run with the given limits; it shows nothing before the first step.
  public init(style: ProgressStyle = .automatic, plan: ProgressPlan) {
    view =
      switch style.resolved {
      case .live: LiveProgress(plan)
      case .jsonl: JSONProgress(plan)
      case .none: nil
      case .plain, .automatic: PlainProgress(plan)
      }
  }

  /// Shows a step, or what else the script has logged.
  public func show(_ record: StepRecord) { view?.show(record) }

  /// Ends the display with why the run ended; what was shown last stays.
  public func finish(_ message: String) { view?.finish(message) }

  deinit { view?.close() }
}

/// One way of showing steps.
package protocol ProgressView: AnyObject {
  func show(_ record: StepRecord)
  func finish(_ message: String)
  /// Takes away what would not stay; for a run that is left without a word.
  func close()
}

extension ProgressView {
  package func close() {}

  /// Prints lines at once, also into a pipe.
  func emit(_ text: String) {
    print(text)
    fflush(nil)
  }
}
