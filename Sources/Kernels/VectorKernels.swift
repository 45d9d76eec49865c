/// Vector algebra over raw buffers; reductions add fixed blocks of 256 elements in order, so a sum
/// does not depend on who asks for it.
public enum VectorKernels {
  /// y ← y + a x.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func add<Element: BinaryFloatingPoint>(
    _ count: Int, _ a: Element, _ x: UnsafePointer<Element>, _ y: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count { y[i] += a * x[i] }
  }

  /// y ← a y.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func scale<Element: BinaryFloatingPoint>(
    _ count: Int, _ a: Element, _ y: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count { y[i] *= a }
  }

  /// z ← a x + b y.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func combine<Element: BinaryFloatingPoint>(
    _ count: Int, _ a: Element, _ x: UnsafePointer<Element>, _ b: Element,
    _ y: UnsafePointer<Element>,
    _ z: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count { z[i] = a * x[i] + b * y[i] }
  }

  /// z ← x y, element by element.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func multiply<Element: BinaryFloatingPoint>(
    _ count: Int, _ x: UnsafePointer<Element>, _ y: UnsafePointer<Element>,
    _ z: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count { z[i] = x[i] * y[i] }
  }

  /// ⟨x, y⟩.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func dot<Element: BinaryFloatingPoint & SIMDScalar>(
    _ count: Int, _ x: UnsafePointer<Element>, _ y: UnsafePointer<Element>
  ) -> Double {
    blocks(count) {
      x[$0] * y[$0]
    } lanes: {
      load(x + $0) * load(y + $0)
    }
  }

  /// ‖x − y‖².
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func squaredDistance<Element: BinaryFloatingPoint & SIMDScalar>(
    _ count: Int, _ x: UnsafePointer<Element>, _ y: UnsafePointer<Element>
  ) -> Double {
    blocks(count) {
      (x[$0] - y[$0]) * (x[$0] - y[$0])
    } lanes: {
      let difference = load(x + $0) - load(y + $0)
      return difference * difference
    }
  }

  @inline(__always)
  private static func load<Element: SIMDScalar>(_ p: UnsafePointer<Element>) -> SIMD16<Element> {
    UnsafeRawPointer(p).loadUnaligned(as: SIMD16<Element>.self)
  }

  /// Sum over blocks of 256 in Float64, each block in 16 lanes.
  @inline(__always)
  private static func blocks<Element: BinaryFloatingPoint & SIMDScalar>(
    _ count: Int, _ one: (Int) -> Element, lanes: (Int) -> SIMD16<Element>
  ) -> Double {
    var total = 0.0
    var start = 0
    while start < count {
      let end = min(start + 256, count)
      var sums = SIMD16<Element>(repeating: 0)
      var i = start
      while i + 16 <= end {
        sums += lanes(i)
        i += 16
      }
      var block = Double(0)
      for lane in 0..<16 { block += Double(sums[lane]) }
      while i < end {
        block += Double(one(i))
        i += 1
      }
      total += block
      start = end
    }
    return total
  }
}
