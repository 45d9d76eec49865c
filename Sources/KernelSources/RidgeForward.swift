import KernelInterface

/// Correlation of an image with a block of `F` filters: a tile of `F` filters × `P` vectors of
/// pixels stays in registers while the taps go by.
///
/// A row may end with a tile of `Q` vectors. Taps go by in one loop over offsets: around nested loops,
/// compilers have kept the sums in memory.
enum RidgeForwardTile<V: SIMD, let P: Int, let F: Int, let Q: Int> where V.Scalar: Real {
  typealias Element = V.Scalar
  typealias Accumulators = InlineArray<F, InlineArray<P, V>>

  /// One tile at `image`, the place that its first tap sees.
  @inline(__always)
  static func sums(_ pass: RidgeForward, _ image: UnsafePointer<Element>) -> Accumulators {
    var sums = Accumulators(repeating: InlineArray(repeating: V.zero))
    var weight = pass.weights.assumingMemoryBound(to: Element.self)
    for tap in 0..<pass.taps {
      let pixel = image + pass.offsets[tap]
      var x = InlineArray<P, V>(repeating: V.zero)
      for p in 0..<P { x[p] = load(pixel + p * V.scalarCount) }
      for f in 0..<F {
        let w = V(repeating: weight[f])
        for p in 0..<P { sums[f][p] = sums[f][p].plus(x[p], times: w) }
      }
      weight += F
    }
    return sums
  }

  /// Asks for the factors some tiles ahead, which come from memory while sums are computed.
  @inline(__always)
  static func prefetchFactors(_ factors: UnsafePointer<Element>) {
    let ahead = factors + 4 * P * F * V.scalarCount
    for i in 0..<(P * F) { prefetch(UnsafeRawPointer(ahead + i * V.scalarCount)) }
  }

  /// Computes and stores one tile at (`row`, `vector`).
  @inline(__always)
  static func run(_ pass: RidgeForward, _ row: Int, _ vector: Int) {
    let lanes = V.scalarCount
    let image = pass.image.assumingMemoryBound(to: Element.self)
    let factors = pass.factors?.assumingMemoryBound(to: Element.self)
    let place = (row * pass.vectors + vector) * F * lanes
    if let factors { prefetchFactors(factors + place) }
    let result = sums(pass, image + row * pass.imageRowStride + vector * lanes)
    let output =
      pass.output.start.assumingMemoryBound(to: Element.self)
      + (row * pass.output.rowStride + vector * pass.output.vectorStride)
    if let factors {
      let factor = factors + place
      for p in 0..<P {
        for f in 0..<F {
          let c: V = load(factor + (p * F + f) * lanes)
          store(
            result[f][p] * c,
            to: output + (f * pass.output.filterStride + p * pass.output.vectorStride))
        }
      }
    } else {
      for f in 0..<F {
        for p in 0..<P {
          store(
            result[f][p], to: output + (f * pass.output.filterStride + p * pass.output.vectorStride)
          )
        }
      }
    }
  }

  /// All rows: tiles of `P` vectors, and what is left at the end of a row.
  @inline(__always)
  static func run(_ pass: RidgeForward) {
    for row in 0..<pass.rows {
      var vector = 0
      while vector + P <= pass.vectors && vector + Q != pass.vectors {
        run(pass, row, vector)
        vector += P
      }
      if vector + Q == pass.vectors {
        RidgeForwardTile<V, Q, F, Q>.run(pass, row, vector)
        vector += Q
      }
      while vector < pass.vectors {
        RidgeForwardTile<V, 1, F, Q>.run(pass, row, vector)
        vector += 1
      }
    }
  }
}
