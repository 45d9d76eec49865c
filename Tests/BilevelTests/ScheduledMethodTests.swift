import Bilevel
import TestSupport
import Testing

private func ones(_ objective: QuadraticObjective) -> Parameters {
  Parameters(Array(repeating: 1, count: objective.layout.count), layout: objective.layout)
}

private func run<Method: UpperLevelMethod>(
  _ method: Method, _ objective: QuadraticObjective, steps: Int, tolerance: Double = 0,
  batch: Double? = nil, seed: Int = 1, observe: ((UpperLevelState) -> Void)? = nil
) throws -> Solution<UpperLevelState> {
  let batches = batch.map { MiniBatches(size: .constant($0), seed: seed) }
  let task = UpperLevelTask(objective, tolerance: tolerance, batches: batches)
  return try iterate(
    method, on: task, from: ones(objective),
    until: Stopping(tolerance: tolerance, maximumIterations: steps)
  ) { observe?($1) }
}

/// ‖θ − θ*‖.
private func gap(_ state: UpperLevelState, _ objective: QuadraticObjective) -> Double {
  distance(state.theta.values, objective.minimiser)
}

@Suite struct ScheduledMethodTests {
  @Test("With the full batch and a fixed step and accuracy, ISGD is gradient descent, bit for bit")
  func fullBatchIsGradientDescent() throws {
    let objective = QuadraticObjective(samples: 3, dimension: 4, parameters: 3, seed: 21)
    let step = 1 / objective.lossHessian.extremeEigenvalues.largest
    let descent = UpperGradientDescent(stepSize: .constant(step), eps: .constant(1e-3))
    let stochastic = ISGD(stepSize: .constant(step), eps: .constant(1e-3))
    let expected = try run(descent, objective, steps: 20).state
    let state = try run(stochastic, objective, steps: 20).state
    #expect(state.theta == expected.theta)
    #expect(state.cost == expected.cost)
    let batched = try run(stochastic, objective, steps: 20, batch: 3).state
    #expect(distance(batched.theta.values, expected.theta.values) < 1e-12)
  }

  /// ‖θ_{k+1} − θ*‖ ≤ (1 − α λ_min) ‖θ_k − θ*‖ + α ‖e‖ for α ≤ 1/λ_max, so that in the limit
  /// ‖θ − θ*‖ ≤ ‖e‖/λ_min.
  @Test("With a fixed accuracy, descent ends in a neighbourhood that theory bounds and ε shrinks")
  func neighbourhood() throws {
    let objective = QuadraticObjective(samples: 3, dimension: 4, parameters: 3, seed: 22)
    let (smallest, largest) = objective.lossHessian.extremeEigenvalues
    var ends: [Double] = []
    for eps in [1e-1, 1e-3, 1e-5] {
      let method = ISGD(stepSize: .constant(1 / largest), eps: .constant(eps))
      let steps = Int(40 * largest / smallest)
      let state = try run(method, objective, steps: steps).state
      let accuracy = Accuracy(lowerLevel: eps, linearSystem: eps * objective.lossSmoothness)
      #expect(gap(state, objective) <= objective.gradientError(accuracy) / smallest)
      ends.append(gap(state, objective))
    }
    #expect(ends[1] < ends[0] / 5 && ends[2] < ends[1] / 5, "\(ends)")
  }

  /// The same recursion with errors e_k = O(ε_k): θ_k − θ* falls with ε_k, here like 1/k.
  @Test("With vanishing accuracies, full-batch ISGD reaches the closed-form minimiser")
  func fullBatchConverges() throws {
    let objective = QuadraticObjective(samples: 3, dimension: 4, parameters: 3, seed: 23)
    let (smallest, largest) = objective.lossHessian.extremeEigenvalues
    let method = ISGD(
      stepSize: .constant(1 / largest), eps: .geometric(initial: 0.1, ratio: 1 - smallest / largest)
    )
    let solution = try run(method, objective, steps: 4000, tolerance: 1e-7)
    #expect(solution.outcome == .converged)
    #expect(gap(solution.state, objective) < 1e-6 / smallest)
  }

  @Test("Mini-batches of decaying steps and accuracies approach the minimiser, on each of 5 orders")
  func miniBatchesConverge() throws {
    let objective = QuadraticObjective(samples: 8, dimension: 4, parameters: 2, seed: 24)
    let largest = objective.lossHessian.extremeEigenvalues.largest
    let method = ISGD(
      stepSize: .polynomial(initial: 0.3 / largest, power: 0.6),
      eps: .polynomial(initial: 0.1, power: 0.5))
    let start = distance(ones(objective).values, objective.minimiser)
    for seed in 1...5 {
      var early = 0.0
      let solution = try run(method, objective, steps: 6000, batch: 2, seed: seed) { state in
        if state.iteration == 60 { early = gap(state, objective) }
      }
      let end = gap(solution.state, objective)
      #expect(end < 0.05 * start && end < 0.5 * early, "seed \(seed): \(start), \(early), \(end)")
    }
  }

  @Test("IAdam with decaying steps and accuracies reaches the minimiser, with and without batches")
  func adamConverges() throws {
    let objective = QuadraticObjective(samples: 8, dimension: 4, parameters: 2, seed: 25)
    let start = distance(ones(objective).values, objective.minimiser)
    let method = IAdam(
      stepSize: .polynomial(initial: 0.05, power: 0.6), eps: .polynomial(initial: 0.1, power: 1))
    let full = try run(method, objective, steps: 3000).state
    #expect(gap(full, objective) < 1e-2 * start)
    let batched = try run(method, objective, steps: 6000, batch: 2).state
    #expect(gap(batched, objective) < 0.05 * start)
  }

  /// m̂ = z and ŝ = z² after one gradient.
  @Test("The first step of Adam has the length of the step size in every coordinate")
  func firstStepOfAdam() throws {
    let objective = QuadraticObjective(samples: 2, dimension: 4, parameters: 3, seed: 26)
    var method = Adam(stepSize: .constant(0.1), eps: .constant(1e-6))
    method.rule.stabilizer = 1e-300
    let task = UpperLevelTask(objective)
    var state = try method.start(task, at: ones(objective))
    let z = try #require(state.gradient).value
    try method.step(task, &state)
    for (theta, slope) in zip(state.theta.values, z) {
      #expect(abs(theta - (1 - 0.1 * (slope > 0 ? 1 : -1))) < 1e-12)
    }
  }

  @Test("θ is projected after the step, the moments of Adam are those of the unprojected gradients")
  func projection() throws {
    let objective = QuadraticObjective(samples: 4, dimension: 4, parameters: 3, seed: 27)
    objective.floor = (objective.minimiser.max() ?? 0) - 1e-2
    var mean = [0.0, 0, 0]
    var last: [Double]?
    let method = IAdam(stepSize: .constant(0.05), eps: .constant(1e-4))
    let solution = try run(method, objective, steps: 50, batch: 2) { state in
      #expect(state.theta.values.min() ?? 0 >= objective.floor ?? 0)
      if let z = last {
        for i in z.indices { mean[i] = 0.9 * mean[i] + (1 - 0.9) * z[i] }
        #expect(state.moments?.mean == mean)
      }
      last = state.gradient?.value
    }
    #expect(solution.state.theta.values.contains(objective.floor ?? 0))
  }

  @Test("Schedules count steps, and each is asked once a step")
  func schedulesCount() throws {
    let objective = QuadraticObjective(samples: 2, dimension: 3, parameters: 2, seed: 28)
    let eps = Counter(), delta = Counter(), step = Counter()
    let method = ISGD(stepSize: step, eps: eps, delta: delta)
    var used: [Accuracy?] = []
    _ = try run(method, objective, steps: 3) { used.append($0.accuracy) }
    for counter in [eps, delta, step] { #expect(counter.steps == [0, 1, 2, 3]) }
    #expect(used.map { $0?.lowerLevel } == [1, 0.5, 1.0 / 3, 0.25])
    #expect(used.map { $0?.linearSystem } == used.map { $0?.lowerLevel })
  }

  @Test("A step to where θ is not finite is an outcome")
  func divergence() throws {
    let objective = QuadraticObjective(samples: 1, dimension: 3, parameters: 2, seed: 29)
    objective.maximumIterations = 20
    let method = UpperGradientDescent(stepSize: .constant(1e200), eps: .constant(1e-2))
    #expect(try run(method, objective, steps: 50).outcome == .nonFinite)
  }
}

/// s(k) = 1/(k + 1), with a list of what was asked for.
private final class Counter: Schedule, @unchecked Sendable {
  private(set) var steps: [Int] = []

  func value(at step: Int) -> Double {
    steps.append(step)
    return 1 / Double(step + 1)
  }
}

@Suite struct HOAGTests {
  private static let schedules: [any Schedule] = [
    .geometric(initial: 0.1, ratio: 0.9), .polynomial(initial: 0.1, power: 2),
    .polynomial(initial: 0.1, power: 3), .constant(1e-8),
  ]

  @Test("HOAG reaches the closed-form minimiser under every schedule", arguments: 0..<4)
  func reachesMinimiser(schedule: Int) throws {
    for seed in 0..<4 {
      let objective = QuadraticObjective(
        samples: 2, dimension: 5, parameters: 3, seed: UInt64(40 + seed))
      let (smallest, largest) = objective.lossHessian.extremeEigenvalues
      var method = HOAG()
      method.eps = Self.schedules[schedule]
      method.minEps = 1e-9
      let slope = norm(objective.exactGradient(ones(objective).values))
      let steps = 200 + Int(20 * largest / smallest)
      let solution = try run(method, objective, steps: steps, tolerance: 1e-4 * slope)
      let accuracy = try #require(solution.state.accuracy)
      // ‖∇f‖ ≤ ‖z‖ + ‖e‖, and ‖θ − θ*‖ ≤ ‖∇f‖/λ_min.
      let bound = (solution.state.error + objective.gradientError(accuracy)) / smallest
      #expect(solution.outcome == .converged, "seed \(seed)")
      #expect(gap(solution.state, objective) <= 1.01 * bound, "seed \(seed)")
    }
  }

  @Test("A step that raises the loss by a fifth is taken back, with half the step and half of ε")
  func rejects() throws {
    let objective = QuadraticObjective(samples: 2, dimension: 5, parameters: 3, seed: 41)
    let largest = objective.lossHessian.extremeEigenvalues.largest
    var method = HOAG()
    method.stepSize = 1000 / largest
    let task = UpperLevelTask(objective)
    var state = try method.start(task, at: ones(objective))
    let before = objective.exactLoss(state.theta.values)
    try method.step(task, &state)
    let memory = try #require(state.hoag)
    #expect(memory.tightenings >= 5)
    #expect(memory.evaluations == 2 + 2 * memory.tightenings)
    #expect(state.stepSize * Double(1 << memory.tightenings) == method.stepSize)
    // One move along −z at θ₀, of the length that was accepted.
    let moved = distance(state.theta.values, ones(objective).values)
    let slope = norm(objective.exactGradient(ones(objective).values))
    #expect(relativeError(moved, state.stepSize * slope) < 1e-2)
    #expect(objective.exactLoss(state.theta.values) < 1.21 * before)
    #expect(try #require(state.accuracy).lowerLevel < 0.1 / Double(1 << memory.tightenings))
  }

  @Test("No accepted step raises the loss by a fifth, and θ moves by one step along −z")
  func singleSteps() throws {
    let objective = QuadraticObjective(samples: 2, dimension: 5, parameters: 3, seed: 42)
    var last: UpperLevelState?
    _ = try run(HOAG(), objective, steps: 60) { state in
      if let last, let z = last.gradient?.value, state.hoag?.tightenings == last.hoag?.tightenings {
        let expected = zip(last.theta.values, z).map { $0 - state.stepSize * $1 }
        #expect(distance(state.theta.values, expected) < 1e-14)
        #expect((state.loss?.value ?? 0) < 1.2 * (last.loss?.value ?? 0))
      }
      last = state
    }
  }

  @Test("The first step is the square root of the number of parameters over ‖z₀‖")
  func firstStep() throws {
    let objective = QuadraticObjective(samples: 2, dimension: 5, parameters: 4, seed: 43)
    let state = try HOAG().start(UpperLevelTask(objective), at: ones(objective))
    let z = try #require(state.gradient).value
    #expect(state.nextStepSize == 2 / norm(z))
  }

  @Test("δ above ‖∇ℓ‖ gives z = 0, which tightens and is no convergence")
  func zeroGradient() throws {
    let objective = QuadraticObjective(samples: 1, dimension: 4, parameters: 2, seed: 44)
    var method = HOAG()
    method.eps = .constant(1e6)
    let solution = try run(method, objective, steps: 20)
    #expect(solution.outcome == .iterationLimit)
    #expect(try #require(solution.state.hoag).tightenings > 5)
  }
}
