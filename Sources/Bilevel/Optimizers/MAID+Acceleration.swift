extension MAID {
  /// The first trial step of a line search after the first one.
  ///
  /// Either leaves what is accepted, and so every guarantee, as it is.
  public enum FirstTrial: String, Sendable, CaseIterable {
    /// ρ̄ times the last accepted step, as published.
    case growth
    /// ⟨s, D⁻¹ s⟩/⟨s, y⟩ with s the last move of θ, y the change of z over it and D the metric, where that
    /// is positive (Barzilai & Borwein, Two-point step size gradient methods, 1988); else `growth`.
    /// How much it gains is found by experiment, not proven.
    case barzilaiBorwein = "barzilai_borwein"
  }

  /// The direction −p of a line search; its first-order decrease takes the place of ‖z‖² in all tests.
  ///
  /// Every accepted step is a true decrease along either.
  public enum DirectionRule: String, Sendable, CaseIterable {
    /// p = D z with the metric D, as published for D = 1.
    case gradient
    /// p = B z, B the inverse of the Hessian as the last moves show it, from a multiple of D (L-BFGS:
    /// Nocedal, Updating quasi-Newton matrices with limited storage, 1980). With a first trial of 1, or
    /// of `longestMove` times the last move; moves along which f is not convex are not remembered.
    /// Where B z does not descend or is not admissible, p = D z.
    case lbfgs
  }

  /// The metric D of directions, a diagonal: ⟨z, D z⟩ takes the place of ‖z‖² in all tests.
  ///
  /// Every accepted step is a true decrease in either.
  public enum Metric: String, Sendable, CaseIterable {
    /// D = 1.
    case euclidean
    /// D_i = 1/(√Σ z_i² + 1e-8), the sum over the accepted steps and the present z (AdaGrad: Duchi, Hazan &
    /// Singer, Adaptive subgradient methods, 2011). A z that leads to no step leaves no trace.
    case adagrad
  }

  /// What a new loss is compared with.
  public enum Acceptance: String, Sendable, CaseIterable {
    /// Lw(θ): every accepted step is a true decrease.
    case monotone
    /// C or Lw(θ), the larger one, with C_{k+1} = (0.85 Q_k C_k + Lw(θ_{k+1}))/(0.85 Q_k + 1) and
    /// Q_{k+1} = 0.85 Q_k + 1 (Zhang & Hager, A nonmonotone line search technique, 2004). Of the true f
    /// is known that no step ends above the largest of the values before it; that z → 0 is not proven
    /// for inexact values.
    case nonMonotone = "non_monotone"
  }

  /// What the method remembers from step to step, besides its last moves.
  public struct Memory: Sendable, Hashable {
    /// ‖z‖ at θ₀.
    var firstLength: Double
    /// Σ z² over the accepted steps, by coordinate; nil where no metric needs it.
    var squares: [Double]?
    /// C.
    var reference: Double
    /// Q.
    var weight = 1.0

    init(_ gradient: GradientEstimate) {
      firstLength = gradient.value.length
      reference = gradient.loss.lowerBound
    }

    /// How much of Q is kept: η of Zhang and Hager.
    private static let kept = 0.85

    /// C ← the mean with one more value.
    mutating func remember(_ value: Double) {
      let old = Self.kept * weight
      reference = (old * reference + value) / (old + 1)
      weight = old + 1
    }

    /// Adds z².
    mutating func accumulate(_ z: [Double]) {
      let squares = squares ?? z.map { _ in 0 }
      self.squares = zip(squares, z).map { $0 + $1 * $1 }
    }
  }

  /// Keeps AdaGrad's scale finite.
  private static let smallestScale = 1e-8

  /// The diagonal of D at θ_k; nil for the identity.
  func metricDiagonal(_ state: UpperLevelState, _ z: [Double]) -> [Double]? {
    guard metric == .adagrad else { return nil }
    let squares = state.maid?.squares ?? z.map { _ in 0 }
    return zip(squares, z).map { 1 / (($0 + $1 * $1).squareRoot() + Self.smallestScale) }
  }

  /// What an accepted value is compared with.
  func limit(_ state: UpperLevelState, _ gradient: GradientEstimate) -> Double {
    let bound = gradient.loss.lowerBound
    guard acceptance == .nonMonotone, let memory = state.maid else { return bound }
    return max(bound, memory.reference)
  }

  /// Remembers an accepted step from θ_k.
  func remember(_ gradient: GradientEstimate, next: LossEstimate, in state: inout UpperLevelState) {
    var memory = state.maid ?? Memory(gradient)
    if acceptance == .nonMonotone { memory.remember(next.lowerBound) }
    if metric == .adagrad { memory.accumulate(gradient.value) }
    state.maid = memory
  }
}

extension MAID.Memory: ArchivedRecord {
  init(from archive: StateArchive) throws {
    firstLength = try archive.read("first_length")
    squares = try archive.read("squares")
    reference = try archive.read("reference")
    weight = try archive.read("weight")
  }

  func write(to archive: inout StateArchive) {
    archive.write(firstLength, as: "first_length")
    archive.write(squares, as: "squares")
    archive.write(reference, as: "reference")
    archive.write(weight, as: "weight")
  }
}
