import KernelInterface

/// Adjoint of the correlation: a tile of `R` rows × `P` vectors of the image stays in registers
/// while all filters of a block and all taps go by; a vector of responses is read once for each
/// column of a filter and serves up to `S` rows of the tile.
enum RidgeAdjointTile<V: SIMD, let S: Int, let P: Int, let R: Int> where V.Scalar: Real {
  typealias Element = V.Scalar
  typealias Accumulators = InlineArray<R, InlineArray<P, V>>

  /// What row `i` of the responses, counted from the tile's first, gives to all rows of the tile.
  @inline(__always)
  static func add(
    row i: Int, _ sums: inout Accumulators, _ responses: UnsafePointer<Element>, _ stride: Int,
    _ weights: UnsafePointer<Element>
  ) {
    if i >= R + S - 1 { return }
    var r = InlineArray<P, V>(repeating: V.zero)
    for p in 0..<P { r[p] = load(responses + (i * stride + p * V.scalarCount)) }
    for j in 0..<R where i - j >= 0 && i - j < S {
      let w = V(repeating: weights[i - j])
      for p in 0..<P { sums[j][p] = sums[j][p].plus(r[p], times: w) }
    }
  }

  /// What all rows of the responses give to the tile by one column of a filter.
  ///
  /// The rows are written out because which weights exist is known only where the row is a
  /// constant, and the compiler unrolls no loop of this length.
  @inline(__always)
  static func addColumn(
    _ sums: inout Accumulators, _ responses: UnsafePointer<Element>, _ stride: Int,
    _ weights: UnsafePointer<Element>
  ) {
    add(row: 0, &sums, responses, stride, weights)
    add(row: 1, &sums, responses, stride, weights)
    add(row: 2, &sums, responses, stride, weights)
    add(row: 3, &sums, responses, stride, weights)
    add(row: 4, &sums, responses, stride, weights)
    add(row: 5, &sums, responses, stride, weights)
    add(row: 6, &sums, responses, stride, weights)
    add(row: 7, &sums, responses, stride, weights)
    add(row: 8, &sums, responses, stride, weights)
    add(row: 9, &sums, responses, stride, weights)
    add(row: 10, &sums, responses, stride, weights)
    add(row: 11, &sums, responses, stride, weights)
    add(row: 12, &sums, responses, stride, weights)
    add(row: 13, &sums, responses, stride, weights)
    add(row: 14, &sums, responses, stride, weights)
    add(row: 15, &sums, responses, stride, weights)
    add(row: 16, &sums, responses, stride, weights)
    add(row: 17, &sums, responses, stride, weights)
  }

  /// Computes one tile and adds it to the image.
  @inline(__always)
  static func run(_ pass: RidgeAdjoint, _ row: Int, _ vector: Int) {
    let lanes = V.scalarCount
    let stride = pass.responses.rowStride
    var sums = Accumulators(repeating: InlineArray(repeating: V.zero))
    var weights = pass.weights.assumingMemoryBound(to: Element.self)
    let responses =
      UnsafePointer(pass.responses.start.assumingMemoryBound(to: Element.self))
      + (row * stride + vector * lanes)
    for filter in 0..<pass.filters {
      var response = responses + filter * pass.responses.filterStride
      for _ in 0..<S {
        addColumn(&sums, response, stride, weights)
        weights += S
        response += 1
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

  /// All tiles.
  @inline(__always)
  static func run(_ pass: RidgeAdjoint) {
    var row = 0
    while row < pass.rows {
      var vector = 0
      while vector + P <= pass.vectors {
        run(pass, row, vector)
        vector += P
      }
      while vector < pass.vectors {
        RidgeAdjointTile<V, S, 1, R>.run(pass, row, vector)
        vector += 1
      }
      row += R
    }
  }
}
