import Script
import Tensors

/// The heavy-ball method for a μ-strongly convex, L-smooth g.
///
///     x⁺ = x − a ∇g(x) + b (x − x₋),   x₋₁ = x₀,
///     a = 4/(√L + √μ)²,   b = r²,   r = (√L − √μ)/(√L + √μ).
///
/// With the certified L these constants are optimal on quadratics: there ‖x_k − x̂‖ and ‖∇g(x_k)‖ are at
/// most (1 + k (1 + r)) r^k times their first values (Chebyshev polynomials of the second kind: mode λ
/// is multiplied by r^k (U_k − r U_{k−1})(cos φ), 2 r cos φ = 1 + b − aλ). On other energies the method
/// is valid near the minimiser only and may cycle or grow. So it is guarded: where ‖∇g‖ exceeds twice
/// what a quadratic would allow, FISTA takes over from that point until ‖∇g‖ is half of what it was when
/// the heavy ball was last set off, and then it is set off again, at rest. Each such round halves the
/// gradient at FISTA's rate or better, so the solve converges on every strongly convex g.
///
/// The error is ‖∇g(x)‖/μ, a bound of ‖x − x̂‖. One step costs one gradient and three vector updates.
///
/// Polyak, Some methods of speeding up the convergence of iteration methods, 1964; a cycle on a strongly
/// convex g: Lessard, Recht & Packard, Analysis and design of optimization algorithms, 2016, section 4.6.
public struct HeavyBall: IterativeLowerLevelSolver {
  /// Most iterations of one solve.
  public var maximumIterations: Int
  /// How the step size is found.
  public var step: StepRule

  /// The gradient may exceed the bound that holds for quadratics by this factor.
  private static let tolerance = 2.0

  /// The heavy-ball method with at most the given number of iterations.
  public init(maximumIterations: Int = 10_000, step: StepRule = .certified) {
    self.maximumIterations = maximumIterations
    self.step = step
  }

  /// The iterate, the one before it, and the guard.
  public struct State: LowerLevelState {
    /// While the ball rolls, `point` is x_k and `next` holds x_{k−1}.
    fileprivate var guardian: FISTA.State
    fileprivate var isGuarded = false
    fileprivate var firstNorm = 0.0  // ‖∇g‖ where the ball was set off
    fileprivate var roll: Roll

    /// The iterate with its certificate.
    public var descent: Descent { guardian.descent }

    /// x_{k−1} ← x_k: the ball is at rest there.
    fileprivate mutating func setOff(_ energy: any Energy) {
      guardian.descent.next.x.copyElements(from: descent.point.x)
      firstNorm = descent.point.gradientNorm
      roll = Roll(energy, smoothness: descent.smoothness)
      isGuarded = false
    }

    /// The scratch points go back.
    public func recycle(into workspace: Workspace) { guardian.recycle(into: workspace) }
  }

  /// The constants of a ball that was set off with one L, and how long ago.
  fileprivate struct Roll {
    let smoothness: Double  // L
    let step: Double  // a
    let rate: Double  // r
    private var age = 0.0  // k
    private var power = 1.0  // r^k

    init(_ energy: any Energy, smoothness: Double) {
      self.smoothness = smoothness
      let (largest, smallest) = (smoothness.squareRoot(), energy.strongConvexity.squareRoot())
      step = 4 / ((largest + smallest) * (largest + smallest))
      rate = (largest - smallest) / (largest + smallest)
    }

    var momentum: Double { rate * rate }

    /// (1 + k (1 + r)) r^k after one more step.
    mutating func nextBound() -> Double {
      age += 1
      power *= rate
      return (1 + age * (1 + rate)) * power
    }
  }

  /// The gradient at x₀: one gradient.
  public func start(_ problem: LowerLevelProblem, at x0: Tensor) -> State {
    let guardian = FISTA(step: step).start(problem, at: x0)
    let roll = Roll(problem.energy, smoothness: guardian.descent.smoothness)
    var state = State(guardian: guardian, roll: roll)
    state.firstNorm = guardian.descent.point.gradientNorm
    return state
  }

  /// One step: one gradient.
  public func step(_ problem: LowerLevelProblem, _ state: inout State) {
    if state.isGuarded {
      FISTA(step: step).step(problem, &state.guardian)
      if state.descent.point.gradientNorm <= state.firstNorm / 2 { state.setOff(problem.energy) }
      return
    }
    rollOn(problem.energy, &state)
    let bound = Self.tolerance * state.roll.nextBound() * state.firstNorm
    if state.descent.point.gradientNorm > bound {
      state.guardian.restart()
      state.isGuarded = true
    } else if state.descent.smoothness != state.roll.smoothness {
      state.setOff(problem.energy)
    }
  }

  private func rollOn(_ energy: any Energy, _ state: inout State) {
    let (a, b) = (state.roll.step, state.roll.momentum)
    state.guardian.descent.next.x.scale(by: -b)
    state.guardian.descent.next.x.add(state.descent.point.x, times: 1 + b)
    state.guardian.descent.next.x.add(state.descent.point.gradient, times: -a)
    state.guardian.descent.advance(energy)
  }
}

extension HeavyBall: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    HeavyBall.self, "heavy_ball",
    "Gradient descent with Polyak's momentum, guarded against growth.",
    details: stoppingHelp
      + """
       The optimal constants for quadratics; where the gradient grows beyond what a quadratic allows, \
      FISTA takes over until it is halved.
      """,
    example: "bl.solver.heavy_ball { max_iterations = 2000 }",
    source: "Polyak 1964"
  ) {
    Constructor(HeavyBall()) {
      Field(
        "max_iterations", \.maximumIterations, .integer(atLeast: 1), "most iterations of one solve")
      Field("step", \.step, .choice, "how the step size is found")
    }
  }
}
