import KernelInterface

/// Aᵀ m and A t (see `RowTileNumbers`): from products at all points to 4 responses and back, in registers.
///
/// Products at one point are `stride` elements from those at the next.
struct RowTileResponses<V: SIMD, let P: Int> where V.Scalar: Real {
  typealias Element = V.Scalar
  typealias Four = InlineArray<4, V>
  private let points: InlineArray<P, V>
  private let squares: InlineArray<P, V>
  private let stride: Int

  @inline(__always)
  init(_ numbers: RowTileNumbers<V, P>, stride: Int) {
    var points = InlineArray<P, V>(repeating: V.zero)
    var squares = InlineArray<P, V>(repeating: V.zero)
    for k in 0..<P {
      points[k] = V(repeating: numbers.points[k])
      squares[k] = points[k] * points[k]
    }
    self.points = points
    self.squares = squares
    self.stride = stride
  }

  /// 4 responses from products.
  @inline(__always)
  func gather(_ products: UnsafeMutablePointer<Element>) -> Four {
    var t0: V = load(products)
    var (t1, t2) = (V.zero, V.zero)
    var t3: V = load(products + (2 * P + 1) * stride)
    for k in 0..<P {
      let plus: V = load(products + (2 * k + 1) * stride)
      let minus: V = load(products + (2 * k + 2) * stride)
      let even = plus + minus
      let odd = (plus - minus) * points[k]
      t0 = t0 + even
      t1 = t1 + odd
      t2 = t2.plus(even, times: squares[k])
      t3 = t3.plus(odd, times: squares[k])
    }
    return [t0, t1, t2, t3]
  }

  /// Products from 4 responses.
  @inline(__always)
  func spread(_ t: Four, to products: UnsafeMutablePointer<Element>) {
    store(t[0], to: products)
    store(t[3], to: products + (2 * P + 1) * stride)
    for k in 0..<P {
      let even = t[0].plus(t[2], times: squares[k])
      let odd = t[1].plus(t[3], times: squares[k]) * points[k]
      store(even + odd, to: products + (2 * k + 1) * stride)
      store(even - odd, to: products + (2 * k + 2) * stride)
    }
  }
}
