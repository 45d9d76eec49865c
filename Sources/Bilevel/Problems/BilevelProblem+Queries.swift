import Imaging
import Script
import Tensors

/// One image of an evaluation.
public struct EvaluatedImage: Sendable {
  /// x̃.
  public let restored: Tensor
  /// The certified ‖x̃ − x̂‖.
  public let errorBound: Double
  /// ℓ(x̃).
  public let loss: Double
  /// The measures of x̃, in the order in which they were asked for.
  public let measures: [Double]
  /// How the solve ended.
  public let outcome: Outcome
  /// What it cost.
  public let cost: Cost
  /// How long the solve took.
  public let seconds: Double
}

extension BilevelProblem {
  /// x̃ of one sample with ‖x̃ − x̂(θ)‖ ≤ accuracy, where the solver's limits allow.
  public func solve(
    at theta: Parameters, sample index: Int, accuracy: Double,
    solver: any LowerLevelSolver = FISTA(), from start: Tensor? = nil
  ) throws -> LowerLevelSolution {
    precondition((0..<sampleCount).contains(index), "There is no sample of that index.")
    let workspace = Workspace()
    let sample = try prepared(for: theta)
      .sample(index, in: workspace, workers: executor.workers)
    return solver.solve(
      sample.energy, from: start ?? sample.initial, accuracy: accuracy, budget: .max,
      workspace: workspace)
  }

  /// The same problem over other images; throws a misuse error where it is not one of images.
  public func with(_ data: Observations) throws -> BilevelProblem {
    try with(requireImages("other data").with(data.samples()))
  }

  private func requireImages(_ what: String) throws -> VariationalLowerLevel {
    guard let images else {
      throw ScriptError(
        "\(what) needs a problem over images (made with 'data' and 'regularizer'); ask this one for "
          + "problem:solve and problem:loss")
    }
    return images
  }

  /// Each image, or each of the given ones, restored with the given parameters to accuracy ε, and
  /// measured.
  ///
  /// Throws a misuse error where the problem is not one of images.
  public func evaluate(
    at theta: Parameters, accuracy: Double, metrics: [any Metric] = [],
    solver: any LowerLevelSolver = FISTA(), indices: [Int]? = nil
  ) throws -> [EvaluatedImage] {
    let samples = try requireImages("evaluate").samples
    let chosen = indices ?? Array(samples.indices)
    let prepared = try prepared(for: theta)
    let workers = executor.workersPerSample(chosen.count)
    return try executor.map(chosen.count) { place, workspace in
      let sample = prepared.sample(chosen[place], in: workspace, workers: workers)
      workspace.seconds = PhaseSeconds()
      let solution = workspace.timed(.lowerLevel) {
        solver.solve(
          sample.energy, from: sample.initial, accuracy: accuracy, budget: .max,
          workspace: workspace)
      }
      workspace.recycle(solution.gradient)
      let truth = samples[chosen[place]].truth
      return EvaluatedImage(
        restored: solution.x, errorBound: solution.errorBound,
        loss: sample.loss.value(at: solution.x, truth: truth),
        measures: try metrics.map { try $0.value(of: solution.x, truth: truth) },
        outcome: solution.outcome, cost: solution.cost, seconds: workspace.seconds.lowerLevel)
    }
  }
}
