import KernelInterface

/// Adjoint of the correlation: a tile of `R` rows × `P` vectors of the image stays in registers
/// while all filters of a block and all taps go by.
///
/// One column of a filter meets the tile in R + size − 1 rows of responses. All but the first and
/// last R − 1 of them reach every row of the tile, and a loop takes them; it reads a vector of
/// responses once for R rows of the tile. The size is `S` if that is not 0, else it is at least R.
enum RidgeAdjointTile<V: SIMD, let P: Int, let R: Int, let S: Int, let Q: Int>
where V.Scalar: Real {
  typealias Element = V.Scalar
  typealias Accumulators = InlineArray<R, InlineArray<P, V>>

  /// Adds one row of responses to the tile's rows `first`...`last`, the last with weight 0, those
  /// before it with the weights after that one.
  @inline(__always)
  static func add(
    _ responses: UnsafePointer<Element>, _ weights: UnsafePointer<Element>, first: Int, last: Int,
    to sums: inout Accumulators
  ) {
    var r = InlineArray<P, V>(repeating: V.zero)
    for p in 0..<P { r[p] = load(responses + p * V.scalarCount) }
    for j in 0..<R where j >= first && j <= last {
      let w = V(repeating: weights[last - j])
      for p in 0..<P { sums[j][p] = sums[j][p].plus(r[p], times: w) }
    }
  }

  /// Adds one column of a filter of known size, whose weights stay in registers if there are enough.
  @inline(__always)
  static func addWholeColumn(
    _ pass: RidgeAdjoint, _ responses: UnsafePointer<Element>, _ weights: UnsafePointer<Element>,
    to sums: inout Accumulators
  ) {
    for row in 0..<(R + S - 1) {
      let response = responses + row * pass.responses.rowStride
      var r = InlineArray<P, V>(repeating: V.zero)
      for p in 0..<P { r[p] = load(response + p * V.scalarCount) }
      for j in 0..<R where row - j >= 0 && row - j < S {
        let w = V(repeating: weights[row - j])
        for p in 0..<P { sums[j][p] = sums[j][p].plus(r[p], times: w) }
      }
    }
  }

  /// Adds one column of a filter.
  @inline(__always)
  static func addColumn(
    _ pass: RidgeAdjoint, _ responses: UnsafePointer<Element>, _ weights: UnsafePointer<Element>,
    to sums: inout Accumulators
  ) {
    let stride = pass.responses.rowStride
    if S > 0 {
      addWholeColumn(pass, responses, weights, to: &sums)
      return
    }
    var response = responses
    for last in 0..<(R - 1) {
      add(response, weights, first: 0, last: last, to: &sums)
      response += stride
    }
    var weight = weights
    for _ in 0..<(pass.size - (R - 1)) {
      add(response, weight, first: 0, last: R - 1, to: &sums)
      response += stride
      weight += 1
    }
    for first in 1..<R {
      add(response, weight, first: first, last: R - 1, to: &sums)
      response += stride
      weight += 1
    }
  }

  /// Asks for one filter's share of the memory that the next pass reads.
  @inline(__always)
  static func prefetchUpcoming(_ pass: RidgeAdjoint, _ row: Int, _ vector: Int, _ filter: Int) {
    guard let start = pass.upcoming.baseAddress else { return }
    let lines = pass.upcoming.count / 64
    let all = pass.rows * pass.vectors * pass.filters
    let done = (row * pass.vectors + vector * R) * pass.filters + filter * P * R
    let end = min(lines * (done + P * R) / all, lines)
    var line = lines * done / all
    while line < end {
      prefetch(start + 64 * line)
      line += 1
    }
  }

  /// Computes one tile and adds it to the image.
  @inline(__always)
  static func run(_ pass: RidgeAdjoint, _ row: Int, _ vector: Int) {
    let lanes = V.scalarCount
    let size = S > 0 ? S : pass.size
    var sums = Accumulators(repeating: InlineArray(repeating: V.zero))
    var weights = pass.weights.assumingMemoryBound(to: Element.self)
    let responses =
      UnsafePointer(pass.responses.start.assumingMemoryBound(to: Element.self))
      + (row * pass.responses.rowStride + vector * lanes)
    for filter in 0..<pass.filters {
      prefetchUpcoming(pass, row, vector, filter)
      let response = responses + filter * pass.responses.filterStride
      for column in 0..<size {
        addColumn(pass, response + column, weights, to: &sums)
        weights += size
      }
    }
    let image =
      pass.image.assumingMemoryBound(to: Element.self)
      + (row * pass.imageRowStride + vector * lanes)
    for j in 0..<R {
      for p in 0..<P {
        let pixel = image + (j * pass.imageRowStride + p * lanes)
        store(load(pixel) + sums[j][p], to: pixel)
      }
    }
  }

  /// All tiles: of `P` vectors, and of what is left at the end of a row.
  @inline(__always)
  static func run(_ pass: RidgeAdjoint) {
    var row = 0
    while row < pass.rows {
      var vector = 0
      while vector + P <= pass.vectors && vector + Q != pass.vectors {
        run(pass, row, vector)
        vector += P
      }
      if vector + Q == pass.vectors {
        RidgeAdjointTile<V, Q, R, S, Q>.run(pass, row, vector)
        vector += Q
      }
      while vector + 2 <= pass.vectors {
        RidgeAdjointTile<V, 2, R, S, Q>.run(pass, row, vector)
        vector += 2
      }
      if vector < pass.vectors { RidgeAdjointTile<V, 1, R, S, Q>.run(pass, row, vector) }
      row += R
    }
  }
}
