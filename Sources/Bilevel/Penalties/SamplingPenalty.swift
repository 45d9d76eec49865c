import Script

/// J(θ) = (1/n) Σ (b₁ S + b₂ S (1 − S)) over the n weights S of a learned sampling operator.
///
/// b₁ asks for few samples, b₂ for weights that are 0 or 1 (Sherry et al. 2020). Where θ has no block of
/// the given name it is a misuse error.
public struct SamplingPenalty: Penalty, Hashable {
  /// b₁ ≥ 0.
  public var linear: Double
  /// b₂ ≥ 0.
  public var concave: Double
  /// The weights' block.
  public var block: String

  /// The penalty of the named block.
  public init(linear: Double = 0.1, concave: Double = 0, block: String = "sampling") {
    self.linear = linear
    self.concave = concave
    self.block = block
  }

  /// The mean over the block.
  public func value(at theta: Parameters) throws -> Double {
    let range = try range(theta)
    let sum = range.reduce(0.0) { sum, i in
      let s = theta.values[i]
      return sum + linear * s + concave * s * (1 - s)
    }
    return sum / Double(range.count)
  }

  /// gradient ← gradient + (b₁ + b₂ (1 − 2 S))/n.
  public func addGradient(at theta: Parameters, to gradient: inout [Double]) throws {
    let range = try range(theta)
    for i in range {
      gradient[i] += (linear + concave * (1 - 2 * theta.values[i])) / Double(range.count)
    }
  }

  private func range(_ theta: Parameters) throws -> Range<Int> {
    guard let range = theta.layout.range(of: block), !range.isEmpty else {
      throw ScriptError(
        "bl.penalty.sampling: the parameters have no block '\(block)' (their blocks: "
          + "\(theta.layout.sketch))")
    }
    return range
  }
}

extension SamplingPenalty: Scriptable {
  /// `bl.penalty.sampling`.
  public static let declaration = Declaration(
    SamplingPenalty.self, "sampling", "The mean of linear S + concave S (1 - S) over weights S.",
    details: "'linear' asks for few samples, 'concave' for weights that are 0 or 1.",
    example: "bl.penalty.sampling { linear = 0.1, concave = 0.1 }", source: "Sherry et al. 2020"
  ) {
    Constructor(SamplingPenalty()) {
      Field("linear", \.linear, .number(atLeast: 0), "b1")
      Field("concave", \.concave, .number(atLeast: 0), "b2")
      Field("block", \.block, "name of the block of weights")
    }
  }
}
