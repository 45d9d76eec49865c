import KernelInterface

/// The numbers of one-dimensional transforms with the points 0, ±p_1, …, ±p_P and ∞, in the order in which
/// memory holds them.
///
/// Responses are Aᵀ (G f · Bᵀ d) (Lavin and Gray 2016), where row p of Bᵀ has the coefficients of
/// Π_{q ≠ p} (x − q), and row ∞ those of Π (x − q). So rows 0 and ∞ have even or odd columns only, and rows
/// p and −p are the sum and the difference of an even and of an odd part. A and B carry derivatives back.
struct RowTileNumbers<V: SIMD, let P: Int> where V.Scalar: Real {
  typealias Element = V.Scalar
  /// Coefficients of Π (x² − p²): row 0 in even columns, row ∞ in odd ones.
  let whole: UnsafePointer<Element>
  /// Coefficients of Π_{q ≠ p} (x² − q²): row p, in even columns from 2 on; p times that in odd columns.
  let partial: UnsafePointer<Element>
  /// p of every pair.
  let points: UnsafePointer<Element>

  @inline(__always)
  init(_ start: UnsafeRawPointer) {
    whole = start.assumingMemoryBound(to: Element.self)
    partial = whole + (P + 1)
    points = partial + P * P
  }

  @inline(__always)
  private func constant(_ address: UnsafePointer<Element>) -> V { V(repeating: address.pointee) }

  /// Bᵀ d: from vectors at `pixels`, one after the other, to `spectrum`.
  @inline(__always)
  func analyse(
    _ pixels: UnsafePointer<Element>, _ spectrum: UnsafeMutablePointer<Element>, stride: Int
  ) {
    var (even, odd) = (InlineArray<P, V>(repeating: .zero), InlineArray<P, V>(repeating: .zero))
    var zero: V = constant(whole) * load(pixels)
    var infinity: V = constant(whole) * load(pixels + V.scalarCount)
    for i in 0..<P {
      let e: V = load(pixels + (2 * i + 2) * V.scalarCount)
      let o: V = load(pixels + (2 * i + 1) * V.scalarCount)
      let next: V = load(pixels + (2 * i + 3) * V.scalarCount)
      zero = zero.plus(e, times: constant(whole + i + 1))
      infinity = infinity.plus(next, times: constant(whole + i + 1))
      for k in 0..<P {
        let c = constant(partial + k * P + i)
        even[k] = even[k].plus(e, times: c)
        odd[k] = odd[k].plus(o, times: c)
      }
    }
    store(zero, to: spectrum)
    for k in 0..<P {
      let o = odd[k] * constant(points + k)
      store(even[k] + o, to: spectrum + (2 * k + 1) * stride)
      store(even[k] - o, to: spectrum + (2 * k + 2) * stride)
    }
    store(infinity, to: spectrum + (2 * P + 1) * stride)
  }

  /// Adds B r to vectors at `pixels`.
  @inline(__always)
  func synthesise(
    _ spectrum: UnsafePointer<Element>, stride: Int, _ pixels: UnsafeMutablePointer<Element>
  ) {
    var (even, odd) = (InlineArray<P, V>(repeating: .zero), InlineArray<P, V>(repeating: .zero))
    let zero: V = load(spectrum)
    let infinity: V = load(spectrum + (2 * P + 1) * stride)
    for k in 0..<P {
      let plus: V = load(spectrum + (2 * k + 1) * stride)
      let minus: V = load(spectrum + (2 * k + 2) * stride)
      even[k] = plus + minus
      odd[k] = (plus - minus) * constant(points + k)
    }
    for i in 0...P {
      let place = pixels + 2 * i * V.scalarCount
      var e: V = load(place)
      var o: V = load(place + V.scalarCount)
      e = e.plus(zero, times: constant(whole + i))
      o = o.plus(infinity, times: constant(whole + i))
      for k in 0..<P {
        if i > 0 { e = e.plus(even[k], times: constant(partial + k * P + i - 1)) }
        if i < P { o = o.plus(odd[k], times: constant(partial + k * P + i)) }
      }
      store(e, to: place)
      store(o, to: place + V.scalarCount)
    }
  }
}
