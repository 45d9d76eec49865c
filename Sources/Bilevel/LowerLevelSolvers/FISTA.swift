import Script
import Tensors

/// FISTA for a μ-strongly convex, L-smooth g.
///
/// With q = μ/L,
///
///     x⁺ = y − ∇g(y)/L
///     t⁺ = (1 − q t² + √((1 − q t²)² + 4 t²)) / 2
///     y⁺ = x⁺ + (t − 1)(1 − q t⁺) / (t⁺ (1 − q)) · (x⁺ − x)
///
/// from t₀ = 0 and y₀ = x₀. With the certified L, ‖x_k − x̂‖² ≤ (1 − √q)^k (1 + √q)/q ‖x₀ − x̂‖². With q = 1
/// there is no momentum: gradient descent.
///
/// The error is ‖∇g(y)‖/μ, and y is what is returned: a step computes one gradient, at y, which serves
/// the update, the certificate and whoever needs the gradient at the solution. One step costs that
/// gradient and three vector updates.
///
/// Chambolle & Pock, An introduction to continuous optimization for imaging, 2016, Algorithm 5; where L
/// grows: Calatroni & Chambolle, Backtracking strategies for accelerated descent methods, 2019;
/// restart: O'Donoghue & Candès, Adaptive restart for accelerated gradient schemes, 2015.
public struct FISTA: IterativeLowerLevelSolver {
  /// When the momentum is dropped.
  public enum Restart: String, Sendable, CaseIterable {
    /// Never: the rate above holds.
    case none
    /// When ⟨∇g(y), x⁺ − x⟩ > 0: the momentum points uphill.
    case gradient
    /// When g(y) has grown.
    case function
  }

  /// Most iterations of one solve.
  public var maximumIterations: Int
  /// How the step size is found.
  public var step: StepRule
  /// When the momentum is dropped.
  public var restart: Restart

  /// FISTA with at most the given number of iterations.
  public init(
    maximumIterations: Int = 10_000, step: StepRule = .adaptive, restart: Restart = .none
  ) {
    self.maximumIterations = maximumIterations
    self.step = step
    self.restart = restart
  }

  /// The extrapolated point and the momentum.
  public struct State: LowerLevelState {
    /// y_k.
    public internal(set) var descent: Descent
    fileprivate var iterate: Tensor  // x_k
    fileprivate var t = 1.0  // t_{k+1}; the first momentum would multiply zero
    fileprivate var smoothness: Double  // the L that t was made with

    /// Begins anew at the evaluated point, without momentum.
    mutating func restart() {
      iterate.copyElements(from: descent.point.x)
      t = 1
      smoothness = descent.smoothness
    }

    /// The scratch point and x_k go back.
    public func recycle(into workspace: Workspace) {
      descent.next.recycle(into: workspace)
      workspace.recycle(iterate)
    }
  }

  /// The gradient at x₀: one gradient.
  public func start(_ problem: LowerLevelProblem, at x0: Tensor) -> State {
    let energy = problem.energy
    let stagnation = Stagnation(accelerated: energy.strongConvexity / energy.smoothness)
    let descent = Descent(at: x0, problem, rule: step, stagnation: stagnation)
    var iterate = problem.workspace.tensor(x0.shape, x0.elementType)
    iterate.copyElements(from: x0)
    return State(descent: descent, iterate: iterate, smoothness: descent.smoothness)
  }

  /// One step: one gradient.
  public func step(_ problem: LowerLevelProblem, _ state: inout State) {
    let energy = problem.energy
    let smoothness = state.descent.smoothness
    let value = state.descent.point.value
    state.descent.next.descend(from: state.descent.point, step: 1 / smoothness)
    var beta = 0.0
    if momentumPointsUphill(state) {
      state.t = 1
    } else {
      (state.t, beta) = Self.momentum(
        after: state.t, q: energy.strongConvexity / smoothness,
        growth: max(1, smoothness / state.smoothness))
    }
    state.smoothness = smoothness
    // Until the exchange `next` holds x⁺ and `iterate` holds x, afterwards y⁺ and x⁺.
    state.iterate.scale(by: -beta)
    state.iterate.add(state.descent.next.x, times: 1 + beta)
    swap(&state.iterate, &state.descent.next.x)
    state.descent.advance(energy)
    if restart == .function, state.descent.point.value > value { state.t = 1 }
  }

  /// t⁺ and the factor β of the momentum; `growth` is by how much L has grown since t.
  static func momentum(after t: Double, q: Double, growth: Double) -> (t: Double, beta: Double) {
    if q >= 1 { return (1, 0) }
    let a = 1 - q * t * t
    let next = (a + (a * a + 4 * growth * t * t).squareRoot()) / 2
    return (next, (t - 1) * (1 - q * next) / (next * (1 - q)))
  }

  /// The gradient test of a restart, x⁺ being in `next`.
  private func momentumPointsUphill(_ state: State) -> Bool {
    guard restart == .gradient else { return false }
    let gradient = state.descent.point.gradient
    return gradient.dot(state.descent.next.x) > gradient.dot(state.iterate)
  }
}

extension FISTA: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    FISTA.self, "fista", "Accelerated gradient descent for strongly convex energies.",
    details: stoppingHelp,
    example: "bl.solver.fista { max_iterations = 2000 }",
    source: "Chambolle & Pock 2016, Algorithm 5"
  ) {
    Constructor(FISTA()) {
      Field(
        "max_iterations", \.maximumIterations, .integer(atLeast: 1), "most iterations of one solve")
      Field("step", \.step, .choice, "how the step size is found")
      Field("restart", \.restart, .choice, "when the momentum is dropped")
    }
  }
}
