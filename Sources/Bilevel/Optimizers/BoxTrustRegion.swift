/// The set { s : ‖s‖ ≤ Δ, l ≤ s ≤ u } around 0 ∈ [l, u], and what is minimised over it.
struct BoxTrustRegion {
  /// Δ.
  let radius: Double
  /// l ≤ 0.
  let lower: [Double]
  /// u ≥ 0.
  let upper: [Double]

  /// Bisections of a multiplier: its relative error is below 2^-50 of the range.
  private static let bisections = 60
  /// The smallest multiplier, as a part of the largest element of H: it makes a singular H regular.
  private static let ridge = 1e-14
  /// Slopes below this part of the largest one count as 0.
  private static let flat = 1e-13

  /// The minimiser of gᵀs.
  ///
  /// s = clip(−κ g) for the largest κ with ‖s‖ ≤ Δ.
  func minimiser(ofLinear g: [Double]) -> [Double] {
    let steepest = g.reduce(0) { max($0, abs($1)) }
    guard steepest > 0 else { return g.map { _ in 0 } }
    let near = radius / (steepest * Double(g.count))
    // So far out only coordinates without a slope to speak of are neither at a bound nor beyond Δ.
    return longest(from: near, to: near / Self.flat * Double(g.count)) { clipped(g, -$0) }
  }

  /// The minimiser of ½ sᵀH s + gᵀs, H positive semidefinite.
  ///
  /// For λ ≥ 0 the minimiser s(λ) of ½ sᵀ(H + λI)s + gᵀs over the box is found by an active-set
  /// method; ‖s(λ)‖ falls with λ, and the λ with ‖s(λ)‖ = Δ is bisected (Moré & Sorensen, Computing a
  /// trust region step, 1983, without a box).
  func minimiser(hessian: [[Double]], gradient: [Double]) -> [Double] {
    let largest = hessian.indices.reduce(0) { max($0, hessian[$1][$1]) }
    let smallest = max(Self.ridge * largest, .leastNormalMagnitude)
    let free = boxMinimiser(hessian, gradient, smallest)
    if free.length <= radius { return free }
    let sufficient = max(gradient.length / radius, 2 * smallest)
    return longest(from: 1 / sufficient, to: 1 / smallest) {
      boxMinimiser(hessian, gradient, 1 / $0)
    }
  }

  /// The longest s(κ) within Δ, for lengths that grow with κ, on a logarithmic scale.
  private func longest(
    from low: Double, to high: Double, _ step: (Double) -> [Double]
  ) -> [Double] {
    let last = step(high)
    if last.length <= radius { return last }
    var (low, high) = (low, high)
    var best = step(low)
    for _ in 0..<Self.bisections {
      let middle = (low * high).squareRoot()
      let candidate = step(middle)
      if candidate.length <= radius {
        (low, best) = (middle, candidate)
      } else {
        high = middle
      }
    }
    return best.length <= radius ? best : best.map { $0 * radius / best.length }
  }

  private func clipped(_ g: [Double], _ factor: Double) -> [Double] {
    g.indices.map { min(max(factor * g[$0], lower[$0]), upper[$0]) }
  }

  /// The minimiser of ½ sᵀ(H + λI)s + gᵀs over the box.
  ///
  /// From 0: to the minimiser over the free coordinates, or as far as a bound allows, which then holds
  /// its coordinate; where the minimiser is reached, the held coordinate that gains most is freed.
  private func boxMinimiser(_ hessian: [[Double]], _ g: [Double], _ lambda: Double) -> [Double] {
    var s = g.map { _ in 0.0 }
    var held = g.map { _ in false }
    let steepest = g.reduce(0) { max($0, abs($1)) }
    for _ in 0..<20 * g.count + 20 {
      guard let target = minimiser(hessian, g, lambda, s, held) else { return s }
      if let (fraction, blocked) = firstBound(from: s, to: target, held) {
        for i in s.indices where !held[i] { s[i] += fraction * (target[i] - s[i]) }
        s[blocked] = target[blocked] > s[blocked] ? upper[blocked] : lower[blocked]
        held[blocked] = true
        continue
      }
      s = target
      guard let freed = mostPromising(hessian, g, s, held, above: Self.flat * steepest) else {
        return s
      }
      held[freed] = false
    }
    return s
  }

  /// The minimiser over the coordinates that are not held, the others staying as they are.
  private func minimiser(
    _ hessian: [[Double]], _ g: [Double], _ lambda: Double, _ s: [Double], _ held: [Bool]
  ) -> [Double]? {
    let free = s.indices.filter { !held[$0] }
    if free.isEmpty { return s }
    let matrix = free.map { i in free.map { hessian[i][$0] + (i == $0 ? lambda : 0) } }
    let rightSide = free.map { i in
      s.indices.reduce(-g[i]) { held[$1] ? $0 - hessian[i][$1] * s[$1] : $0 }
    }
    guard let solution = DenseSystem(matrix).solve(rightSide) else { return nil }
    var target = s
    for (i, value) in zip(free, solution) { target[i] = value }
    return target
  }

  /// How far the way to the target is free, and which coordinate meets its bound there.
  private func firstBound(from s: [Double], to target: [Double], _ held: [Bool])
    -> (fraction: Double, coordinate: Int)?
  {
    var first: (fraction: Double, coordinate: Int)?
    for i in s.indices where !held[i] && (target[i] > upper[i] || target[i] < lower[i]) {
      let bound = target[i] > upper[i] ? upper[i] : lower[i]
      let fraction = max(0, (bound - s[i]) / (target[i] - s[i]))
      if first.map({ fraction < $0.fraction }) ?? true { first = (fraction, i) }
    }
    return first
  }

  /// The held coordinate along which the energy falls most steeply into the box.
  private func mostPromising(
    _ hessian: [[Double]], _ g: [Double], _ s: [Double], _ held: [Bool], above threshold: Double
  ) -> Int? {
    var best: (slope: Double, coordinate: Int)?
    for i in s.indices where held[i] && upper[i] > lower[i] {
      let slope = s.indices.reduce(g[i]) { $0 + hessian[i][$1] * s[$1] }
      let inward = s[i] >= upper[i] ? slope : -slope
      if inward > max(threshold, best?.slope ?? 0) { best = (inward, i) }
    }
    return best?.coordinate
  }
}
