import Script
import Tensors

/// Limited-memory BFGS with a line search for the Wolfe conditions, for a smooth, strongly convex g.
///
///     x⁺ = x + α d,   d = −B ∇g(x),
///
/// with B ≈ H⁻¹ made of the last m pairs s = x⁺ − x, y = ∇g(x⁺) − ∇g(x) and B₀ = ⟨s, y⟩/⟨y, y⟩ I (1/L at
/// first). α meets, with φ(α) = g(x + α d),
///
///     φ(α) ≤ φ(0) + c₁ α φ′(0),   φ′(α) ≥ c₂ φ′(0).
///
/// As g is convex, φ′(α) ≤ c₁ φ′(0) implies the first condition; it is accepted in its place, since it
/// can be told where the difference of energies is below rounding. Trials are secants of φ′, kept inside
/// of the bracket. Converges linearly; where no step is acceptable the pairs are forgotten, and where
/// steepest descent has no acceptable step either, the solve has stalled.
///
/// The error is ‖∇g(x)‖/μ, a bound of ‖x − x̂‖. One step costs one gradient for each trial, mostly one,
/// and 4m + 6 vector operations.
///
/// Liu & Nocedal, On the limited memory BFGS method for large scale optimization, 1989, Algorithm 2.1
/// and Theorem 6.1.
public struct LBFGS: IterativeLowerLevelSolver {
  /// Most iterations of one solve.
  public var maximumIterations: Int
  /// m: pairs that are remembered.
  public var memory: Int
  /// c₁: the share of the slope's promise that a step must keep.
  public var decrease: Double
  /// c₂: the share of the slope that may be left, above c₁.
  public var curvature: Double

  /// Most trials of one line search.
  private static let maximumTrials = 30
  /// Trials stay this share of the bracket away from its ends.
  private static let margin = 0.1
  /// Most that a trial may grow by without a bracket.
  private static let growth = 100.0

  /// The method with m pairs and the usual Wolfe constants.
  public init(
    maximumIterations: Int = 10_000, memory: Int = 5, decrease: Double = 1e-4,
    curvature: Double = 0.9
  ) {
    precondition(0 < decrease && decrease < curvature && curvature < 1, "0 < c₁ < c₂ < 1.")
    self.maximumIterations = maximumIterations
    self.memory = memory
    self.decrease = decrease
    self.curvature = curvature
  }

  /// The iterate, the direction and the pairs.
  public struct State: LowerLevelState {
    /// x_k.
    public fileprivate(set) var descent: Descent
    fileprivate var direction: Tensor  // d
    fileprivate var pairs: [Pair]  // of which `count` are in use, the newest at `newest`
    fileprivate var newest = 0
    fileprivate var count = 0

    /// The pair that is `age` iterations old.
    fileprivate func index(age: Int) -> Int { (newest + pairs.count - age) % pairs.count }

    /// All scratch goes back.
    public func recycle(into workspace: Workspace) {
      descent.next.recycle(into: workspace)
      workspace.recycle(direction)
      for pair in pairs {
        workspace.recycle(pair.step)
        workspace.recycle(pair.change)
      }
    }
  }

  fileprivate struct Pair {
    var step: Tensor  // s
    var change: Tensor  // y
    var product = 1.0  // ⟨s, y⟩
    var coefficient = 0.0  // of the recursion
  }

  /// The gradient at x₀: one gradient.
  public func start(_ problem: LowerLevelProblem, at x0: Tensor) -> State {
    let q = problem.energy.strongConvexity / problem.energy.smoothness
    func tensor() -> Tensor { problem.workspace.tensor(x0.shape, x0.elementType) }
    return State(
      descent: Descent(at: x0, problem, rule: .adaptive, stagnation: Stagnation(accelerated: q)),
      direction: tensor(),
      pairs: (0..<memory).map { _ in Pair(step: tensor(), change: tensor()) })
  }

  /// One step.
  public func step(_ problem: LowerLevelProblem, _ state: inout State) {
    let energy = problem.energy
    while true {
      setDirection(&state)
      let slope = state.direction.dot(state.descent.point.gradient)
      if slope < 0, search(energy, slope: slope, &state) { break }
      if state.count == 0 { return state.descent.stall() }
      state.count = 0
    }
    remember(&state)
    state.descent.acceptNext(energy)
  }

  /// d ← −B ∇g(x), by the two loops over the pairs.
  private func setDirection(_ state: inout State) {
    let point = state.descent.point
    state.direction.setCombination(-1, point.gradient, 0, point.gradient)
    for age in 0..<state.count {
      let i = state.index(age: age)
      let coefficient = state.pairs[i].step.dot(state.direction) / state.pairs[i].product
      state.direction.add(state.pairs[i].change, times: -coefficient)
      state.pairs[i].coefficient = coefficient
    }
    state.direction.scale(by: firstCurvature(state))
    for age in (0..<state.count).reversed() {
      let i = state.index(age: age)
      let coefficient = state.pairs[i].change.dot(state.direction) / state.pairs[i].product
      state.direction.add(state.pairs[i].step, times: state.pairs[i].coefficient - coefficient)
    }
  }

  /// ⟨s, y⟩/⟨y, y⟩ of the newest pair.
  private func firstCurvature(_ state: State) -> Double {
    if state.count == 0 { return 1 / state.descent.smoothness }
    let pair = state.pairs[state.newest]
    return pair.product / pair.change.squaredNorm
  }

  /// The newest pair, from the point and `next`; one whose product is lost to rounding is left out.
  private func remember(_ state: inout State) {
    guard !state.pairs.isEmpty else { return }
    let (point, next) = (state.descent.point, state.descent.next)
    let i = (state.newest + 1) % state.pairs.count
    state.pairs[i].step.setCombination(1, next.x, -1, point.x)
    state.pairs[i].change.setCombination(1, next.gradient, -1, point.gradient)
    state.pairs[i].product = state.pairs[i].step.dot(state.pairs[i].change)
    guard state.pairs[i].product > 0 else {
      state.count = 0
      return
    }
    state.newest = i
    state.count = min(state.count + 1, state.pairs.count)
  }

  /// next ← x + α d with an acceptable α, evaluated; false where there is none.
  private func search(_ energy: any Energy, slope: Double, _ state: inout State) -> Bool {
    let value = state.descent.point.value
    var bracket = Bracket(slope: slope)
    for _ in 0..<Self.maximumTrials {
      let length = bracket.trial
      state.descent.next.x.setCombination(1, state.descent.point.x, length, state.direction)
      state.descent.evaluateNext(energy)
      let next = state.descent.next
      let nextSlope = next.gradient.dot(state.direction)
      let isLower =
        next.value <= value + decrease * length * slope || nextSlope <= decrease * slope
      if isLower && nextSlope >= curvature * slope { return true }
      bracket.narrow(slope: nextSlope, isTooLong: !isLower)
    }
    return false
  }

  /// Where the next trial of a line search lies: φ′ grows, so a secant points at its zero.
  private struct Bracket {
    private var low = 0.0
    private var lowSlope: Double
    private var high = Double.infinity
    private(set) var trial = 1.0

    init(slope: Double) { lowSlope = slope }

    mutating func narrow(slope: Double, isTooLong: Bool) {
      let secant = low + (trial - low) * lowSlope / (lowSlope - slope)
      if isTooLong {
        high = trial
      } else {
        (low, lowSlope) = (trial, slope)
      }
      let isBracketed = high.isFinite
      let margin = LBFGS.margin * (high - low)
      let nearest = isBracketed ? low + margin : 2 * low
      let farthest = isBracketed ? high - margin : LBFGS.growth * low
      let otherwise = isBracketed ? (low + high) / 2 : farthest
      trial = secant > low ? min(max(secant, nearest), farthest) : otherwise
    }
  }
}

extension LBFGS: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    LBFGS.self, "lbfgs", "Limited-memory BFGS with a line search for the Wolfe conditions.",
    details: stoppingHelp,
    example: "bl.solver.lbfgs { memory = 10 }",
    source: "Liu & Nocedal 1989, Algorithm 2.1"
  ) {
    Constructor(LBFGS()) {
      Field(
        "max_iterations", \.maximumIterations, .integer(atLeast: 1), "most iterations of one solve")
      Field(
        "memory", \.memory, .integer(atLeast: 0, atMost: 1000),
        "pairs of changes that are remembered")
      Field(
        "decrease", \.decrease, .number(above: 0, below: 1),
        "c1, the share of the slope's promise that a step must keep")
      Field(
        "curvature", \.curvature, .number(above: 0, below: 1),
        "c2, the share of the slope that may be left")
    } check: { lbfgs in
      if lbfgs.decrease >= lbfgs.curvature {
        throw ScriptError(
          "bl.solver.lbfgs: 'decrease' (\(lbfgs.decrease)) must be below 'curvature' "
            + "(\(lbfgs.curvature))")
      }
    }
  }
}
