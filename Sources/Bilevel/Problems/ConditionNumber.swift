import Imaging
import Script
import Tensors

/// L/μ of a lower level at one θ, L its smoothness and μ its strong convexity as certified.
public struct ConditionNumber: Sendable {
  /// L/μ, the largest of all samples.
  public let value: Double
  /// Its gradient with respect to θ; nil where the lower level does not tell how its constants change.
  public let gradient: [Double]?

  /// The number with its gradient, if known.
  public init(value: Double, gradient: [Double]? = nil) {
    self.value = value
    self.gradient = gradient
  }
}

extension LowerLevel {
  /// That of the energies, without a gradient.
  public func conditionNumber(at theta: Parameters) throws -> ConditionNumber {
    let prepared = try prepared(for: theta)
    let workspace = Workspace()
    let values = (0..<sampleCount).map { index in
      let energy = prepared.energy(index, in: workspace, workers: 1)
      return energy.smoothness / energy.strongConvexity
    }
    return ConditionNumber(value: values.max() ?? 1)
  }
}

extension VariationalLowerLevel {
  /// (L_D ‖A‖² + L_R + μ₀)/(m_D λ_min(A*A) + m_R + μ₀), with the gradient where R tells how L_R and m_R
  /// change with θ; throws a misuse error where convexity is assumed.
  public func conditionNumber(at theta: Parameters) throws -> ConditionNumber {
    guard !assumesConvexity else {
      throw ScriptError(
        "there is no certified condition number where convexity is assumed ('assumed_convexity')")
    }
    let prepared = try preparedRegularizer(for: theta)
    let operators = try preparedOperators(for: theta)
    var shapes: [Shape] = []
    for sample in samples where !shapes.contains(sample.truth.shape) {
      shapes.append(sample.truth.shape)
    }
    let numbers = shapes.compactMap { shape in
      operators[shape].map { conditionNumber(of: prepared, $0) }
    }
    return numbers.max { $0.value < $1.value } ?? ConditionNumber(value: 1)
  }

  private func conditionNumber(
    of prepared: any PreparedRegularizer, _ forward: any PreparedOperator
  ) -> ConditionNumber {
    let norm = forward.normBound
    let mu =
      fidelity.strongConvexity * forward.normalLowerBound + prepared.strongConvexity
      + strongConvexity
    let smoothness =
      fidelity.smoothness * norm * norm + prepared.smoothness(for: forward.domain) + strongConvexity
    let value = smoothness / mu
    // How the bounds of a learnable operator change is not known.
    let slopes = learnable == nil ? prepared.boundDerivatives(for: forward.domain) : nil
    let gradient = slopes.map { slopes in
      zip(slopes.smoothness, slopes.strongConvexity).map { ($0 - value * $1) / mu }
    }
    return ConditionNumber(value: value, gradient: gradient)
  }
}
