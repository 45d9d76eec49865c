import Script
import Tensors

/// The nonmonotone accelerated proximal gradient method with Barzilai–Borwein steps, for a smooth g.
///
/// From x₋₁ = z₀ = x₀, t = 1, t₋ = 0, Q = 1, c = g(x₀):
///
///     y = x + (t₋/t)(z − x) + ((t₋ − 1)/t)(x − x₋)
///     z = y − ∇g(y)/L, L raised by 1/ρ until g(z) ≤ max(g(y), c) − δ‖z − y‖²
///     if g(z) ≤ c − δ‖z − y‖²: x⁺ = z, else
///       v = x − ∇g(x)/L′, L′ raised by 1/ρ until g(v) ≤ c − δ‖v − x‖² + 10⁻⁴ |c − δ‖v − x‖²|
///       x⁺ = the better one of z and v
///     t⁺ = (√(4t² + 1) + 1)/2,   c⁺ = (ηQc + g(x⁺))/(ηQ + 1),   Q⁺ = ηQ + 1
///
/// L and L′ start from Barzilai–Borwein quotients max(1, ⟨r, r⟩/|⟨r, s⟩|), s and r being the changes of
/// point and gradient from the last y to y and to x; the very first L is given.
///
/// By default it stops where ‖∇g(y)‖/μ, a bound of ‖y − x̂‖, is small enough, and y is returned. With
/// `stop = .relativeChange` it stops as the published code does, where ‖x⁺ − x‖/‖x⁺‖ is at most the
/// accuracy, which is no bound of anything: x⁺ is returned with its certificate, at one more gradient,
/// and the outcome is `.uncertified` where that exceeds the accuracy.
///
/// A step costs one gradient and at least one energy; where v is needed one gradient and at least one
/// energy more. A line search that ends without an acceptable point is a stall.
///
/// Li & Lin, Accelerated proximal gradient methods for nonconvex programming, 2015, supplement,
/// Algorithm 4, with the constants and the first step of the LearnedRegularizers code. The slack of
/// 10⁻⁴ is relative to the bound's size there too, which equals this for bounds that are positive.
public struct NMAPG: IterativeLowerLevelSolver {
  /// Which test ends a solve.
  public enum Stop: String, Sendable, CaseIterable {
    /// ‖∇g(y)‖/μ ≤ ε.
    case certified
    /// ‖x⁺ − x‖ ≤ ε ‖x⁺‖.
    case relativeChange = "relative_change"
  }

  /// Most iterations of one solve.
  public var maximumIterations: Int
  /// Which test ends a solve.
  public var stop: Stop
  /// η: the weight of the past in c.
  public var memory: Double
  /// δ: the decrease that is asked for.
  public var decrease: Double
  /// ρ: the step's factor in a line search.
  public var shrinking: Double
  /// The first L.
  public var firstSmoothness: Double
  /// Most trials of one line search.
  public var maximumTrials: Int

  /// The slack of the line search from x, relative to the bound.
  private static let slack = 1e-4
  /// The least |⟨r, s⟩| that a quotient divides by.
  private static let smallestProduct = 1e-12
  /// The least L that a quotient gives.
  private static let smallestSmoothness = 1.0

  /// The method with the published constants.
  public init(
    maximumIterations: Int = 1500, stop: Stop = .certified, memory: Double = 0.8,
    decrease: Double = 0.1, shrinking: Double = 0.9, firstSmoothness: Double = 10,
    maximumTrials: Int = 150
  ) {
    self.maximumIterations = maximumIterations
    self.stop = stop
    self.memory = memory
    self.decrease = decrease
    self.shrinking = shrinking
    self.firstSmoothness = firstSmoothness
    self.maximumTrials = maximumTrials
  }

  /// The points and the averages.
  public struct State: LowerLevelState {
    /// y_k; its `next` holds y_{k−1} between two steps.
    public fileprivate(set) var descent: Descent
    fileprivate var x: Tensor
    fileprivate var previous: Tensor  // x_{k−1}
    fileprivate var z: Tensor
    fileprivate var v: Tensor
    fileprivate var gradient: Tensor  // ∇g(x), where it is needed
    fileprivate var t = 1.0
    fileprivate var previousT = 0.0
    fileprivate var weight = 1.0  // Q
    fileprivate var average: Double  // c
    fileprivate var smoothness: Double  // L
    fileprivate var isFirst = true
    fileprivate var relativeChange: Double?  // where it is what is compared with the tolerance

    /// What is compared with the tolerance.
    public var error: Double { relativeChange ?? descent.error }

    /// All scratch goes back.
    public func recycle(into workspace: Workspace) {
      descent.next.recycle(into: workspace)
      for tensor in [x, previous, z, v, gradient] { workspace.recycle(tensor) }
    }
  }

  /// The gradient at x₀, which is the first y: one gradient.
  public func start(_ problem: LowerLevelProblem, at x0: Tensor) -> State {
    let q = problem.energy.strongConvexity / problem.energy.smoothness
    let descent = Descent(
      at: x0, problem, rule: .adaptive, stagnation: Stagnation(gradientDescent: q))
    func copy() -> Tensor {
      var tensor = problem.workspace.tensor(x0.shape, x0.elementType)
      tensor.copyElements(from: x0)
      return tensor
    }
    let isFinite = descent.error.isFinite
    return State(
      descent: descent, x: copy(), previous: copy(), z: copy(), v: copy(), gradient: copy(),
      average: descent.point.value, smoothness: firstSmoothness,
      relativeChange: stop == .certified || !isFinite ? nil : .greatestFiniteMagnitude)
  }

  /// One step.
  public func step(_ problem: LowerLevelProblem, _ state: inout State) {
    let energy = problem.energy
    let fromY = searchFromY(energy, &state)
    var value = fromY.value
    swap(&state.previous, &state.x)
    if fromY.value <= state.average - decrease * fromY.squaredStep {
      state.x.copyElements(from: state.z)
    } else {
      let fromX = searchFromX(energy, &state)
      if !fromX.isAccepted && !fromY.isAccepted { state.descent.stall() }
      value = min(fromY.value, fromX.value)
      state.x.copyElements(from: fromX.value < fromY.value ? state.v : state.z)
    }
    if state.relativeChange != nil { measureChange(&state) }
    average(value, &state)
    extrapolate(energy, &state)
  }

  /// The minimiser to the given accuracy, or where the relative change is that small.
  public func solve(
    _ energy: any Energy, from x0: Tensor, accuracy: Double, budget: Int, workspace: Workspace
  ) -> LowerLevelSolution {
    let problem = LowerLevelProblem(energy: energy, workspace: workspace)
    let stopping = Stopping(
      tolerance: accuracy, maximumIterations: maximumIterations, budget: budget)
    var solution = iterate(self, on: problem, from: x0, until: stopping)
    if stop == .relativeChange, solution.outcome != .nonFinite {
      solution.state.descent.certify(solution.state.x, energy)
      if solution.state.descent.error <= accuracy {
        solution.outcome = .converged
      } else if solution.outcome == .converged {
        solution.outcome = .uncertified
      }
    }
    return LowerLevelSolution(solution, problem)
  }

  // MARK: Line searches

  /// How a line search ended.
  private struct Trial {
    var value = Double.infinity  // g(trial)
    var squaredStep = 0.0  // ‖trial − origin‖²
    var smoothness: Double  // L of the trial
    var count = 0
    var isAccepted = false
  }

  /// z, from y.
  private func searchFromY(_ energy: any Energy, _ state: inout State) -> Trial {
    let point = state.descent.point
    let level = max(point.value, state.average)
    let trial = search(
      energy, from: point.x, point.gradient, smoothness: state.smoothness, into: &state.z
    ) { level - decrease * $0 }
    state.smoothness = trial.smoothness
    state.descent.count(energies: trial.count)
    return trial
  }

  /// v, from x, which `previous` holds.
  private func searchFromX(_ energy: any Energy, _ state: inout State) -> Trial {
    energy.gradient(at: state.previous, into: &state.gradient)
    let last = state.descent.next
    let smoothness =
      state.isFirst
      ? state.smoothness
      : quotient(state.previous, state.gradient, last.x, last.gradient, scratch: &state.v)
    let level = state.average
    let trial = search(
      energy, from: state.previous, state.gradient, smoothness: smoothness, into: &state.v
    ) {
      let bound = level - decrease * $0
      return bound + Self.slack * abs(bound)
    }
    state.descent.count(energies: trial.count, gradients: 1)
    return trial
  }

  /// trial ← origin − gradient/L with the first acceptable L, or the last one tried.
  private func search(
    _ energy: any Energy, from origin: Tensor, _ gradient: Tensor, smoothness: Double,
    into point: inout Tensor, bound: (Double) -> Double
  ) -> Trial {
    let squaredNorm = gradient.squaredNorm
    var trial = Trial(smoothness: smoothness)
    while true {
      point.setCombination(1, origin, -1 / trial.smoothness, gradient)
      trial.squaredStep = squaredNorm / (trial.smoothness * trial.smoothness)
      trial.value = energy.value(at: point)
      trial.count += 1
      trial.isAccepted = trial.value <= bound(trial.squaredStep)
      if trial.isAccepted || trial.count == maximumTrials { return trial }
      trial.smoothness /= shrinking
    }
  }

  /// max(1, ⟨r, r⟩/|⟨r, s⟩|).
  private func quotient(
    _ x: Tensor, _ gradient: Tensor, _ other: Tensor, _ otherGradient: Tensor,
    scratch s: inout Tensor
  ) -> Double {
    s.setCombination(1, x, -1, other)
    let product = abs(gradient.dot(s) - otherGradient.dot(s))
    let squaredChange = gradient.squaredDistance(to: otherGradient)
    return max(Self.smallestSmoothness, squaredChange / max(product, Self.smallestProduct))
  }

  // MARK: The rest of a step

  private func measureChange(_ state: inout State) {
    let change = state.x.squaredDistance(to: state.previous).squareRoot()
    // The test begins with the second iteration.
    if !state.isFirst { state.relativeChange = change == 0 ? 0 : change / state.x.norm }
  }

  private func average(_ value: Double, _ state: inout State) {
    let weight = memory * state.weight + 1
    state.average = (memory * state.weight * state.average + value) / weight
    state.weight = weight
    state.previousT = state.t
    state.t = ((4 * state.t * state.t + 1).squareRoot() + 1) / 2
  }

  /// The next y with its gradient, and the quotient from the last one.
  private func extrapolate(_ energy: any Energy, _ state: inout State) {
    let (t, last) = (state.t, state.previousT)
    state.descent.next.x.setCombination(1 - 1 / t, state.x, last / t, state.z)
    state.descent.next.x.add(state.previous, times: (1 - last) / t)
    state.descent.advance(energy)
    let (point, next) = (state.descent.point, state.descent.next)
    state.smoothness = quotient(
      point.x, point.gradient, next.x, next.gradient, scratch: &state.v)
    state.isFirst = false
  }
}

extension NMAPG: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    NMAPG.self, "nmapg",
    "Nonmonotone accelerated gradient descent with Barzilai-Borwein steps.",
    details: """
      Stops, sample by sample, at |grad g| / mu <= eps, which bounds the distance to the minimiser. \
      With stop = "relative_change" it stops at |x+ - x| <= eps |x+| as published, which bounds \
      nothing: the outcome is then 'uncertified' unless the bound holds too.
      """,
    example: "bl.solver.nmapg { stop = \"relative_change\" }",
    source: "Li & Lin 2015, supplement, Algorithm 4"
  ) {
    Constructor(NMAPG()) {
      Field(
        "max_iterations", \.maximumIterations, .integer(atLeast: 1), "most iterations of one solve")
      Field("stop", \.stop, .choice, "which test ends a solve")
      Field("memory", \.memory, .number(atLeast: 0, atMost: 1), "eta, the weight of past energies")
      Field("decrease", \.decrease, .number(above: 0), "delta, the decrease asked for")
      Field(
        "shrinking", \.shrinking, .number(above: 0, below: 1),
        "rho, the step's factor in a line search")
      Field("first_smoothness", \.firstSmoothness, .number(above: 0), "L of the first step")
      Field(
        "max_trials", \.maximumTrials, .integer(atLeast: 1), "most trials of one line search")
    }
  }
}
