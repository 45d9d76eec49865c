import KernelInterface

/// A vector of neighbouring pixels of one row: where its operands are read.
struct RowTile<C: Coupling> where C.V.Scalar: Real {
  /// How the right neighbours are found.
  enum Place {
    /// All pixels have a right neighbour.
    case inner
    /// The last pixel is the row's last: its difference is 0.
    case last
    /// The row is shorter than a vector.
    case narrow
  }

  let place: Place
  let offset: Int  // of the first pixel in the channel
  let below: Int  // distance to the row below; 0 in the last row, whose differences are 0
  let columns: Int  // pixels from the first to the row's end
  let planeSize: Int

  typealias V = C.V
  typealias Scalar = C.V.Scalar

  /// p, s and 1/s.
  @inline(__always)
  func point(_ image: UnsafeRawPointer, _ squaredSmoothing: V) -> Point<V> {
    C.point(differences(image), squaredSmoothing)
  }

  /// The forward differences of an image.
  @inline(__always)
  func differences(_ image: UnsafeRawPointer) -> Pair<V> {
    let p = image.assumingMemoryBound(to: Scalar.self) + offset
    if case .narrow = place { return narrowDifferences(p) }
    let centre: V = load(p)
    let under: V = load(p + below)
    var right = centre
    if case .inner = place {
      right = load(p + 1)
    } else {
      for lane in 0..<V.scalarCount - 1 { right[lane] = centre[lane + 1] }
    }
    return Pair(right - centre, under - centre)
  }

  /// The matrix of the prepared curvature.
  @inline(__always)
  func planes(_ base: UnsafeMutableRawPointer) -> (V, V, V) {
    let p = base.assumingMemoryBound(to: Scalar.self) + offset
    if case .narrow = place {
      return (
        narrow(p), narrow(p + planeSize), C.planeCount > 2 ? narrow(p + 2 * planeSize) : .zero
      )
    }
    return (load(p), load(p + planeSize), C.planeCount > 2 ? load(p + 2 * planeSize) : .zero)
  }

  private func narrowDifferences(_ p: UnsafePointer<Scalar>) -> Pair<V> {
    var pair = Pair(V.zero, V.zero)
    for lane in 0..<columns {
      if lane + 1 < columns { pair.x[lane] = p[lane + 1] - p[lane] }
      pair.y[lane] = p[lane + below] - p[lane]
    }
    return pair
  }

  private func narrow(_ p: UnsafePointer<Scalar>) -> V {
    var vector = V.zero
    for lane in 0..<columns { vector[lane] = p[lane] }
    return vector
  }
}

/// The loop over rows and vectors that all operations share.
struct RowStream<C: Coupling> where C.V.Scalar: Real {
  typealias V = C.V
  typealias Scalar = C.V.Scalar
  typealias Tile = RowTile<C>

  let task: TotalVariationTask
  let fresh: V  // of a row's last tile: 1 for pixels that no other tile has, else 0

  @inline(__always)
  init(_ task: TotalVariationTask) {
    self.task = task
    var fresh = V.zero
    let count = V.scalarCount
    let repeated = task.width < count ? 0 : (count - task.width % count) % count
    for lane in repeated..<min(count, repeated + task.width) { fresh[lane] = 1 }
    self.fresh = fresh
  }

  /// sums ← the row sums of two numbers per root.
  @inline(__always)
  func sum(_ body: (Tile) -> (Pair<V>, Pair<V>)) {
    for row in task.rows {
      var first = Pair<V>.zero
      var second = Pair<V>.zero
      tiles(row) { tile, _ in
        let (a, b) = body(tile)
        add(a, tile, to: &first)
        add(b, tile, to: &second)
      }
      task.sums[2 * row] = total(first)
      task.sums[2 * row + 1] = total(second)
    }
  }

  /// planes ← the matrix of each pixel.
  @inline(__always)
  func prepare(_ body: (Tile) -> (V, V, V)) {
    let base = task.planes.assumingMemoryBound(to: Scalar.self)
    let size = task.height * task.width
    for row in task.rows {
      tiles(row) { tile, column in
        let (xx, yy, xy) = body(tile)
        let p = base + row * task.width + column
        write(xx, p, tile)
        write(yy, p + size, tile)
        if C.planeCount > 2 { write(xy, p + 2 * size, tile) }
      }
    }
  }

  /// result += α Dᵀ(field); sums ← the row sums of the second number.
  @inline(__always)
  func accumulate(scaled: Bool = true, _ body: (Tile) -> (Pair<V>, Pair<V>)) {
    let stride = task.width + 2 * TotalVariationTask.margin
    let scratch = task.scratch.assumingMemoryBound(to: Scalar.self)
    scratch.update(repeating: 0, count: 3 * stride)
    let horizontal = scratch + TotalVariationTask.margin
    var vertical = horizontal + stride
    var above = vertical + stride
    let result = task.result.assumingMemoryBound(to: Scalar.self)
    let scale = scaled ? Scalar(task.scale) : 1
    for row in max(task.rows.lowerBound - 1, 0)..<task.rows.upperBound {
      var sum = Pair<V>.zero
      tiles(row) { tile, column in
        let (field, number) = body(tile)
        store(field.x, to: horizontal + column)
        store(field.y, to: vertical + column)
        add(number, tile, to: &sum)
      }
      if row >= task.rows.lowerBound {
        task.sums[2 * row] = total(sum)
        diverge(result + row * task.width, horizontal, vertical, above, scale)
      }
      swap(&vertical, &above)
    }
  }

  /// result += α (u[j−1] − u[j] + v[i−1] − v[i]) for one row.
  @inline(__always)
  private func diverge(
    _ result: UnsafeMutablePointer<Scalar>, _ horizontal: UnsafeMutablePointer<Scalar>,
    _ vertical: UnsafeMutablePointer<Scalar>, _ above: UnsafeMutablePointer<Scalar>, _ scale: Scalar
  ) {
    let factor = V(repeating: scale)
    var j = 0
    while j + V.scalarCount <= task.width {
      let left: V = load(horizontal + j - 1)
      let here: V = load(horizontal + j)
      let up: V = load(above + j)
      let down: V = load(vertical + j)
      let old: V = load(result + j)
      store(old.plus((left - here) + (up - down), times: factor), to: result + j)
      j += V.scalarCount
    }
    while j < task.width {
      result[j] += scale * ((horizontal[j - 1] - horizontal[j]) + (above[j] - vertical[j]))
      j += 1
    }
  }

  /// Calls the body with every tile of a row and its column.
  @inline(__always)
  private func tiles(_ row: Int, _ body: (Tile, Int) -> Void) {
    let width = task.width
    let count = V.scalarCount
    let below = row + 1 < task.height ? width : 0
    let size = task.height * width
    if width < count {
      body(
        Tile(
          place: .narrow, offset: row * width, below: below, columns: width, planeSize: size), 0)
      return
    }
    var column = 0
    while column + count < width {
      body(
        Tile(
          place: .inner, offset: row * width + column, below: below, columns: width - column,
          planeSize: size), column)
      column += count
    }
    body(
      Tile(
        place: .last, offset: row * width + width - count, below: below, columns: count,
        planeSize: size), width - count)
  }

  /// Adds the numbers of pixels that no other tile has (by a factor: masks are not vectorised).
  ///
  /// The components are added up apart until the row ends: sums of both within a vector make the
  /// compiler split it.
  @inline(__always)
  private func add(_ numbers: Pair<V>, _ tile: Tile, to sum: inout Pair<V>) {
    if case .inner = tile.place {
      sum.x += numbers.x
      if C.isSeparate { sum.y += numbers.y }
    } else {
      sum.x += numbers.x * fresh
      if C.isSeparate { sum.y += numbers.y * fresh }
    }
  }

  @inline(__always)
  private func write(_ vector: V, _ p: UnsafeMutablePointer<Scalar>, _ tile: Tile) {
    if case .narrow = tile.place {
      for lane in 0..<tile.columns { p[lane] = vector[lane] }
    } else {
      store(vector, to: p)
    }
  }

  @inline(__always)
  private func total(_ sum: Pair<V>) -> Double {
    var total = 0.0
    for lane in 0..<V.scalarCount { total += Double(sum.x[lane]) }
    if C.isSeparate { for lane in 0..<V.scalarCount { total += Double(sum.y[lane]) } }
    return total
  }
}
