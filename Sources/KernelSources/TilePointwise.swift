import KernelInterface

/// The responses of some filters in one group of tiles.
struct TileView {
  let task: TileTask
  let lanes: Int
  let responses: UnsafeMutablePointer<Float>
  let factors: UnsafeMutablePointer<Float>?
  /// Column of the group's first pixel, and columns from there on.
  let column: Int
  let columns: Int
  /// First filter, and how many.
  let first: Int
  let count: Int
  /// Which lanes of each phase are columns of the image.
  let keep: InlineArray<4, Vector32.MaskStorage>

  @inline(__always)
  init(_ task: TileTask, _ scratch: TileScratch, group: Int, first: Int, count: Int) {
    self.task = task
    self.first = first
    self.count = count
    column = 4 * group * scratch.lanes
    columns = task.columns - column
    lanes = scratch.lanes
    responses = scratch.responses
    factors = task.factors.map {
      $0 + (group * task.filters + first) * 16 * scratch.lanes
    }
    var keep = InlineArray<4, Vector32.MaskStorage>(repeating: .zero)
    for j in 0..<4 {
      let left = (columns - j + 3) / 4
      if left >= scratch.lanes {
        keep[j] = Vector32.MaskStorage(repeating: -1)
      } else {
        for lane in 0..<max(left, 0) { keep[j][lane] = -1 }
      }
    }
    self.keep = keep
  }

  /// Replaces responses by what goes back from them; returns the value, if it is wanted.
  func run() -> Double {
    switch task.operation {
    case .product: product()
    case .responses: storeMaps()
    case .adjoint: loadMaps()
    default: return potential()
    }
    return 0
  }

  private func potential() -> Double {
    if task.ratio > 0 {
      switch task.potential {
      case .smoothedAbsolute:
        return TilePointwise<PotentialDifference<SmoothedAbsolute<Vector32>>>.run(self)
      case .huber: return TilePointwise<PotentialDifference<Huber<Vector32>>>.run(self)
      case .logCosh: return TilePointwise<PotentialDifference<LogCosh<Vector32>>>.run(self)
      }
    }
    switch task.potential {
    case .smoothedAbsolute: return TilePointwise<SmoothedAbsolute<Vector32>>.run(self)
    case .huber: return TilePointwise<Huber<Vector32>>.run(self)
    case .logCosh: return TilePointwise<LogCosh<Vector32>>.run(self)
    }
  }

  /// Calls `body` with each response's place, its phase and column, and where its row begins in a map.
  @inline(__always)
  private func eachRow(
    _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) {
    guard let maps = task.maps else { return }
    for f in 0..<count {
      for i in 0..<task.rows {
        body(
          responses + (f * 16 + i * 4) * lanes,
          maps + ((first + f) * task.mapStride + i * task.mapRowStride + column))
      }
    }
  }

  private func storeMaps() {
    let whole = min(columns / 4, lanes)
    let rest = min(columns - 4 * whole, 4 * (lanes - whole))
    eachRow { place, row in
      TilePass<4, 8>.join(place, row, lanes, whole)
      for j in 0..<rest { row[4 * whole + j] = place[j * lanes + whole] }
    }
  }

  /// Responses outside of the image are zero.
  private func loadMaps() {
    let whole = min(columns / 4, lanes)
    let rest = min(columns - 4 * whole, 4 * (lanes - whole))
    if whole < lanes || task.rows < 4 {
      responses.update(repeating: 0, count: count * 16 * lanes)
    }
    eachRow { place, row in
      TilePass<4, 8>.split(row, place, lanes, whole)
      for j in 0..<rest { place[j * lanes + whole] = row[4 * whole + j] }
    }
  }

  /// Factors are zero outside of the image.
  private func product() {
    guard let factors else { return }
    for i in 0..<count * 16 {
      let place = responses + i * lanes
      let response: Vector32 = load(place)
      store(response * load(factors + i * lanes), to: place)
    }
  }
}

/// The pointwise operations for one potential.
///
/// Every operation has a loop of its own over the responses of one filter: a body that is handed over to
/// a common loop would be called for every vector.
enum TilePointwise<Phi: PotentialDerivatives> where Phi.V == Vector32 {
  typealias V = Vector32

  /// One filter of a view.
  struct Filter {
    let beta: V
    let phi: Phi
    let responses: UnsafeMutablePointer<Float>
    let factors: UnsafeMutablePointer<Float>?
    let lanes: Int
    /// Vectors in the rows of the image.
    let whole: Int
    let keep: InlineArray<4, V.MaskStorage>

    @inline(__always)
    init(_ view: TileView, _ f: Int) {
      let k = view.first + f
      let task = view.task
      beta = V.constant(task.weights.unsafelyUnwrapped[k])
      phi = Phi(smoothing: task.smoothing.unsafelyUnwrapped[k], ratio: task.ratio)
      lanes = view.lanes
      responses = view.responses + f * 16 * lanes
      factors = view.factors.map { $0 + f * 16 * view.lanes }
      whole = 4 * task.rows
      keep = view.keep
    }

    /// What is kept of vector `index`.
    @inline(__always)
    func kept(_ x: V, _ index: Int) -> V { V(bits: x.bits & keep[index & 3]) }

    /// Makes zero what stands for rows beyond the image.
    @inline(__always)
    func clearRest(_ place: UnsafeMutablePointer<Float>) {
      for index in whole..<16 { store(V.zero, to: place + index * lanes) }
    }
  }

  @inline(__always)
  static func run(_ view: TileView) -> Double {
    var sum = V.zero
    for f in 0..<view.count {
      let filter = Filter(view, f)
      switch view.task.operation {
      case .value: addValue(filter, &sum)
      case .gradientAndValue: addValueAndGradient(filter, &sum)
      case .gradient: gradient(filter)
      case .curvature: curvature(filter)
      case .product, .responses, .adjoint: break
      }
    }
    return laneSum(sum)
  }

  @inline(__always)
  static func addValue(_ filter: Filter, _ sum: inout V) {
    var place = filter.responses
    for index in 0..<filter.whole {
      let value = filter.phi.value(load(place))
      sum = sum.plus(filter.beta, times: filter.kept(value, index))
      place += filter.lanes
    }
  }

  @inline(__always)
  static func addValueAndGradient(_ filter: Filter, _ sum: inout V) {
    var place = filter.responses
    for index in 0..<filter.whole {
      let (value, first) = filter.phi.valueAndFirst(load(place))
      sum = sum.plus(filter.beta, times: filter.kept(value, index))
      store(filter.kept(filter.beta * first, index), to: place)
      place += filter.lanes
    }
    filter.clearRest(filter.responses)
  }

  @inline(__always)
  static func gradient(_ filter: Filter) {
    var place = filter.responses
    for index in 0..<filter.whole {
      let first = filter.phi.first(load(place))
      store(filter.kept(filter.beta * first, index), to: place)
      place += filter.lanes
    }
    filter.clearRest(filter.responses)
  }

  @inline(__always)
  static func curvature(_ filter: Filter) {
    guard let factors = filter.factors else { return }
    var place = filter.responses
    for index in 0..<filter.whole {
      let second = filter.phi.second(load(place))
      store(filter.kept(filter.beta * second, index), to: factors + index * filter.lanes)
      place += filter.lanes
    }
    filter.clearRest(factors)
  }
}
