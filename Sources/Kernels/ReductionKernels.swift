/// Reductions in a fixed order, accumulated in Float64.
public enum ReductionKernels {
  /// Elements whose sum is formed before it joins the total.
  private static let blockCount = 256

  /// Σ x[i], over blocks of 256 elements in four lanes.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func sum<Element: BinaryFloatingPoint>(
    _ count: Int, _ x: UnsafePointer<Element>
  ) -> Double {
    blocks(count) { Double(x[$0]) }
  }

  /// Σ |x[i]|.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func absoluteSum<Element: BinaryFloatingPoint>(
    _ count: Int, _ x: UnsafePointer<Element>
  ) -> Double {
    blocks(count) { Double(x[$0].magnitude) }
  }

  /// The smallest element; NaN if there is one; +∞ of none.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func minimum<Element: BinaryFloatingPoint>(
    _ count: Int, _ x: UnsafePointer<Element>
  ) -> Double {
    var least = Element.infinity
    for i in 0..<count where !(x[i] >= least) {
      if x[i] != x[i] { return .nan }
      least = x[i]
    }
    return Double(least)
  }

  /// The largest element; NaN if there is one; −∞ of none.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func maximum<Element: BinaryFloatingPoint>(
    _ count: Int, _ x: UnsafePointer<Element>
  ) -> Double {
    var most = -Element.infinity
    for i in 0..<count where !(x[i] <= most) {
      if x[i] != x[i] { return .nan }
      most = x[i]
    }
    return Double(most)
  }

  /// The largest |x[i]|; NaN if there is one; 0 of none.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func largestMagnitude<Element: BinaryFloatingPoint>(
    _ count: Int, _ x: UnsafePointer<Element>
  ) -> Double {
    let (most, least) = (maximum(count, x), minimum(count, x))
    return most.isNaN ? most : max(most, -least, 0)
  }

  /// total[i] ← total[i] + x[i].
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func accumulate<Element: BinaryFloatingPoint>(
    _ count: Int, _ x: UnsafePointer<Element>, into total: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<count { total[i] += Double(x[i]) }
  }

  @inline(__always)
  private static func blocks(_ count: Int, _ element: (Int) -> Double) -> Double {
    var total = 0.0
    var start = 0
    while start < count {
      let end = min(start + blockCount, count)
      var (s0, s1, s2, s3) = (0.0, 0.0, 0.0, 0.0)
      var i = start
      while i + 4 <= end {
        s0 += element(i)
        s1 += element(i + 1)
        s2 += element(i + 2)
        s3 += element(i + 3)
        i += 4
      }
      while i < end {
        s0 += element(i)
        i += 1
      }
      total += (s0 + s1) + (s2 + s3)
      start = end
    }
    return total
  }
}
