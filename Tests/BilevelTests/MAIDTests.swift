import Bilevel
import Tensors
import TestSupport
import Testing

/// A start at θ₀ = (1, …, 1).
private func ones(_ objective: QuadraticObjective) -> Parameters {
  Parameters(Array(repeating: 1, count: objective.layout.count), layout: objective.layout)
}

private func run(
  _ method: MAID, _ objective: QuadraticObjective, steps: Int, tolerance: Double = 0,
  observe: ((UpperLevelState) -> Void)? = nil
) throws -> Solution<UpperLevelState> {
  let task = UpperLevelTask(objective, tolerance: tolerance)
  return try iterate(
    method, on: task, from: ones(objective),
    until: Stopping(tolerance: tolerance, maximumIterations: steps)
  ) { observe?($1) }
}

/// Directions and first trials as published.
private var published: MAID {
  var method = MAID()
  method.direction = .gradient
  method.firstTrial = .growth
  method.relativeTolerance = 0
  return method
}

/// The published method, the default one, and accelerations apart and together.
private let variants: [MAID] = {
  var variants = [published, MAID(), published, published, MAID()]
  variants[2].firstTrial = .barzilaiBorwein
  variants[3].metric = .adagrad
  variants[4].metric = .adagrad
  return variants
}()

@Test("MAID reaches the closed-form minimiser")
func reachesMinimiser() throws {
  let objective = QuadraticObjective(samples: 2, dimension: 6, parameters: 3, seed: 1)
  let solution = try run(published, objective, steps: 500, tolerance: 1e-4)
  #expect(solution.outcome == .converged)
  #expect(solution.iterations < 200)
  #expect(distance(solution.state.theta.values, objective.minimiser) < 1e-4)
}

@Test("Every accepted step decreases the true objective, on 200 random quadratics")
func alwaysDescends() throws {
  for seed in 0..<200 {
    let objective = QuadraticObjective(
      samples: 1 + seed % 3, dimension: 2 + seed % 5, parameters: 1 + seed % 4, seed: UInt64(seed))
    var method = variants[seed % variants.count]
    method.eps = [1e-1, 1, nil][seed % 3]
    method.stepSize = [0.01, 1, nil][(seed / 3) % 3]
    var last = objective.exactLoss(ones(objective).values)
    var accepted = 0
    _ = try run(method, objective, steps: 20, tolerance: 1e-4) { state in
      let now = objective.exactLoss(state.theta.values)
      if state.isAccepted {
        accepted += 1
        #expect(
          now < last || abs(now - last) < 1e-13 * last, "seed \(seed), step \(state.iteration)")
      }
      last = now
      guard let gradient = state.gradient, let loss = state.loss else { return }
      let truth = objective.exactGradient(state.theta.values)
      let slack = 1e-12 * (1 + norm(truth))
      #expect(distance(gradient.value, truth) <= (gradient.errorBound ?? 0) + slack)
      #expect(loss.lowerBound <= now + 1e-12 * now && now <= loss.upperBound + 1e-12 * now)
    }
    #expect(accepted > 0, "seed \(seed)")
  }
}

@Test("ε and δ from starts far apart end in one band")
func accuraciesMeet() throws {
  var ends: [Double] = []
  for eps in [1e-1, 1e-3, 1e-5] {
    let objective = QuadraticObjective(samples: 1, dimension: 10, parameters: 8, seed: 29)
    var method = published
    method.eps = eps
    method.delta = eps
    method.stepSize = 0.01
    method.accuracyGrowth = 1.25
    let solution = try run(method, objective, steps: 100)
    ends.append(try #require(solution.state.accuracy).lowerLevel)
  }
  let (low, high) = (try #require(ends.min()), try #require(ends.max()))
  #expect(high / low < 10, "\(ends)")
}

@Test("A resumed run repeats an uninterrupted one bit for bit")
func resumes() throws {
  let objective = QuadraticObjective(samples: 2, dimension: 5, parameters: 3, seed: 5)
  let whole = try run(MAID(), objective, steps: 7).state
  let half = try run(MAID(), objective, steps: 3).state
  var rest = Iteration(
    MAID(), on: UpperLevelTask(objective), resuming: half,
    until: Stopping(tolerance: 0, maximumIterations: 4))
  while try rest.advance() == nil {}
  #expect(rest.state.theta == whole.theta)
  #expect(rest.state.gradient?.value == whole.gradient?.value)
  #expect(rest.state.accuracy == whole.accuracy)
  #expect(rest.state.cost == whole.cost)
}

@Test(
  "A budget that ends a step in its middle loses nothing but the work", arguments: [30, 100, 300])
func resumesAfterBudget(budget: Int) throws {
  let objective = QuadraticObjective(samples: 2, dimension: 5, parameters: 3, seed: 5)
  let whole = try run(published, objective, steps: 7).state
  #expect(whole.iteration == 7 && whole.failure == nil)
  let limited = UpperLevelTask(objective) { $0.total >= budget ? .budget : nil }
  var first = Iteration(
    published, on: limited, resuming: try published.start(limited, at: ones(objective)),
    until: Stopping(tolerance: 0))
  var outcome: Outcome?
  while outcome == nil { outcome = try first.advance() }
  #expect(outcome == .budget)
  var state = first.state
  let task = UpperLevelTask(objective)
  for _ in 0..<8 where state.iteration < 7 || state.gradient == nil {
    try published.step(task, &state)
  }
  #expect(state.theta == whole.theta)
  #expect(state.gradient?.value == whole.gradient?.value)
}

@Test("δ above ‖∇ℓ‖ gives z = 0, which refines and is not accepted")
func zeroGradientRefines() throws {
  let objective = QuadraticObjective(samples: 1, dimension: 4, parameters: 2, seed: 3)
  var method = MAID()
  method.eps = 1e-3
  method.delta = 1e6
  let task = UpperLevelTask(objective)
  let state = try method.start(task, at: ones(objective))
  let accuracy = try #require(state.accuracy)
  #expect(accuracy.linearSystem < 1e6)
  #expect(norm(try #require(state.gradient).value) > 0)
}

@Test("A stationary start ends at once: converged within a tolerance, stalled without one")
func stationaryStart() throws {
  let objective = QuadraticObjective(samples: 1, dimension: 4, parameters: 2, seed: 4)
  let start = Parameters(objective.minimiser, layout: objective.layout)
  let loose = try iterate(
    MAID(), on: UpperLevelTask(objective, tolerance: 1e-5), from: start,
    until: Stopping(tolerance: 1e-5))
  #expect(loose.outcome == .converged)
  #expect(loose.iterations == 0)
  let strict = try iterate(
    published, on: UpperLevelTask(objective), from: start,
    until: Stopping(tolerance: 0, maximumIterations: 9))
  #expect(strict.outcome == .stalled)
}

@Test("Solves that fall short widen the bounds and break nothing")
func shortSolves() throws {
  let objective = QuadraticObjective(samples: 1, dimension: 6, parameters: 3, seed: 6)
  objective.maximumIterations = 2
  var last = objective.exactLoss(ones(objective).values)
  _ = try run(MAID(), objective, steps: 30) { state in
    let now = objective.exactLoss(state.theta.values)
    #expect(now <= last)
    last = now
  }
}

@Test("NaN in θ is an outcome, not a trap")
func nonFiniteStart() throws {
  let objective = QuadraticObjective(samples: 1, dimension: 3, parameters: 2, seed: 7)
  let start = Parameters([.nan, 1], layout: objective.layout)
  let solution = try iterate(
    MAID(), on: UpperLevelTask(objective), from: start, until: Stopping(tolerance: 0))
  #expect(solution.outcome == .nonFinite)
}

@Test("Projected steps stay admissible, decrease f and end at the constrained minimiser")
func projectedSteps() throws {
  let objective = QuadraticObjective(samples: 1, dimension: 5, parameters: 3, seed: 8)
  objective.floor = (objective.minimiser.max() ?? 0) - 1e-3
  var last = Double.infinity
  let solution = try run(MAID(), objective, steps: 300, tolerance: 1e-4) { state in
    #expect(state.theta.values.min() ?? 0 >= objective.floor ?? 0)
    let now = objective.exactLoss(state.theta.values)
    #expect(now <= last + 1e-13)
    last = now
  }
  #expect(solution.outcome == .converged)
  // Karush-Kuhn-Tucker: a coordinate off its floor has no slope, one on it an upward one.
  let slope = objective.exactGradient(solution.state.theta.values)
  for (value, derivative) in zip(solution.state.theta.values, slope) {
    #expect(value > (objective.floor ?? 0) ? abs(derivative) < 1e-3 : derivative > -1e-3)
  }
}

@Test("The policy for failed solves: error throws, skip leaves the sample out, tighten goes on")
func failurePolicies() throws {
  let objective = QuadraticObjective(samples: 3, dimension: 4, parameters: 2, seed: 9)
  objective.simulatedFailure = (1, .indefinite)
  var method = MAID()
  method.onFailure = .error
  #expect(throws: SolveFailure.self) {
    try method.start(UpperLevelTask(objective), at: ones(objective))
  }
  method.onFailure = .skip
  let skipped = try method.start(UpperLevelTask(objective), at: ones(objective))
  #expect(skipped.points.map(\.isActive) == [true, false, true])
  method.onFailure = .tighten
  let kept = try method.start(UpperLevelTask(objective), at: ones(objective))
  #expect(kept.points.map(\.isActive) == [true, true, true])
  #expect(kept.outcomes[.indefinite] > 0)
}

@Test("Gradient descent with a fixed accuracy decreases f down to its neighbourhood")
func fixedAccuracy() throws {
  let objective = QuadraticObjective(samples: 2, dimension: 5, parameters: 3, seed: 10)
  let before = objective.exactLoss(ones(objective).values)
  let solution = try iterate(
    UpperGradientDescent(stepSize: .constant(0.02), eps: .constant(1e-6)),
    on: UpperLevelTask(objective), from: ones(objective),
    until: Stopping(tolerance: 1e-4, maximumIterations: 5000))
  #expect(solution.outcome == .converged)
  #expect(objective.exactLoss(solution.state.theta.values) < before)
}

@Test("Quasi-Newton directions need fewer steps, and each is a true decrease")
func quasiNewtonDirections() throws {
  for seed in 0..<20 {
    let objective = QuadraticObjective(
      samples: 2, dimension: 8, parameters: 6, seed: UInt64(100 + seed))
    let plain = try run(published, objective, steps: 300, tolerance: 1e-3)
    var method = MAID()
    method.direction = .lbfgs
    var last = Double.infinity
    let solution = try run(method, objective, steps: 300, tolerance: 1e-3) { state in
      let now = objective.exactLoss(state.theta.values)
      #expect(now <= last)
      last = now
    }
    #expect(solution.outcome == .converged)
    #expect(solution.iterations <= plain.iterations)
  }
}

@Test("A quasi-Newton run resumes bit for bit")
func resumesQuasiNewton() throws {
  let objective = QuadraticObjective(samples: 2, dimension: 8, parameters: 6, seed: 5)
  var method = MAID()
  method.direction = .lbfgs
  let whole = try run(method, objective, steps: 8).state
  var rest = Iteration(
    method, on: UpperLevelTask(objective), resuming: try run(method, objective, steps: 4).state,
    until: Stopping(tolerance: 0, maximumIterations: 4))
  while try rest.advance() == nil {}
  #expect(rest.state.theta == whole.theta)
  #expect(rest.state.gradient?.value == whole.gradient?.value)
}

@Test("Non-monotone steps end below the largest value before them, by the true objective")
func nonMonotoneSteps() throws {
  var ascents = 0
  for seed in 0..<40 {
    let objective = QuadraticObjective(
      samples: 2, dimension: 5, parameters: 4, seed: UInt64(300 + seed))
    var method = MAID()
    method.acceptance = .nonMonotone
    method.direction = .gradient
    var values: [Double] = []
    let solution = try run(method, objective, steps: 60) { state in
      let now = objective.exactLoss(state.theta.values)
      if let highest = values.max() { #expect(now <= highest * (1 + 1e-13)) }
      if let last = values.last, now > last { ascents += 1 }
      values.append(now)
    }
    #expect(objective.exactLoss(solution.state.theta.values) < values[0])
  }
  #expect(ascents > 0)
}

@Test("A run without a tolerance ends: converged relative to the first gradient, or stalled")
func endsOfItself() throws {
  let objective = QuadraticObjective(samples: 2, dimension: 6, parameters: 4, seed: 12)
  for variant in variants {
    var method = variant
    method.relativeTolerance = 1e-5
    let solution = try run(method, objective, steps: 3000)
    #expect(solution.outcome == .converged)
    let first = norm(objective.exactGradient(ones(objective).values))
    #expect(norm(objective.exactGradient(solution.state.theta.values)) <= 2.1e-5 * first)
  }
  var method = MAID()
  method.relativeTolerance = 0
  #expect(try run(method, objective, steps: 3000).outcome == .stalled)
}
