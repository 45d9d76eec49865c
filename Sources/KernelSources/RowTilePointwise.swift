import KernelInterface

/// The responses of a block of filters in one vector of tiles.
struct RowTileView<V: SIMD> where V.Scalar: Real {
  typealias Element = V.Scalar
  let task: RowTileTask
  let scratch: RowTileScratch<Element>
  /// First filter, and how many.
  let first: Int
  let count: Int
  let factors: UnsafeMutablePointer<Element>?
  /// Vectors of one filter's responses.
  let perFilter: Int

  @inline(__always)
  init(
    _ task: RowTileTask, _ scratch: RowTileScratch<Element>, vector: Int, first: Int, count: Int
  ) {
    self.task = task
    self.scratch = scratch
    self.first = first
    self.count = count
    let perFilter = scratch.rows * RowTileShape.tile
    self.perFilter = perFilter
    factors = task.factors.map {
      $0.assumingMemoryBound(to: Element.self)
        + (vector * task.shape.filters + first) * perFilter * V.scalarCount
    }
  }

  /// Replaces responses by what goes back from them; adds to the sums.
  @inline(__always)
  func run() {
    if task.operation == .product {
      product()
    } else {
      potential()
    }
  }

  /// Factors are zero outside of the image.
  @inline(__always)
  private func product() {
    guard let factors else { return }
    for i in 0..<count * perFilter {
      let place = scratch.responses + i * V.scalarCount
      let response: V = load(place)
      store(response * load(factors + i * V.scalarCount), to: place)
    }
  }

  @inline(__always)
  private func potential() {
    if task.ratio > 0 {
      switch task.potential {
      case .smoothedAbsolute: RowTilePointwise<PotentialDifference<SmoothedAbsolute<V>>>.run(self)
      case .huber: RowTilePointwise<PotentialDifference<Huber<V>>>.run(self)
      case .logCosh: RowTilePointwise<PotentialDifference<LogCosh<V>>>.run(self)
      }
    } else {
      switch task.potential {
      case .smoothedAbsolute: RowTilePointwise<SmoothedAbsolute<V>>.run(self)
      case .huber: RowTilePointwise<Huber<V>>.run(self)
      case .logCosh: RowTilePointwise<LogCosh<V>>.run(self)
      }
    }
  }
}

/// The pointwise operations for one potential, each with a loop of its own over the responses of a filter.
enum RowTilePointwise<Phi: PotentialDerivatives> {
  typealias V = Phi.V
  typealias Element = V.Scalar
  typealias View = RowTileView<V>

  @inline(never)
  static func run(_ view: View) {
    for f in 0..<view.count {
      let k = view.first + f
      let phi = Phi(
        smoothing: view.task.smoothing.unsafelyUnwrapped[k], ratio: view.task.ratio)
      let beta = V.constant(view.task.weights.unsafelyUnwrapped[k])
      let offset = f * view.perFilter * V.scalarCount
      let responses = view.scratch.responses + offset
      switch view.task.operation {
      case .value: addValue(view, phi, beta, responses)
      case .gradient: gradient(view, phi, beta, responses)
      case .gradientAndValue: addValueAndGradient(view, phi, beta, responses)
      case .curvature:
        curvature(view, phi, beta, responses, view.factors.unsafelyUnwrapped + offset)
      case .mixed: mixed(view, phi, k, responses, view.scratch.otherResponses + offset)
      case .product: break
      }
    }
  }

  @inline(__always)
  private static func kept(_ x: V, _ mask: UnsafeMutablePointer<Element>) -> V {
    let mask: V = load(mask)
    return V(bits: x.bits & mask.bits)
  }

  @inline(__always)
  private static func addValue(
    _ view: View, _ phi: Phi, _ beta: V, _ responses: UnsafeMutablePointer<Element>
  ) {
    for row in 0..<view.scratch.rows {
      let rowSum = view.scratch.rowSums + row * V.scalarCount
      var sum: V = load(rowSum)
      for j in 0..<RowTileShape.tile {
        let i = (row * RowTileShape.tile + j) * V.scalarCount
        let value = phi.value(load(responses + i))
        sum = sum.plus(beta, times: kept(value, view.scratch.masks + i))
      }
      store(sum, to: rowSum)
    }
  }

  @inline(__always)
  private static func gradient(
    _ view: View, _ phi: Phi, _ beta: V, _ responses: UnsafeMutablePointer<Element>
  ) {
    for index in 0..<view.perFilter {
      let i = index * V.scalarCount
      store(kept(beta * phi.first(load(responses + i)), view.scratch.masks + i), to: responses + i)
    }
  }

  @inline(__always)
  private static func addValueAndGradient(
    _ view: View, _ phi: Phi, _ beta: V, _ responses: UnsafeMutablePointer<Element>
  ) {
    for row in 0..<view.scratch.rows {
      let rowSum = view.scratch.rowSums + row * V.scalarCount
      var sum: V = load(rowSum)
      for j in 0..<RowTileShape.tile {
        let i = (row * RowTileShape.tile + j) * V.scalarCount
        let (value, first) = phi.valueAndFirst(load(responses + i))
        sum = sum.plus(beta, times: kept(value, view.scratch.masks + i))
        store(kept(beta * first, view.scratch.masks + i), to: responses + i)
      }
      store(sum, to: rowSum)
    }
  }

  @inline(__always)
  private static func curvature(
    _ view: View, _ phi: Phi, _ beta: V, _ responses: UnsafeMutablePointer<Element>,
    _ factors: UnsafeMutablePointer<Element>
  ) {
    for index in 0..<view.perFilter {
      let i = index * V.scalarCount
      store(kept(beta * phi.second(load(responses + i)), view.scratch.masks + i), to: factors + i)
    }
  }

  /// a ← β φ′(a), b ← β φ″(a) b; sums φ′(a) b and β ∂_ν φ′(a) b.
  @inline(__always)
  private static func mixed(
    _ view: View, _ phi: Phi, _ k: Int, _ a: UnsafeMutablePointer<Element>,
    _ b: UnsafeMutablePointer<Element>
  ) {
    let weight = view.task.weights.unsafelyUnwrapped[k]
    let beta = V.constant(weight)
    var (byWeight, bySmoothing) = (V.zero, V.zero)
    for index in 0..<view.perFilter {
      let i = index * V.scalarCount
      let (first, second, firstBySmoothing) = phi.mixed(load(a + i))
      let q = kept(load(b + i), view.scratch.masks + i)
      byWeight = byWeight.plus(first, times: q)
      bySmoothing = bySmoothing.plus(firstBySmoothing, times: q)
      store(kept(beta * first, view.scratch.masks + i), to: a + i)
      store((beta * second) * q, to: b + i)
    }
    view.task.sums.unsafelyUnwrapped[k] += laneSum(byWeight)
    view.task.smoothingSums.unsafelyUnwrapped[k] += weight * laneSum(bySmoothing)
  }
}
