import Bilevel
import Imaging
import Script
import Tensors
import TestSupport
import Testing

/// An optimizer with the batches it is run with.
private struct Arm: Sendable, CustomTestStringConvertible {
  let name: String
  let method: any UpperLevelMethod
  var batches: MiniBatches?
  var redraws = false

  var testDescription: String { name }
}

private func arm<Method: UpperLevelMethod>(
  _ name: String, _ method: Method, batch: (any Schedule)? = nil, redraws: Bool = false,
  _ change: (inout Method) -> Void = { _ in }
) -> Arm {
  var method = method
  change(&method)
  return Arm(
    name: name, method: method, batches: batch.map { MiniBatches(size: $0, seed: 5) },
    redraws: redraws)
}

private let arms = [
  arm("maid", MAID()),
  arm("maid lbfgs", MAID()) { $0.direction = .lbfgs },
  arm("maid barzilai_borwein", MAID()) { $0.firstTrial = .barzilaiBorwein },
  arm("hoag", HOAG()),
  arm("hoag, rejecting", HOAG()) { $0.stepSize = 100 },
  arm("isgd", ISGD()),
  arm("isgd, batches", ISGD(), batch: .constant(2)),
  arm("isgd, growing batches", ISGD(), batch: .geometric(initial: 1, ratio: 1.3)),
  arm("isgd, cold", ISGD(), batch: .constant(2)) { $0.warmStart = false },
  arm("iadam", IAdam()),
  arm("iadam, batches, redrawn noise", IAdam(), batch: .constant(3), redraws: true),
  arm("gradient_descent", UpperGradientDescent()),
  arm("adam", Adam()),
  arm("dfols", DFOLS()),
  arm("dfols, fixed accuracy", DFOLS()) {
    $0.accuracy = .fixed
    $0.eps = 1e-4
  },
  arm("maid, recycling", MAID()) {
    $0.hypergradient = Implicit(linear: ConjugateGradient(recycle: 3))
  },
  arm("maid adagrad, non-monotone", MAID()) {
    $0.metric = .adagrad
    $0.acceptance = .nonMonotone
  },
]

private func problem(_ arm: Arm, threads: Int, _ elementType: ElementType = .float64) throws
  -> BilevelProblem
{
  var options = DeadLeaves.Options()
  options.count = 5
  options.size = Extent(height: 12, width: 14)
  options.seed = 1
  let data = Observations(
    of: DeadLeaves(options, elementType), noise: GaussianNoise(sigma: 0.1, seed: 2),
    redraws: arm.redraws)
  var model = BilevelProblem.Model(regularizer: TotalVariation())
  model.executor = ThreadExecutor(threads: threads)
  return try BilevelProblem(model, data: data)
}

/// The run of an arm from its start, or from a state, for some steps.
private func run(
  _ arm: Arm, threads: Int, steps: Int, from state: UpperLevelState? = nil,
  _ elementType: ElementType = .float64
) throws -> UpperLevelState {
  let problem = try problem(arm, threads: threads, elementType)
  let objective = BilevelObjective(problem, estimator: arm.method.hypergradient)
  var plan = RunPlan()
  plan.maximumIterations = steps
  plan.batches = arm.batches
  let run =
    state.map { UpperLevelRun(arm.method, of: objective, resuming: $0, plan: plan) }
    ?? UpperLevelRun(arm.method, of: objective, from: problem.initialParameters(), plan: plan)
  while try run.next() != nil {}
  return try #require(run.resumableState())
}

private func bits(_ numbers: [Double]?) -> [UInt64] { (numbers ?? []).map(\.bitPattern) }

/// Whether two states agree bit for bit in all that a run goes on from.
private func expectSame(_ a: UpperLevelState, _ b: UpperLevelState) {
  #expect(bits(a.theta.values) == bits(b.theta.values))
  #expect(a.theta.layout == b.theta.layout)
  #expect(bits(a.gradient?.value) == bits(b.gradient?.value))
  #expect(a.gradient?.errorBound == b.gradient?.errorBound)
  #expect(a.gradient?.boundKind == b.gradient?.boundKind)
  #expect(
    bits([a.loss?.value, a.loss?.upperBound, a.loss?.lowerBound].map { $0 ?? 0 })
      == bits([b.loss?.value, b.loss?.upperBound, b.loss?.lowerBound].map { $0 ?? 0 }))
  #expect(a.loss?.points.map(\.isActive) == b.loss?.points.map(\.isActive))
  #expect(a.points.count == b.points.count)
  for (p, q) in zip(a.points, b.points) {
    #expect(p.image.shape == q.image.shape && p.image.elementType == q.image.elementType)
    #expect(bits(p.image.elements) == bits(q.image.elements))
    #expect(bits(p.adjoint?.elements) == bits(q.adjoint?.elements))
    #expect(p.distance.bitPattern == q.distance.bitPattern && p.outcome == q.outcome)
    #expect(p.epoch == q.epoch && p.isActive == q.isActive)
  }
  #expect(a.accuracy == b.accuracy && a.nextStepSize == b.nextStepSize)
  #expect(a.moments == b.moments && a.batches == b.batches && a.hoag == b.hoag)
  #expect(a.memory == b.memory)
  #expect(bits(a.lastMove?.start) == bits(b.lastMove?.start))
  #expect(bits(a.lastMove?.gradient) == bits(b.lastMove?.gradient))
  #expect(a.lastMove?.errorBound == b.lastMove?.errorBound)
  #expect(a.iteration == b.iteration && a.stepSize == b.stepSize && a.error == b.error)
  #expect(a.isAccepted == b.isAccepted)
  #expect(a.cost == b.cost && a.outcomes == b.outcomes && a.origin == b.origin)
}

@Suite struct ResumeTests {
  @Test("n + m steps are n steps, a file, and m steps, with 1 and 2 threads", arguments: arms)
  fileprivate func resumes(_ arm: Arm) throws {
    let folder = try TemporaryFolder()
    let whole = try run(arm, threads: 1, steps: 7)
    #expect(whole.iteration == 7)
    for threads in [1, 2] {
      let path = folder.path + "/state.safetensors"
      let half = try run(arm, threads: threads, steps: 4)
      try half.save(to: path)
      let loaded = try UpperLevelState.load(from: path)
      expectSame(loaded, half)
      expectSame(try run(arm, threads: 3 - threads, steps: 3, from: loaded), whole)
    }
  }

  @Test("A step that did not arrive is handed out again, and is not in the state", arguments: arms)
  fileprivate func keepsWhatDidNotArrive(_ arm: Arm) throws {
    let problem = try problem(arm, threads: 1)
    let objective = BilevelObjective(problem, estimator: arm.method.hypergradient)
    var plan = RunPlan()
    plan.batches = arm.batches
    let first = UpperLevelRun(
      arm.method, of: objective, from: problem.initialParameters(), plan: plan)
    for k in 0...2 {
      let step = try #require(try first.handOut())
      #expect(step.state.iteration == k)
      #expect(first.resumableState()?.iteration == (k == 0 ? nil : k - 1))
      let again = try #require(try first.handOut())
      expectSame(again.state, step.state)
      if k < 2 { first.acknowledge() }
    }
    let before = try #require(first.resumableState())
    plan.maximumIterations = 1
    let second = UpperLevelRun(arm.method, of: objective, resuming: before, plan: plan)
    let step = try #require(try second.next())
    first.acknowledge()
    expectSame(try #require(second.resumableState()), try #require(first.resumableState()))
    #expect(step.state.iteration == 2)
  }

  @Test("Float32 points and samples of several shapes survive a file")
  func survivesFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/state.safetensors"
    var state = try run(arms[6], threads: 1, steps: 1, .float32)
    state.points[1].image = Tensor([1, .infinity, -0.0, 5e-324], shape: [2, 2], .float32)
    state.points[1].adjoint = Tensor([.nan, 1, 2, 3], shape: [2, 2], .float32)
    state.points[2].isActive = false
    state.points[0].outcome = .stalled
    state.failure = .timeLimit
    state.error = .infinity
    try state.save(to: path)
    let loaded = try UpperLevelState.load(from: path)
    expectSame(loaded, state)
    #expect(loaded.failure == .timeLimit)
  }

  @Test("A budget that ends a step in its middle loses nothing but the work", arguments: arms)
  fileprivate func resumesAfterBudget(_ arm: Arm) throws {
    let whole = try run(arm, threads: 1, steps: 6)
    let problem = try problem(arm, threads: 1)
    for share in [0.25, 0.5, 0.8] {
      var plan = RunPlan()
      plan.budget = Int(share * Double(whole.cost.total))
      plan.batches = arm.batches
      let objective = BilevelObjective(problem, estimator: arm.method.hypergradient)
      let first = UpperLevelRun(
        arm.method, of: objective, from: problem.initialParameters(), plan: plan)
      while try first.next() != nil {}
      #expect(first.outcome == .budget)
      plan.budget = nil
      let state = try #require(first.state)
      // A move whose gradient the budget forbade is formed by the first step after.
      let second = UpperLevelRun(arm.method, of: objective, resuming: state, plan: plan)
      var step = try second.next()
      while let state = step?.state, state.iteration < 6 { step = try second.next() }
      #expect(bits(step?.state.theta.values) == bits(whole.theta.values))
      #expect(bits(step?.state.gradient?.value) == bits(whole.gradient?.value))
    }
  }

  @Test("Whoever adds to the state adds to its file, and then here")
  func everyFieldIsArchived() throws {
    let state = try run(arms[0], threads: 1, steps: 0)
    #expect(
      Mirror(reflecting: state).children.compactMap(\.label) == [
        "theta", "points", "loss", "gradient", "accuracy", "nextStepSize", "lastMove", "memory",
        "moments", "batches", "hoag", "interpolation", "maid", "iteration", "stepSize",
        "isAccepted",
        "error", "origin",
        "failure", "cost", "outcomes",
      ])
  }

  @Test("The time limit is an outcome of its own")
  func timeLimit() throws {
    let problem = try problem(arms[0], threads: 1)
    var plan = RunPlan()
    plan.seconds = 1e-9
    let run = UpperLevelRun(
      ISGD(), of: BilevelObjective(problem), from: problem.initialParameters(), plan: plan)
    while try run.next() != nil {}
    #expect(run.outcome == .timeLimit)
  }

  @Test("The fingerprint tells data, models and element types apart, and nothing else")
  func fingerprints() throws {
    let base = try problem(arms[0], threads: 1)
    #expect(try problem(arms[0], threads: 2).fingerprint == base.fingerprint)
    let images = try #require(base.lower as? VariationalLowerLevel)
    var samples = images.samples
    var observed = samples[4].observed
    observed[flat: 7] = observed[flat: 7].nextUp
    samples[4] = Sample(truth: samples[4].truth, observed: observed)
    var model = BilevelProblem.Model(regularizer: TotalVariation())
    #expect(try BilevelProblem(model, samples: images.samples).fingerprint == base.fingerprint)
    #expect(try BilevelProblem(model, samples: samples).fingerprint != base.fingerprint)
    model.strongConvexity = 0.1
    #expect(try BilevelProblem(model, samples: images.samples).fingerprint != base.fingerprint)
    model.strongConvexity = 0
    model.penalty = SquaredL2Penalty(weight: 0.1)
    #expect(try BilevelProblem(model, samples: images.samples).fingerprint != base.fingerprint)
    model.penalty = nil
    samples = images.samples
    samples.swapAt(0, 1)
    #expect(try BilevelProblem(model, samples: samples).fingerprint != base.fingerprint)
    #expect(try problem(arms[0], threads: 1, .float32).fingerprint != base.fingerprint)
  }

  @Test("Files that are no states are errors that name them")
  func wrongFiles() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/state.safetensors"
    let state = try run(arms[6], threads: 1, steps: 1)
    #expect(throws: FileError.self) { try state.save(to: folder.path + "/state.npz") }
    try state.theta.save(to: path)
    #expect(throws: FileError.self) { try UpperLevelState.load(from: path) }
    try state.save(to: path)
    guard case .named(let whole) = try TensorFiles.read(path) else { return }
    // Each entry in turn is missing, or is nonsense.
    for word in whole.metadata.indices {
      var content = whole
      content.metadata.remove(at: word)
      expectErrorOrState(content, path)
      content = whole
      content.metadata[word].text = "nonsense"
      expectErrorOrState(content, path)
      content.metadata[word].text = "-1"
      expectErrorOrState(content, path)
      content.metadata[word].text = "9223372036854775807x9223372036854775807"
      expectErrorOrState(content, path)
    }
    for entry in whole.entries.indices {
      var content = NamedTensors()
      content.metadata = whole.metadata
      for other in whole.entries.indices where other != entry {
        content.append(whole.entries[other].tensor, named: whole.entries[other].name)
      }
      expectErrorOrState(content, path)
      content.append(Tensor([1], shape: [1]), named: whole.entries[entry].name)
      expectErrorOrState(content, path)
    }
  }

  /// What may be left out leaves a state; all else is an error, never a trap.
  private func expectErrorOrState(_ content: NamedTensors, _ path: String) {
    do {
      try TensorFiles.write(content, to: path)
      let state = try UpperLevelState.load(from: path)
      #expect(state.points.count == 5 && state.theta.count == 2)
    } catch {
      #expect("\(error)".hasPrefix(path))
    }
  }
}
