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
  /// The direction of a step at θ_k: B z or D z where it descends and is admissible, else z.
  func searchDirection(_ task: UpperLevelTask, _ state: UpperLevelState, _ z: [Double])
    -> SearchDirection
  {
    let a = firstStepSize(state, z)
    let size = a.isFinite ? a : 1
    let free = SearchDirection(
      vector: z, gradient: z, slope: z.length, length: z.length, steepness: z.length)
    let steepness = displaced(task, state.theta, free, stepSize: size).slope
    let scale = metricDiagonal(state, z)
    for p in [state.quasiNewtonDirection(z, metric: scale), scale.map { z.multiplied(by: $0) }] {
      guard let p, isUsable(task, state, z, p, stepSize: size) else { continue }
      return SearchDirection(
        vector: p, gradient: z, slope: z.dot(p).squareRoot(), length: p.length,
        steepness: steepness)
    }
    return SearchDirection(
      vector: z, gradient: z, slope: steepness, length: steepness, steepness: steepness)
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
    let p = metricDiagonal(state, z).map { z.multiplied(by: $0) } ?? z
    return Self.initialMove * (size > 0 ? size : 1) / p.length
  }

  /// The first trial after the last move, once its end's gradient is known: 1 along a quasi-Newton
  /// direction, else by the Barzilai-Borwein rule if that is chosen.
  func proposeStep(_ task: UpperLevelTask, _ state: inout UpperLevelState, z: [Double]) {
    guard let move = state.lastMove, let last = state.nextStepSize else { return }
    state.lastMove = nil
    let scale = metricDiagonal(state, z)
    if let p = state.quasiNewtonDirection(z, metric: scale) {
      let length = state.theta.values.squaredLength(from: move.start).squareRoot()
      let step = min(1, Self.longestMove * length / p.length)
      if isUsable(task, state, z, p, stepSize: step) {
        state.nextStepSize = step
        return
      }
    }
    guard firstTrial == .barzilaiBorwein else { return }
    let pair = CurvaturePair(from: move, to: state.theta.values, z)
    guard pair.product > 0 else { return }
    let squared = scale.map { zip(pair.move, $0).reduce(0) { $0 + $1.0 * $1.0 / $1.1 } }
    let step = (squared ?? pair.move.squaredLength) / pair.product
    state.nextStepSize = min(
      max(step, last / Self.largestStepChange), last * Self.largestStepChange)
  }

  /// The memory with the move that led to θ_k, if f is convex along it as far as z tells.
  ///
  /// Errors of z are no reason to leave it out: every step is tried before it is taken, and a memory that
  /// is not renewed, as where bounds are wide, misleads for as long as it lasts.
  func memory(of state: UpperLevelState, with estimate: GradientEstimate) -> [CurvaturePair] {
    guard direction == .lbfgs, let start = state.lastMove else { return state.memory }
    let pair = CurvaturePair(from: start, to: state.theta.values, estimate.value)
    let size = pair.move.length * pair.change.length
    guard pair.product > Self.smallestCurvature * size else { return state.memory }
    return (state.memory + [pair]).suffix(memory)
  }

  /// Whether −p descends and leads to an admissible θ.
  private func isUsable(
    _ task: UpperLevelTask, _ state: UpperLevelState, _ z: [Double], _ p: [Double],
    stepSize: Double
  ) -> Bool {
    let product = z.dot(p)
    guard product > 0, product.isFinite else { return false }
    let theta = Parameters(
      state.theta.values.adding(-stepSize, p), layout: state.theta.layout)
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
    product = move.dot(change)
  }
}

extension UpperLevelState {
  /// B z by the two-loop recursion from a multiple of the metric; nil without a remembered move.
  func quasiNewtonDirection(_ z: [Double], metric: [Double]?) -> [Double]? {
    guard let last = memory.last else { return nil }
    var p = z
    var weights: [Double] = []
    for pair in memory.reversed() {
      let weight = pair.move.dot(p) / pair.product
      p = p.adding(-weight, pair.change)
      weights.append(weight)
    }
    func scaled(_ vector: [Double]) -> [Double] {
      metric.map { vector.multiplied(by: $0) } ?? vector
    }
    let scale = last.product / last.change.dot(scaled(last.change))
    p = scaled(p).map { $0 * scale }
    for (pair, weight) in zip(memory, weights.reversed()) {
      p = p.adding(weight - pair.change.dot(p) / pair.product, pair.move)
    }
    return p
  }
}
