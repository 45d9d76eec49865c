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
    row i: Int, _ sums: inout Accumulators, _ responses: UnsafePointer<Element>,
    _ weights: UnsafePointer<Element>
  ) {
    var r = InlineArray<P, V>(repeating: V.zero)
    for p in 0..<P { r[p] = load(responses + p * V.scalarCount) }
    for j in 0..<R where i - j >= 0 && i - j < S {
      let w = V(repeating: weights[i - j])
      for p in 0..<P { sums[j][p] = sums[j][p].plus(r[p], times: w) }
    }
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
        for i in 0..<(R + S - 1) { add(row: i, &sums, response + i * stride, weights) }
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
