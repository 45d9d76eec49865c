/// A direction −p in which θ is moved.
struct SearchDirection {
  /// p.
  let vector: [Double]
  /// z, which is what is moved along where p is not admissible.
  let gradient: [Double]
  /// √⟨z, p⟩, which is ‖z‖ for p = z; the length of the projected step over its size under constraints.
  let slope: Double
  /// ‖p‖, or `slope` under constraints.
  let length: Double
  /// ‖z‖, or `slope` under constraints: what tells stationarity.
  let steepness: Double
}

extension MAID {
  /// The direction of a step at θ_k: B z where it descends and is admissible, else z.
  func searchDirection(_ task: UpperLevelTask, _ state: UpperLevelState, _ z: [Double])
    -> SearchDirection
  {
    let a = firstStepSize(state, z)
    let size = a.isFinite ? a : 1
    let steepness = z.length
    if let p = state.quasiNewtonDirection(z) {
      let product = zip(z, p).reduce(0) { $0 + $1.0 * $1.1 }
      if product > 0, product.isFinite,
        isAdmissible(task, state.theta.values.adding(-size, p), state)
      {
        return SearchDirection(
          vector: p, gradient: z, slope: product.squareRoot(), length: p.length,
          steepness: steepness)
      }
    }
    let free = SearchDirection(
      vector: z, gradient: z, slope: steepness, length: steepness, steepness: steepness)
    let slope = displaced(task, state.theta, free, stepSize: size).slope
    return SearchDirection(vector: z, gradient: z, slope: slope, length: slope, steepness: slope)
  }

  /// θ⁺ = P(θ − a p), and √⟨z, p⟩ where P does nothing; else ‖θ − θ⁺‖/a for the step along z.
  func displaced(
    _ task: UpperLevelTask, _ theta: Parameters, _ direction: SearchDirection, stepSize a: Double
  ) -> (theta: Parameters, slope: Double) {
    let free = Parameters(theta.values.adding(-a, direction.vector), layout: theta.layout)
    var admissible = free
    task.objective.project(&admissible)
    if admissible == free { return (free, direction.slope) }
    admissible = Parameters(theta.values.adding(-a, direction.gradient), layout: theta.layout)
    task.objective.project(&admissible)
    return (admissible, theta.values.squaredLength(from: admissible.values).squareRoot() / a)
  }

  /// The first trial of the next step; where none is chosen yet, ‖a z‖ is a small part of ‖θ‖.
  func firstStepSize(_ state: UpperLevelState, _ z: [Double]) -> Double {
    if let next = state.nextStepSize { return next }
    let size = state.theta.values.length
    return Self.initialMove * (size > 0 ? size : 1) / z.length
  }

  /// The first trial after the last move, once its end's gradient is known: 1 along a quasi-Newton
  /// direction, else by the Barzilai-Borwein rule if that is chosen.
  func proposeStep(_ state: inout UpperLevelState, z: [Double]) {
    guard let move = state.lastMove, let last = state.nextStepSize else { return }
    state.lastMove = nil
    if direction == .lbfgs, !state.memory.isEmpty {
      state.nextStepSize = 1
    } else if firstTrial == .barzilaiBorwein {
      let pair = CurvaturePair(from: move, to: state.theta.values, z)
      guard pair.product > 0 else { return }
      let step = pair.move.squaredLength / pair.product
      state.nextStepSize = min(
        max(step, last / Self.largestStepChange), last * Self.largestStepChange)
    }
  }

  /// The memory with the move that led to θ_k, if the change of z over it is more than its errors.
  func memory(of state: UpperLevelState, with estimate: GradientEstimate) -> [CurvaturePair] {
    guard direction == .lbfgs, let start = state.lastMove else { return state.memory }
    let pair = CurvaturePair(from: start, to: state.theta.values, estimate.value)
    let error = (start.errorBound + (estimate.errorBound ?? 0)) * pair.move.length
    guard pair.product > error else { return state.memory }
    return (state.memory + [pair]).suffix(memory)
  }

  private func isAdmissible(
    _ task: UpperLevelTask, _ values: [Double], _ state: UpperLevelState
  ) -> Bool {
    let theta = Parameters(values, layout: state.theta.layout)
    var projected = theta
    task.objective.project(&projected)
    return projected == theta
  }
}

/// A move of θ and the change of z over it.
public struct CurvaturePair: Sendable, Hashable {
  /// s = θ_k − θ_{k−1}.
  let move: [Double]
  /// y = z_k − z_{k−1}.
  let change: [Double]
  /// ⟨s, y⟩.
  let product: Double

  init(from start: Move, to theta: [Double], _ z: [Double]) {
    move = theta.adding(-1, start.start)
    change = z.adding(-1, start.gradient)
    product = zip(move, change).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

extension UpperLevelState {
  /// B z by the two-loop recursion; nil without a remembered move.
  func quasiNewtonDirection(_ z: [Double]) -> [Double]? {
    guard let last = memory.last else { return nil }
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    var p = z
    var weights: [Double] = []
    for pair in memory.reversed() {
      let weight = dot(pair.move, p) / pair.product
      p = p.adding(-weight, pair.change)
      weights.append(weight)
    }
    let scale = last.product / last.change.squaredLength
    p = p.map { $0 * scale }
    for (pair, weight) in zip(memory, weights.reversed()) {
      p = p.adding(weight - dot(pair.change, p) / pair.product, pair.move)
    }
    return p
  }
}
