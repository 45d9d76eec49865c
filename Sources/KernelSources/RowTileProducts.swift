import KernelInterface

/// Products of transformed filters with transformed pixels, at one point: correlations along columns, of
/// which `Q` rows of responses, `S` rows of a filter and one vector of pixels are in registers.
enum RowTileProducts<V: SIMD, let Q: Int, let S: Int> where V.Scalar: Real {
  typealias Element = V.Scalar

  @inline(__always)
  static func weights(_ address: UnsafePointer<Element>) -> InlineArray<S, V> {
    var w = InlineArray<S, V>(repeating: V.zero)
    Unrolled<S>.each { w[$0] = V(repeating: address[$0]) }
    return w
  }

  /// sums[i] ← sums[i] + Σ_a w[a] pixels[i + a].
  @inline(__always)
  static func correlate(
    _ pixels: UnsafePointer<Element>, _ w: InlineArray<S, V>, _ sums: inout InlineArray<Q, V>
  ) {
    var x = InlineArray<20, V>(repeating: V.zero)  // Q + S − 1 of them are used
    for row in 0..<(Q + S - 1) { x[row] = load(pixels + row * V.scalarCount) }
    Unrolled<S>.each { a in
      Unrolled<Q>.each { i in sums[i] = sums[i].plus(x[i + a], times: w[a]) }
    }
  }

  /// Adds the adjoint of `correlate` for all filters of a block: pixels[i + a] ← … + Σ_f w_f[a] products_f[i].
  @inline(__always)
  static func addAdjoint(
    _ products: UnsafePointer<Element>, stride: Int, _ weights: UnsafePointer<Element>,
    weightStride: Int, filters: Int, to pixels: UnsafeMutablePointer<Element>
  ) {
    var sums = InlineArray<20, V>(repeating: V.zero)  // Q + S − 1 of them are used
    for row in 0..<(Q + S - 1) { sums[row] = load(pixels + row * V.scalarCount) }
    var (product, weight) = (products, weights)
    for _ in 0..<filters {
      let w = self.weights(weight)
      Unrolled<Q>.each { i in
        let x: V = load(product + i * V.scalarCount)
        Unrolled<S>.each { a in sums[i + a] = sums[i + a].plus(x, times: w[a]) }
      }
      product += stride
      weight += weightStride
    }
    for row in 0..<(Q + S - 1) { store(sums[row], to: pixels + row * V.scalarCount) }
  }

  /// sums[a] ← sums[a] + Σ_i products[i] pixels[i + a].
  @inline(__always)
  static func addDerivative(
    _ products: UnsafePointer<Element>, _ pixels: UnsafePointer<Element>,
    to sums: inout InlineArray<S, V>
  ) {
    var x = InlineArray<20, V>(repeating: V.zero)  // Q + S − 1 of them are used
    for row in 0..<(Q + S - 1) { x[row] = load(pixels + row * V.scalarCount) }
    Unrolled<Q>.each { i in
      let p: V = load(products + i * V.scalarCount)
      Unrolled<S>.each { a in sums[a] = sums[a].plus(x[i + a], times: p) }
    }
  }
}
