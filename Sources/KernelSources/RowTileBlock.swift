import KernelInterface

/// The responses of a block of filters in one vector of tiles, of which scratch holds the products.
struct RowTileBlock<V: SIMD, let P: Int> where V.Scalar: Real {
  typealias Element = V.Scalar
  typealias Four = InlineArray<4, V>
  let task: RowTileTask
  let scratch: RowTileScratch<Element>
  /// First filter, and how many.
  let first: Int
  let count: Int
  /// β φ″ of the first filter.
  let factors: UnsafeMutablePointer<Element>?
  private let transform: RowTileResponses<V, P>

  @inline(__always)
  init(
    _ task: RowTileTask, _ scratch: RowTileScratch<Element>, _ numbers: RowTileNumbers<V, P>,
    vector: Int, first: Int, count: Int
  ) {
    self.task = task
    self.scratch = scratch
    self.first = first
    self.count = count
    let perFilter = scratch.rows * RowTileShape.tile * V.scalarCount
    factors = task.factors.map {
      $0.assumingMemoryBound(to: Element.self)
        + (vector * task.shape.filters + first) * perFilter
    }
    transform = RowTileResponses(numbers, stride: scratch.rows * V.scalarCount)
  }

  /// Elements before those of a row of a filter, where one column has `columns` vectors.
  @inline(__always)
  private func offset(_ f: Int, _ row: Int, _ columns: Int) -> Int {
    (f * columns * scratch.rows + row) * V.scalarCount
  }

  @inline(__always)
  func responses(_ f: Int, _ row: Int) -> Four {
    transform.gather(scratch.products + offset(f, row, 2 * P + 2))
  }

  @inline(__always)
  func otherResponses(_ f: Int, _ row: Int) -> Four {
    transform.gather(scratch.otherProducts + offset(f, row, 2 * P + 2))
  }

  /// Puts what goes back from a row of responses in the place of the products.
  @inline(__always)
  func goBack(_ t: Four, _ f: Int, _ row: Int) {
    transform.spread(t, to: scratch.products + offset(f, row, 2 * P + 2))
  }

  /// The same of the responses to q.
  @inline(__always)
  func goBackToOther(_ t: Four, _ f: Int, _ row: Int) {
    transform.spread(t, to: scratch.otherProducts + offset(f, row, 2 * P + 2))
  }

  /// Where the factors of one row are.
  @inline(__always)
  func factors(_ f: Int, _ row: Int) -> UnsafeMutablePointer<Element> {
    factors.unsafelyUnwrapped + (f * scratch.rows + row) * RowTileShape.tile * V.scalarCount
  }

  /// x where the image has responses, else zero.
  @inline(__always)
  func kept(_ x: V, _ row: Int, _ column: Int) -> V {
    let mask: V = load(scratch.masks + (row * RowTileShape.tile + column) * V.scalarCount)
    return V(bits: x.bits & mask.bits)
  }

  /// Calls `body` for the columns of a tile: a loop that is always unrolled.
  @inline(__always)
  static func columns(_ body: (Int) -> Void) {
    body(0)
    body(1)
    body(2)
    body(3)
  }

  /// Replaces products by those that go back; adds to the sums.
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
    for f in 0..<count {
      for row in 0..<scratch.rows {
        var t = responses(f, row)
        let factors = factors(f, row)
        Self.columns { t[$0] = t[$0] * load(factors + $0 * V.scalarCount) }
        goBack(t, f, row)
      }
    }
  }

  @inline(__always)
  private func potential() {
    if task.ratio > 0 {
      switch task.potential {
      case .smoothedAbsolute:
        RowTilePointwise<PotentialDifference<SmoothedAbsolute<V>>, P>.run(self)
      case .huber: RowTilePointwise<PotentialDifference<Huber<V>>, P>.run(self)
      case .logCosh: RowTilePointwise<PotentialDifference<LogCosh<V>>, P>.run(self)
      }
    } else {
      switch task.potential {
      case .smoothedAbsolute: RowTilePointwise<SmoothedAbsolute<V>, P>.run(self)
      case .huber: RowTilePointwise<Huber<V>, P>.run(self)
      case .logCosh: RowTilePointwise<LogCosh<V>, P>.run(self)
      }
    }
  }
}
