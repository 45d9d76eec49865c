import Script

/// J(θ) = w Σ_i (√(θ_i² + s²) − s) in raw coordinates, of all blocks or of the named ones: the l1
/// norm, smoothed.
///
/// w ‖θ‖₁ − n w s ≤ J ≤ w ‖θ‖₁ for n coordinates. Convex; ∇J = w θ/√(θ² + s²) has the Lipschitz
/// constant w/s.
public struct L1Penalty: Penalty, Hashable {
  /// w ≥ 0.
  public var weight: Double
  /// s > 0.
  public var smoothing: Double
  /// The blocks that are penalised; all when nil.
  public var blocks: [String]?

  /// w Σ (√(θ² + s²) − s).
  public init(weight: Double = 1, smoothing: Double = 1e-3, blocks: [String]? = nil) {
    self.weight = weight
    self.smoothing = smoothing
    self.blocks = blocks
  }

  /// w/s, the Lipschitz constant of the gradient.
  public var smoothness: Double { weight / smoothing }

  /// w Σ (√(θ² + s²) − s), as θ²/(√(θ² + s²) + s) without cancellation.
  public func value(at theta: Parameters) throws -> Double {
    var sum = 0.0
    for range in try theta.layout.ranges(of: blocks, for: "bl.penalty.l1") {
      for i in range {
        let t = theta.values[i]
        sum += t * t / ((t * t + smoothing * smoothing).squareRoot() + smoothing)
      }
    }
    return weight * sum
  }

  /// gradient ← gradient + w θ/√(θ² + s²).
  public func addGradient(at theta: Parameters, to gradient: inout [Double]) throws {
    for range in try theta.layout.ranges(of: blocks, for: "bl.penalty.l1") {
      for i in range {
        let t = theta.values[i]
        gradient[i] += weight * t / (t * t + smoothing * smoothing).squareRoot()
      }
    }
  }
}

extension ParameterLayout {
  /// The ranges of the named blocks, all when nil; throws a misuse error for a name that is none.
  func ranges(of names: [String]?, for function: String) throws -> [Range<Int>] {
    guard let names else { return [0..<count] }
    return try names.map { name in
      guard let range = range(of: name) else {
        throw ScriptError("\(function): there is no block '\(name)' in \(sketch)")
      }
      return range
    }
  }
}

extension L1Penalty: Scriptable {
  /// `bl.penalty.l1`.
  public static let declaration = Declaration(
    L1Penalty.self, "l1",
    "J(theta) = weight sum_i (sqrt(theta_i^2 + smoothing^2) - smoothing) in stored coordinates.",
    details: """
      The sum of absolute values, smoothed so that it has a gradient, with the Lipschitz constant \
      weight/smoothing. It favours parameters of which many are almost 0.
      """,
    example: "bl.penalty.l1 { weight = 1e-3, blocks = { \"filters\" } }"
  ) {
    Constructor(L1Penalty()) {
      Field("weight", \.weight, .number(atLeast: 0), "w")
      Field("smoothing", \.smoothing, .number(above: 0), "s")
      Field("blocks", \.blocks, "names of the penalised blocks; all when absent")
    }
  }
}
