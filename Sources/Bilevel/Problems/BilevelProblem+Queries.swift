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
}

extension BilevelProblem {
  /// x̃ of one sample with ‖x̃ − x̂(θ)‖ ≤ accuracy, where the solver's limits allow.
  public func solve(
    at theta: Parameters, sample index: Int, accuracy: Double,
    solver: any LowerLevelSolver = FISTA(), from start: Tensor? = nil
  ) throws -> LowerLevelSolution {
    precondition(samples.indices.contains(index), "There is no sample of that index.")
    let workspace = Workspace()
    let sample = try prepared(for: theta)
      .sample(index, in: workspace, workers: model.executor.workers)
    return solver.solve(
      sample.energy, from: start ?? sample.initial, accuracy: accuracy, budget: .max,
      workspace: workspace)
  }

  /// Each image restored with the given parameters to accuracy ε, and measured.
  public func evaluate(
    at theta: Parameters, accuracy: Double, metrics: [any Metric] = [],
    solver: any LowerLevelSolver = FISTA()
  ) throws -> [EvaluatedImage] {
    let prepared = try prepared(for: theta)
    let workers = model.executor.workersPerSample(samples.count)
    return try model.executor.map(samples.count) { [samples] index, workspace in
      let sample = prepared.sample(index, in: workspace, workers: workers)
      let solution = solver.solve(
        sample.energy, from: sample.initial, accuracy: accuracy, budget: .max, workspace: workspace)
      workspace.recycle(solution.gradient)
      let truth = samples[index].truth
      return EvaluatedImage(
        restored: solution.x, errorBound: solution.errorBound,
        loss: sample.loss.value(at: solution.x, truth: truth),
        measures: try metrics.map { try $0.value(of: solution.x, truth: truth) },
        outcome: solution.outcome, cost: solution.cost)
    }
  }
}
