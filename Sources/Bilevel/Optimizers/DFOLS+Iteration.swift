/// The iterations of DFO-LS.
extension DFOLS {
  /// An evaluation, or a change of the radii, after which the state is complete.
  func advance(_ task: UpperLevelTask, _ state: inout UpperLevelState) throws {
    let box = try box(state.theta)
    guard let set = state.interpolation else { return }
    if set.nodes.count <= box.count { return try addInitialNode(task, &state, box) }
    if let isAtResolution = set.improvement {
      return try improve(task, &state, box, isAtResolution: isAtResolution)
    }
    guard let model = LinearResidualModel(set) else { throw StepEnding(outcome: .stalled) }
    let region = region(set, radius: set.radius)
    let (hessian, gradient) = model.quadratic
    let s = region.minimiser(hessian: hessian, gradient: gradient)
    let predicted = model.reduction(s)
    if s.length < Self.shortStep * set.resolution || !(predicted > 0) {
      let radius = max(Self.shortStepDecrease * set.radius, set.resolution)
      state.interpolation?.radius = radius
      state.interpolation?.improvement = radius <= set.resolution
      return
    }
    if try refinesIncumbent(task, &state, predicted) { return }
    try attempt(task, &state, box, model, s, predicted)
  }

  /// Step 3.
  private func attempt(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, _ box: ParameterBox,
    _ model: LinearResidualModel, _ s: [Double], _ predicted: Double
  ) throws {
    guard let before = state.interpolation else { return }
    let request = trialAccuracy(task, before, predicted)
    let (theta, node, loss) = try evaluate(
      task, &state, box, at: before.center.position.adding(1, s), accuracy: request)
    let ratio = (before.center.value - node.value) / predicted
    let length = s.length
    guard var set = state.interpolation else { return }
    set.radius = radius(after: set, ratio: ratio, length: length)
    let isAccepted = ratio >= Self.sufficient || (!isDynamic && ratio > 0)
    if !(ratio >= Self.sufficient) {
      set.improvement = set.radius <= set.resolution
    }
    let place = place(for: node, in: set, model, s, isAccepted: isAccepted)
    if let place { set.nodes[place] = node }
    state.interpolation = set
    if isAccepted, let place { move(&state, to: theta, place, loss, length: length) }
  }

  /// Δ after a trial.
  private func radius(after set: InterpolationSet, ratio: Double, length: Double) -> Double {
    let shorter = Self.decrease * set.radius
    if ratio >= Self.verySuccessful {
      return min(max(Self.increase * set.radius, Self.overshoot * length), Self.largestRadius)
    }
    if ratio >= Self.sufficient { return max(shorter, length, set.resolution) }
    return max(min(shorter, length), set.resolution)
  }

  /// Which node a new one replaces: that with the largest |ℓ_t| max(‖y_t − θ‖/Δ, 1)⁴; nil where a
  /// point that is not accepted would spoil the geometry.
  private func place(
    for node: InterpolationSet.Node, in set: InterpolationSet, _ model: LinearResidualModel,
    _ s: [Double], isAccepted: Bool
  ) -> Int? {
    guard node.value.isFinite else { return nil }
    let center = isAccepted ? node.position : set.center.position
    var best: (score: Double, index: Int)?
    for t in set.nodes.indices where isAccepted || t != set.incumbent {
      let distance = set.nodes[t].position.squaredLength(from: center).squareRoot()
      let weight = max(distance / set.radius, 1)
      let score = abs(model.lagrange(t, at: s)) * weight * weight * weight * weight
      if score > best?.score ?? (isAccepted ? 0 : 1) { best = (score, t) }
    }
    return best?.index
  }

  private func move(
    _ state: inout UpperLevelState, to theta: Parameters, _ index: Int, _ loss: LossEstimate,
    length: Double
  ) {
    state.interpolation?.incumbent = index
    state.theta = theta
    if let set = state.interpolation {
      enter(loss, set.center, in: &state)
      state.nextStepSize = set.radius
    }
    state.stepSize = length
    state.iteration += 1
    state.isAccepted = true
  }

  // MARK: Geometry

  /// Moves a badly placed node; where there is none, refines the resolution if Δ has reached it.
  private func improve(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, _ box: ParameterBox,
    isAtResolution: Bool
  ) throws {
    guard let set = state.interpolation else { return }
    guard let model = LinearResidualModel(set) else { throw StepEnding(outcome: .stalled) }
    if let node = misplaced(set, model) {
      return try relocate(node, task, &state, box, model)
    }
    if isAtResolution { try refineResolution(&state) }
    state.interpolation?.improvement = nil
  }

  /// The node farthest away, if too far; else the one with the largest ℓ_t within Δ, if too large.
  private func misplaced(_ set: InterpolationSet, _ model: LinearResidualModel) -> Int? {
    let others = set.nodes.indices.filter { $0 != set.incumbent }
    let farthest = others.max { set.distance(of: $0) < set.distance(of: $1) }
    let limit = max(Self.farFromRadius * set.radius, Self.farFromResolution * set.resolution)
    if let farthest, set.distance(of: farthest) > limit { return farthest }
    let largest = others.max {
      model.lagrangeGradients[$0].length < model.lagrangeGradients[$1].length
    }
    let bound = Self.poisedness * Double(others.count).squareRoot()
    guard let largest, model.lagrangeGradients[largest].length * set.radius > bound else {
      return nil
    }
    return largest
  }

  /// Puts a node where |ℓ_t| is largest within a tenth of its distance.
  private func relocate(
    _ index: Int, _ task: UpperLevelTask, _ state: inout UpperLevelState, _ box: ParameterBox,
    _ model: LinearResidualModel
  ) throws {
    guard let before = state.interpolation else { return }
    let reach = min(
      Self.closer * before.distance(of: index), Self.insideRadius * before.radius)
    let region = region(before, radius: max(reach, before.resolution))
    let g = model.lagrangeGradients[index]
    let candidates = [g, g.map { -$0 }].map { region.minimiser(ofLinear: $0) }
    let s = candidates.max {
      abs(model.lagrange(index, at: $0)) < abs(model.lagrange(index, at: $1))
    }
    guard let s else { return }
    let request = pointAccuracy(before)
    let (theta, node, loss) = try evaluate(
      task, &state, box, at: before.center.position.adding(1, s), accuracy: request)
    state.interpolation?.improvement = nil
    guard node.value.isFinite else { return try shrink(&state) }
    state.interpolation?.nodes[index] = node
    if !isDynamic, node.value < before.center.value {
      move(&state, to: theta, index, loss, length: s.length)
    }
  }

  /// A smaller region where a point in it could not be evaluated.
  private func shrink(_ state: inout UpperLevelState) throws {
    guard let set = state.interpolation else { return }
    if set.radius <= set.resolution { return try refineResolution(&state) }
    state.interpolation?.radius = max(Self.decrease * set.radius, set.resolution)
  }

  /// (ρ, Δ) ← (ρ/10, ρ/2); the end where ρ cannot fall further.
  private func refineResolution(_ state: inout UpperLevelState) throws {
    guard let set = state.interpolation else { return }
    if set.resolution <= finalRadius { throw StepEnding(outcome: .converged) }
    let resolution = max(Self.resolutionDecrease * set.resolution, finalRadius)
    state.interpolation?.resolution = resolution
    state.interpolation?.radius = max(Self.radiusDecrease * set.resolution, resolution)
    state.error = resolution
  }

  /// The next point of the first set: ρ₀ along a coordinate, upwards where there is room.
  private func addInitialNode(
    _ task: UpperLevelTask, _ state: inout UpperLevelState, _ box: ParameterBox
  ) throws {
    guard let set = state.interpolation else { return }
    let axis = set.nodes.count - 1
    let start = set.nodes[0].position
    let isUpwards = start[axis] + set.radius <= 1
    let request = pointAccuracy(set)
    for sign in isUpwards ? [1.0, -1] : [-1, 1] {
      var position = start
      position[axis] = min(max(position[axis] + sign * set.radius, 0), 1)
      if position[axis] == start[axis] { continue }
      let (theta, node, loss) = try evaluate(
        task, &state, box, at: position, accuracy: request)
      guard node.value.isFinite else { continue }
      state.interpolation?.nodes.append(node)
      if !isDynamic, node.value < set.center.value {
        move(&state, to: theta, axis + 1, loss, length: set.radius)
      }
      return
    }
    throw StepEnding(outcome: .nonFinite)
  }

  /// The steps from the incumbent that stay within a radius and the box.
  private func region(_ set: InterpolationSet, radius: Double) -> BoxTrustRegion {
    BoxTrustRegion(
      radius: radius, lower: set.center.position.map { -$0 },
      upper: set.center.position.map { 1 - $0 })
  }
}
