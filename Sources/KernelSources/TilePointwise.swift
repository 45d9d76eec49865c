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
          maps + ((first + f) * task.mapStride + i * task.columns + column))
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
enum TilePointwise<Phi: PotentialDerivatives> where Phi.V == Vector32 {
  typealias V = Vector32

  /// Calls `body(β, φ, place, offset of the place, lanes of the image)` for all responses of the image;
  /// what stands for rows beyond becomes zero.
  @inline(__always)
  static func each(
    _ view: TileView, _ body: (V, Phi, UnsafeMutablePointer<Float>, Int, V.MaskStorage) -> Void
  ) {
    guard let weights = view.task.weights, let smoothing = view.task.smoothing else { return }
    let lanes = view.lanes
    // No loop of known length, which would be unrolled before the body could be put in its place.
    let whole = 4 * view.task.rows
    for f in 0..<view.count {
      let k = view.first + f
      let phi = Phi(smoothing: smoothing[k], ratio: view.task.ratio)
      let beta = V.constant(weights[k])
      var offset = f * 16 * lanes
      for index in 0..<whole {
        body(beta, phi, view.responses + offset, offset, view.keep[index & 3])
        offset += lanes
      }
      for _ in whole..<16 {
        store(V.zero, to: view.responses + offset)
        offset += lanes
      }
    }
  }

  @inline(__always)
  static func kept(_ x: V, _ keep: V.MaskStorage) -> V { V(bits: x.bits & keep) }

  static func run(_ view: TileView) -> Double {
    switch view.task.operation {
    case .value: return value(view)
    case .gradientAndValue: return gradientAndValue(view)
    case .gradient: gradient(view)
    case .curvature: curvature(view)
    case .product, .responses, .adjoint: break
    }
    return 0
  }

  static func value(_ view: TileView) -> Double {
    var sum = V.zero
    each(view) { beta, phi, place, _, keep in
      sum = sum.plus(beta, times: kept(phi.value(load(place)), keep))
    }
    return laneSum(sum)
  }

  static func gradient(_ view: TileView) {
    each(view) { beta, phi, place, _, keep in
      store(kept(beta * phi.first(load(place)), keep), to: place)
    }
  }

  static func gradientAndValue(_ view: TileView) -> Double {
    var sum = V.zero
    each(view) { beta, phi, place, _, keep in
      let (value, first) = phi.valueAndFirst(load(place))
      sum = sum.plus(beta, times: kept(value, keep))
      store(kept(beta * first, keep), to: place)
    }
    return laneSum(sum)
  }

  static func curvature(_ view: TileView) {
    guard let factors = view.factors else { return }
    each(view) { beta, phi, place, offset, keep in
      store(kept(beta * phi.second(load(place)), keep), to: factors + offset)
    }
  }
}
