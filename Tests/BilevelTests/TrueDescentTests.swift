import Bilevel
import Imaging
import Kernels
import Tensors
import TestSupport
import Testing

/// Whether MAID's accepted steps decrease the true objective, on 200 random Fields of Experts: two filters
/// 3 × 3, one or two noisy images of 8 × 8 pixels.
@Suite struct TrueDescentTests {
  private static let toys = 200
  private static let steps = 4
  /// Relative accuracy of the loss by solves to 1e-12.
  private static let rounding = 1e-11

  private static func objective(_ index: Int, _ estimator: Implicit) throws -> BilevelObjective {
    let potential = [Potential.smoothedAbsolute, .logCosh, .huber][index % 7 == 6 ? 2 : index % 2]
    var model = BilevelProblem.Model(
      regularizer: FieldsOfExperts(
        filters: 2, size: 3, boundary: Boundary.allCases[index % 3], potential: potential,
        initialLogWeight: [-2.5, -1][index % 2], initialLogSmoothing: [-1.5, -3][index / 2 % 2],
        initialFilterNorm: [1, 30][index / 4 % 2]))
    model.executor = ThreadExecutor(threads: 1)
    var random = RandomSource(seed: 40, stream: 0).substream(index)
    let samples = (0..<1 + index % 2).map { _ in
      let edge = 2 + random.integer(below: 5)
      let truth = (0..<64).map { $0 % 8 < edge ? 0.2 : 0.8 }
      let noisy = truth.map { $0 + 0.15 * random.normal() }
      return Sample(
        truth: Tensor(truth, shape: [1, 8, 8]), observed: Tensor(noisy, shape: [1, 8, 8]))
    }
    return BilevelObjective(try BilevelProblem(model, samples: samples), estimator: estimator)
  }

  /// The steps accepted on all toys, and how many of them did not decrease the true loss.
  private static func descents(_ estimator: Implicit, _ method: MAID = MAID()) throws
    -> (accepted: Int, failed: Int)
  {
    var (accepted, failed) = (0, 0)
    for index in 0..<toys {
      let objective = try objective(index, estimator)
      let start = objective.problem.initialParameters(seed: UInt64(index))
      func truth(_ theta: Parameters) throws -> Double {
        try objective.loss(at: theta, accuracy: 1e-12, from: objective.startingPoints()).value
      }
      var last = try truth(start)
      _ = try iterate(
        method, on: UpperLevelTask(objective), from: start,
        until: Stopping(tolerance: 0, maximumIterations: steps)
      ) { _, state in
        guard state.isAccepted else { return }
        let now = try truth(state.theta)
        accepted += 1
        if now > last + rounding * (1 + abs(last)) { failed += 1 }
        last = now
      }
    }
    return (accepted, failed)
  }

  @Test("The published test with certified hypergradients: no exception")
  func certified() throws {
    let (accepted, failed) = try Self.descents(Implicit(bound: .certified))
    #expect(failed == 0)
    #expect(accepted > 2 * Self.toys, "\(accepted)")
  }

  @Test("Estimated hypergradients change the direction, not the test: no exception")
  func estimated() throws {
    let (accepted, failed) = try Self.descents(Implicit())
    #expect(failed == 0)
    #expect(accepted > 2 * Self.toys, "\(accepted)")
  }

  @Test("Corrected losses are estimates: exceptions are rare")
  func corrected() throws {
    let (accepted, failed) = try Self.descents(Implicit(correct: true))
    #expect(100 * failed <= accepted, "\(failed) of \(accepted)")
    #expect(accepted > 2 * Self.toys, "\(accepted)")
  }
}
