/// The parts of a state by their names in files. What a method remembers for itself is archived at the foot
/// of that method's file.
extension UpperLevelState: ArchivedRecord {
  init(from archive: StateArchive) throws {
    let packed: PackedPoints = try archive.read("points")
    self.init(theta: try archive.read("theta"), points: packed.points)
    origin = try archive.read("origin")
    loss = try LossEstimate(from: archive, at: points)
    if let loss, let value: [Double] = try archive.read("gradient.value") {
      gradient = GradientEstimate(
        value: value, errorBound: try archive.read("gradient.error_bound"),
        boundKind: try archive.read("gradient.bound"), loss: loss)
    }
    accuracy = try archive.read("accuracy")
    nextStepSize = try archive.read("next_step_size")
    lastMove = try archive.read("last_move")
    memory = try archive.read("memory")
    moments = try archive.read("moments")
    batches = try archive.read("batches")
    hoag = try archive.read("hoag")
    interpolation = try archive.read("interpolation")
    maid = try archive.read("maid")
    iteration = try archive.read("iteration")
    stepSize = try archive.read("step_size")
    isAccepted = try archive.read("is_accepted")
    error = try archive.read("error")
    failure = try archive.read("failure")
    cost = try archive.read("cost")
    outcomes = try archive.read("outcomes")
    try check()
  }

  func write(to archive: inout StateArchive) {
    archive.write(PackedPoints(points), as: "points")
    archive.write(theta, as: "theta")
    archive.write(origin, as: "origin")
    loss?.write(to: &archive)
    archive.write(gradient?.value, as: "gradient.value")
    archive.write(gradient?.errorBound, as: "gradient.error_bound")
    archive.write(gradient?.boundKind, as: "gradient.bound")
    archive.write(accuracy, as: "accuracy")
    archive.write(nextStepSize, as: "next_step_size")
    archive.write(lastMove, as: "last_move")
    archive.write(memory, as: "memory")
    archive.write(moments, as: "moments")
    archive.write(batches, as: "batches")
    archive.write(hoag, as: "hoag")
    archive.write(interpolation, as: "interpolation")
    archive.write(maid, as: "maid")
    archive.write(iteration, as: "iteration")
    archive.write(stepSize, as: "step_size")
    archive.write(isAccepted, as: "is_accepted")
    archive.write(error, as: "error")
    archive.write(failure, as: "failure")
    archive.write(cost, as: "cost")
    archive.write(outcomes, as: "outcomes")
  }

  /// Throws where a vector over θ has not its length, or a count cannot be one.
  private func check() throws {
    let vectors: [(String, [Double]?)] =
      [
        ("gradient.value", gradient?.value), ("last_move.start", lastMove?.start),
        ("last_move.gradient", lastMove?.gradient), ("moments.mean", moments?.mean),
        ("moments.square", moments?.square), ("maid.squares", maid?.squares),
      ] + memory.flatMap { [("memory", $0.move), ("memory", $0.change)] }
    for (name, vector) in vectors where vector.map({ $0.count != theta.count }) ?? false {
      throw StateArchive.Gap(name: name)
    }
    let counts: [(String, Int, atMost: Int)] = [
      ("iteration", iteration, Self.largestCount),
      ("batches.epoch", batches?.epoch ?? 0, Self.largestCount),
      ("batches.offset", batches?.offset ?? 0, points.count),
      ("hoag.evaluations", hoag?.evaluations ?? 0, Self.largestCount),
      ("hoag.tightenings", hoag?.tightenings ?? 0, Self.largestCount),
    ]
    for (name, count, largest) in counts where !(0...largest).contains(count) {
      throw StateArchive.Gap(name: name)
    }
    if let set = interpolation,
      set.nodes.contains(where: {
        $0.position.count > theta.count || $0.residuals.count != points.count + 1
      })
    {
      throw StateArchive.Gap(name: "interpolation.nodes")
    }
    if let size = batches?.size, !(size > 0 && size.isFinite) {
      throw StateArchive.Gap(name: "batches.size")
    }
  }

  /// More than any run counts, and far from overflow.
  fileprivate static let largestCount = 1 << 53
}

extension LossEstimate {
  fileprivate init?(from archive: StateArchive, at points: [SamplePoint]) throws {
    guard let value: Double = try archive.read("loss.value") else { return nil }
    self.init(
      value: value, upperBound: try archive.read("loss.upper"),
      lowerBound: try archive.read("loss.lower"), points: points,
      cost: try archive.read("loss.cost"))
    isEstimated = try archive.read("loss.is_estimated")
    let active: PackedList<Bool> = try archive.read("loss.active")
    guard active.values.count == points.count else { throw StateArchive.Gap(name: "loss.active") }
    for i in points.indices { self.points[i].isActive = active.values[i] }
  }

  fileprivate func write(to archive: inout StateArchive) {
    archive.write(value, as: "loss.value")
    archive.write(upperBound, as: "loss.upper")
    archive.write(lowerBound, as: "loss.lower")
    archive.write(isEstimated, as: "loss.is_estimated")
    archive.write(cost, as: "loss.cost")
    archive.write(PackedList(points.map(\.isActive)), as: "loss.active")
  }
}

extension Parameters: ArchivedRecord {
  init(from archive: StateArchive) throws {
    let layout = ParameterLayout(
      try archive.read("blocks"), regularizer: try archive.read("regularizer"))
    let values: [Double] = try archive.read("values")
    guard values.count == layout.count else { throw StateArchive.Gap(name: "theta.values") }
    self.init(values, layout: layout)
  }

  func write(to archive: inout StateArchive) {
    archive.write(layout.blocks, as: "blocks")
    archive.write(layout.regularizer, as: "regularizer")
    archive.write(values, as: "values")
  }
}

extension ParameterBlock: ArchivedRecord {
  init(from archive: StateArchive) throws {
    let shape: PackedShape = try archive.read("shape")
    self.init(try archive.read("name"), shape.shape, try archive.read("transform"))
  }

  func write(to archive: inout StateArchive) {
    archive.write(name, as: "name")
    archive.write(PackedShape(shape), as: "shape")
    archive.write(transform, as: "transform")
  }
}

extension Accuracy: ArchivedRecord {
  init(from archive: StateArchive) throws {
    self.init(
      lowerLevel: try archive.read("lower_level"),
      linearSystem: try archive.read("linear_system"))
  }

  func write(to archive: inout StateArchive) {
    archive.write(lowerLevel, as: "lower_level")
    archive.write(linearSystem, as: "linear_system")
  }
}

extension Move: ArchivedRecord {
  init(from archive: StateArchive) throws {
    self.init(
      start: try archive.read("start"), gradient: try archive.read("gradient"),
      errorBound: try archive.read("error_bound"))
  }

  func write(to archive: inout StateArchive) {
    archive.write(start, as: "start")
    archive.write(gradient, as: "gradient")
    archive.write(errorBound, as: "error_bound")
  }
}

extension CurvaturePair: ArchivedRecord {
  init(from archive: StateArchive) throws {
    move = try archive.read("move")
    change = try archive.read("change")
    product = try archive.read("product")
  }

  func write(to archive: inout StateArchive) {
    archive.write(move, as: "move")
    archive.write(change, as: "change")
    archive.write(product, as: "product")
  }
}

extension Cost: ArchivedRecord {
  init(from archive: StateArchive) throws {
    self.init()
    lowerIterations = try archive.read("lower_iterations")
    linearIterations = try archive.read("linear_iterations")
    batchedIterations = try archive.read("batched_iterations")
    energies = try archive.read("energies")
    gradients = try archive.read("gradients")
    hessianProducts = try archive.read("hessian_products")
    mixedProducts = try archive.read("mixed_products")
    let counts = [
      lowerIterations, linearIterations, batchedIterations, energies, gradients, hessianProducts,
      mixedProducts,
    ]
    guard counts.allSatisfy((0...UpperLevelState.largestCount).contains) else {
      throw StateArchive.Gap(name: "cost")
    }
  }

  func write(to archive: inout StateArchive) {
    archive.write(lowerIterations, as: "lower_iterations")
    archive.write(linearIterations, as: "linear_iterations")
    archive.write(batchedIterations, as: "batched_iterations")
    archive.write(energies, as: "energies")
    archive.write(gradients, as: "gradients")
    archive.write(hessianProducts, as: "hessian_products")
    archive.write(mixedProducts, as: "mixed_products")
  }
}

extension OutcomeCounts: ArchivedRecord {
  init(from archive: StateArchive) throws {
    self.init()
    for outcome in Outcome.allCases {
      let count: Int? = try archive.read(outcome.rawValue)
      add(outcome, count: count ?? 0)
    }
  }

  func write(to archive: inout StateArchive) {
    for (outcome, count) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      archive.write(count, as: outcome.rawValue)
    }
  }
}
