import CPlatform
import Script

/// What a run, or a step of it, has spent: work counted per image, and time.
///
/// Work is counted over the whole history of the state, time since the run began or was resumed. The
/// time of the line search passes on the clock; that of the three parts is the workers', added up.
public struct Ledger: Sendable {
  /// Iterations, evaluations and products.
  public var cost: Cost
  /// Seconds of the workers in lower-level solves, linear solves and mixed products.
  public var phases: PhaseSeconds
  /// Seconds that passed in losses without gradients, which are the trials of line searches.
  public var lineSearchSeconds: Double
  /// Seconds that passed in gradients.
  public var gradientSeconds: Double
  /// The most memory that the process has held, in bytes.
  public var peakMemory = platform_peak_memory()

  init(cost: Cost, _ objective: TimedObjective) {
    self.cost = cost
    phases = objective.phases
    lineSearchSeconds = objective.lossSeconds
    gradientSeconds = objective.gradientSeconds
  }

  /// What was spent between two ledgers of one run.
  func since(_ earlier: Ledger?) -> Ledger {
    guard let earlier else { return self }
    var difference = self
    difference.cost = cost - earlier.cost
    difference.phases = phases - earlier.phases
    difference.lineSearchSeconds -= earlier.lineSearchSeconds
    difference.gradientSeconds -= earlier.gradientSeconds
    return difference
  }

  /// The entries by their names in scripts.
  var scriptValue: Value {
    .record([
      "lower_iterations": .integer(cost.lowerIterations),
      "linear_iterations": .integer(cost.linearIterations),
      "batched_iterations": .integer(cost.batchedIterations),
      "energies": .integer(cost.energies),
      "gradients": .integer(cost.gradients),
      "hessian_products": .integer(cost.hessianProducts),
      "mixed_products": .integer(cost.mixedProducts),
      "lower_level_seconds": .number(phases.lowerLevel),
      "linear_system_seconds": .number(phases.linearSystem),
      "mixed_product_seconds": .number(phases.mixedProducts),
      "line_search_seconds": .number(lineSearchSeconds),
      "gradient_seconds": .number(gradientSeconds),
      "peak_memory": .integer(peakMemory),
    ])
  }
}

extension Cost {
  /// What was spent between two states.
  static func - (later: Cost, earlier: Cost) -> Cost {
    var difference = later
    difference.lowerIterations -= earlier.lowerIterations
    difference.linearIterations -= earlier.linearIterations
    difference.batchedIterations -= earlier.batchedIterations
    difference.energies -= earlier.energies
    difference.gradients -= earlier.gradients
    difference.hessianProducts -= earlier.hessianProducts
    difference.mixedProducts -= earlier.mixedProducts
    return difference
  }
}
