import Script

/// J(θ) = w (L/μ)², L and μ the smoothness and strong convexity of the problem's lower level.
///
/// It keeps the lower level easy to solve. For denoising by total variation with a Tikhonov term,
/// L/μ = (1 + ξ + ‖D‖² α/ν)/(1 + ξ), ‖D‖² = 8, or 4 in one dimension (Ehrhardt & Roberts 2021).
/// The constants are the certified ones that the solvers use; with shapes of several
/// sizes the largest L/μ counts. The gradient is exact where the regularizer says how its constants
/// change with θ: total variation, Tikhonov and sums of them.
public struct ConditionNumberPenalty: Penalty {
  /// w ≥ 0.
  public var weight: Double
  private var lower: (any LowerLevel)?

  /// w (L/μ)², of the problem that it becomes part of.
  public init(weight: Double = 1e-6) { self.weight = weight }

  /// The same penalty of the given lower level.
  public func resolved(for lower: any LowerLevel) -> any Penalty {
    var penalty = self
    penalty.lower = lower
    return penalty
  }

  /// w (L/μ)².
  public func value(at theta: Parameters) throws -> Double {
    let condition = try conditionNumber(at: theta).value
    return weight * condition * condition
  }

  /// gradient ← gradient + 2 w (L/μ) ∇(L/μ).
  public func addGradient(at theta: Parameters, to gradient: inout [Double]) throws {
    let condition = try conditionNumber(at: theta)
    guard let slope = condition.gradient else {
      throw ScriptError(
        "bl.penalty.condition_number: this lower level does not tell how its constants change with "
          + "theta; use total_variation, tikhonov or their sum, or bl.optimizer.dfols")
    }
    for i in gradient.indices { gradient[i] += 2 * weight * condition.value * slope[i] }
  }

  private func conditionNumber(at theta: Parameters) throws -> ConditionNumber {
    guard let lower else {
      throw ScriptError("bl.penalty.condition_number: only a problem's penalty has a lower level")
    }
    return try lower.conditionNumber(at: theta)
  }
}

extension ConditionNumberPenalty: Scriptable {
  /// `bl.penalty.condition_number`.
  public static let declaration = Declaration(
    ConditionNumberPenalty.self, "condition_number",
    "J(theta) = weight (L/mu)^2 with the lower level's constants L and mu.",
    details: """
      Keeps the lower level easy to solve. The gradient is exact for total variation, Tikhonov and \
      their sums; with other regularizers use an optimizer without derivatives.
      """,
    example: "bl.penalty.condition_number { weight = 1e-6 }",
    source: "Ehrhardt & Roberts 2021"
  ) {
    Constructor(ConditionNumberPenalty()) {
      Field("weight", \.weight, .number(atLeast: 0), "w")
    }
  }
}
