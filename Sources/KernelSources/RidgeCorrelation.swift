import KernelInterface

/// Correlation of responses with an image: `F` filters × `T` taps of sums stay in registers while
/// the pixels go by; of what is left, `G` filters × `U` taps, then single filters.
enum RidgeCorrelationTile<V: SIMD, let F: Int, let T: Int, let G: Int, let U: Int>
where V.Scalar: Real {
  typealias Element = V.Scalar

  /// The sums of `F` filters and `T` taps over all rows.
  @inline(__always)
  static func run(_ pass: RidgeCorrelation, filter: Int, tap: Int) {
    let lanes = V.scalarCount
    var sums = InlineArray<F, InlineArray<T, V>>(repeating: InlineArray(repeating: V.zero))
    var offsets = InlineArray<T, Int>(repeating: 0)
    for t in 0..<T { offsets[t] = pass.offsets[tap + t] }
    let responses =
      UnsafePointer(pass.responses.start.assumingMemoryBound(to: Element.self))
      + filter * pass.responses.filterStride
    let image = pass.image.assumingMemoryBound(to: Element.self)
    for row in 0..<pass.rows {
      var response = responses + row * pass.responses.rowStride
      var pixel = image + row * pass.imageRowStride
      for _ in 0..<pass.vectors {
        var r = InlineArray<F, V>(repeating: V.zero)
        for f in 0..<F { r[f] = load(response + f * pass.responses.filterStride) }
        for t in 0..<T {
          let x: V = load(pixel + offsets[t])
          for f in 0..<F { sums[f][t] = sums[f][t].plus(x, times: r[f]) }
        }
        response += lanes
        pixel += lanes
      }
    }
    for f in 0..<F {
      for t in 0..<T {
        pass.sums[(filter + f) * pass.taps + tap + t] += laneSum(sums[f][t])
      }
    }
  }

  /// All taps of `F` filters.
  @inline(__always)
  static func run(_ pass: RidgeCorrelation, filter: Int) {
    var tap = 0
    while tap + T <= pass.taps {
      run(pass, filter: filter, tap: tap)
      tap += T
    }
    while tap < pass.taps {
      RidgeCorrelationTile<V, F, 1, G, U>.run(pass, filter: filter, tap: tap)
      tap += 1
    }
  }

  /// All filters and taps.
  @inline(__always)
  static func run(_ pass: RidgeCorrelation) {
    var filter = 0
    while filter + F <= pass.filters {
      run(pass, filter: filter)
      filter += F
    }
    while filter + G <= pass.filters {
      RidgeCorrelationTile<V, G, U, G, U>.run(pass, filter: filter)
      filter += G
    }
    while filter < pass.filters {
      RidgeCorrelationTile<V, 1, T, G, U>.run(pass, filter: filter)
      filter += 1
    }
  }
}
