import Bilevel
import Tensors

/// A sample with a random smooth non-quadratic energy, and what is true of it.
public struct RidgeSample {
  /// g at θ.
  public let energy: SmoothedRidgeEnergy
  /// The sample, its loss being the sum of squares.
  public let sample: SampleProblem
  /// x̂, ℓ(x̂) and ∇f.
  public let reference: Reference

  /// The sample of the given seed; `stiffness` is about the largest β/ν.
  public init(seed: Int, stiffness: Double = 10) {
    var random = RandomSource(seed: UInt64(seed))
    energy = SmoothedRidgeEnergy.random(stiffness: stiffness, &random)
    let truth = Tensor((0..<12).map { _ in random.normal() }, shape: [12])
    sample = SampleProblem(
      energy: energy, loss: SquaredL2Loss(), truth: truth, initial: Tensor(zeros: [12]))
    reference = Reference(energy, loss: SquaredL2Loss(), truth: truth)
  }

  /// What the estimator says, with δ = ε.
  public func hypergradient(
    _ estimator: any HypergradientEstimator, _ accuracy: Double, from start: WarmStart? = nil
  ) -> SampleHypergradient {
    sample.hypergradient(estimator, accuracy, from: start)
  }
}

extension SampleProblem {
  /// What the estimator says, with δ = ε.
  public func hypergradient(
    _ estimator: any HypergradientEstimator, _ accuracy: Double, from start: WarmStart? = nil
  ) -> SampleHypergradient {
    estimator.hypergradient(
      self, accuracy: Accuracy(lowerLevel: accuracy, linearSystem: accuracy), from: start,
      budget: .max, workspace: Workspace())
  }

  /// −J(x)ᵀ q.
  public func implicitHypergradient(at x: Tensor, _ q: [Double]) -> [Double] {
    var product = [Double](repeating: 0, count: energy.parameterCount)
    energy.addMixedProduct(at: x, Tensor(q, shape: x.shape), to: &product)
    return product.map { -$0 }
  }
}
