import Script
import Tensors

/// The minimal residual method for a symmetric H: q_k minimises ‖b − Hq‖ over the Krylov space, so for
/// a positive definite one ‖r_k‖ ≤ 2 ((√κ − 1)/(√κ + 1))^k ‖r₀‖, κ = L/μ.
///
/// Lanczos' recursion makes orthonormal v_k with a tridiagonal VᵀHV, plane rotations (c, s) reduce that
/// to an upper triangle, and ‖r_k‖ = |s_k| ‖r_{k−1}‖ comes for free. The residual never grows, so a solve
/// that is cut short returns the smallest one. H may be indefinite; the recursion tells the curvature
/// ⟨r, Hr⟩/‖r‖² of each residual, and the most negative one is reported. Only a residual with Hr = 0 ends
/// the solve as `.indefinite`.
///
/// The error is ‖r_k‖ and the rounding error of evaluating it, recomputed from q at the end. One step
/// costs one product with H, three dot products and eight vector updates.
///
/// Paige & Saunders, Solution of sparse indefinite systems of linear equations, 1975; the curvature:
/// Liu & Roosta, MINRES: from negative curvature detection to monotonicity properties, 2022.
public struct MINRES: IterativeLinearSolver {
  /// Most iterations of one solve.
  public var maximumIterations: Int

  /// MINRES with at most the given number of iterations.
  public init(maximumIterations: Int = 2000) {
    self.maximumIterations = maximumIterations
  }

  /// Lanczos vectors, directions and rotations.
  public struct State: LinearState {
    /// q_k and ‖r_k‖.
    public var iterate: LinearIterate
    fileprivate var vector: Tensor  // v_k
    fileprivate var previousVector: Tensor  // v_{k−1}
    fileprivate var direction: Tensor  // w_{k−1}
    fileprivate var previousDirection: Tensor  // w_{k−2}
    fileprivate var coupling = 0.0  // β_k = ⟨v_{k−1}, H v_k⟩
    fileprivate var rotation = Rotation()  // of step k − 1
    fileprivate var previousRotation = Rotation()  // of step k − 2
    fileprivate var projection = 0.0  // ± ‖r_{k−1}‖

    /// Lanczos from the residual at hand.
    public mutating func restart() {
      vector.copyElements(from: iterate.residual)
      let norm = iterate.residualNorm
      if norm > 0 { vector.scale(by: 1 / norm) }
      previousVector.fill(with: 0)
      direction.fill(with: 0)
      previousDirection.fill(with: 0)
      (rotation, previousRotation) = (Rotation(), Rotation())
      (coupling, projection) = (0, norm)
    }

    /// All scratch goes back.
    public func recycle(into workspace: Workspace) {
      for tensor in [vector, previousVector, direction, previousDirection, iterate.product] {
        workspace.recycle(tensor)
      }
    }
  }

  /// A plane rotation.
  fileprivate struct Rotation {
    var cosine = 1.0
    var sine = 0.0
  }

  /// The state before the first iteration.
  public func start(_ problem: LinearProblem, at q0: Tensor?) -> State {
    let iterate = LinearIterate(problem, at: q0)
    func tensor() -> Tensor { problem.workspace.tensor(iterate.q.shape, iterate.q.elementType) }
    var state = State(
      iterate: iterate, vector: tensor(), previousVector: tensor(), direction: tensor(),
      previousDirection: tensor())
    state.restart()
    return state
  }

  /// One iteration.
  public func step(_ problem: LinearProblem, _ state: inout State) {
    let (first, second) = (state.previousRotation, state.rotation)
    let diagonal = state.iterate.multiply(state.vector, problem.system)
    let (coupling, next) = lanczos(diagonal, &state)

    // Column k of the tridiagonal matrix, rotated by the two rotations before.
    let farthest = first.sine * coupling
    let above = second.sine * diagonal + first.cosine * second.cosine * coupling
    let pivot = second.cosine * diagonal - first.cosine * second.sine * coupling
    let curvature = second.cosine * pivot
    if curvature <= 0 { state.iterate.note(curvature: curvature) }
    let length = (pivot * pivot + next * next).squareRoot()
    if length == 0 {
      state.iterate.note(curvature: 0)
      return state.iterate.fail(.indefinite)
    }
    state.previousRotation = second
    state.rotation = Rotation(cosine: pivot / length, sine: next / length)
    advanceDirection(farthest, above, length, &state)
    let step = state.rotation.cosine * state.projection
    state.projection *= -state.rotation.sine
    state.iterate.move(
      along: state.direction, by: step, problem.system, residualNorm: abs(state.projection))
  }

  /// v_{k+1} and its coupling: β_k and β_{k+1}.
  private func lanczos(_ diagonal: Double, _ state: inout State) -> (Double, Double) {
    let coupling = state.coupling
    state.iterate.product.add(state.vector, times: -diagonal)
    state.iterate.product.add(state.previousVector, times: -coupling)
    let next = state.iterate.product.norm
    if next > 0 { state.iterate.product.scale(by: 1 / next) }
    swap(&state.previousVector, &state.vector)
    swap(&state.vector, &state.iterate.product)
    state.coupling = next
    return (coupling, next)
  }

  /// w_k = (v_k − above · w_{k−1} − farthest · w_{k−2}) / length.
  private func advanceDirection(
    _ farthest: Double, _ above: Double, _ length: Double, _ state: inout State
  ) {
    state.previousDirection.scale(by: -farthest / length)
    state.previousDirection.add(state.direction, times: -above / length)
    state.previousDirection.add(state.previousVector, times: 1 / length)
    swap(&state.previousDirection, &state.direction)
  }
}

extension MINRES: Scriptable {
  /// What scripts see.
  public static let declaration = Declaration(
    MINRES.self, "minres", "The minimal residual method for symmetric systems.",
    details: stoppingHelp + " The system may be indefinite.",
    example: "bl.linear.minres { max_iterations = 500 }",
    source: "Paige & Saunders 1975"
  ) {
    Constructor(MINRES()) {
      Field(
        "max_iterations", \.maximumIterations, .integer(atLeast: 1), "most iterations of one solve")
    }
  }
}
