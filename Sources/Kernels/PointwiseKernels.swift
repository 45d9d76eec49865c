#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A function f(z, y) of a prediction and an observation at one pixel, with its derivatives by z.
///
/// Evaluated in Float64 whatever the element type.
public enum PointwiseTerm: Sendable, Hashable {
  /// t = z − y: t²/2 for |t| ≤ width, width |t| − width²/2 beyond.
  case huber(width: Double)
  /// z + b − y + y log(y/(z + b)) for z ≥ 0, its Taylor polynomial of degree 2 at 0 below.
  case poisson(background: Double)

  /// f.
  @inline(__always)
  func value(_ z: Double, _ y: Double) -> Double {
    switch self {
    case .huber(let width):
      let t = abs(z - y)
      return t <= width ? 0.5 * t * t : width * (t - 0.5 * width)
    case .poisson(let background):
      let level = max(z, 0) + background
      let divergence = level - y + (y > 0 ? y * log(y / level) : 0)
      guard z < 0 else { return divergence }
      let slope = 1 - y / background
      return divergence + z * (slope + 0.5 * z * y / (background * background))
    }
  }

  /// ∂f/∂z.
  @inline(__always)
  func slope(_ z: Double, _ y: Double) -> Double {
    switch self {
    case .huber(let width): return max(-width, min(z - y, width))
    case .poisson(let background):
      let level = max(z, 0) + background
      let slope = 1 - y / level
      return z < 0 ? slope + z * y / (background * background) : slope
    }
  }

  /// ∂²f/∂z².
  @inline(__always)
  func curvature(_ z: Double, _ y: Double) -> Double {
    switch self {
    case .huber(let width): return abs(z - y) <= width ? 1 : 0
    case .poisson(let background):
      let level = max(z, 0) + background
      return y / (level * level)
    }
  }

  /// The change of ∂²f/∂z² · v that one pixel adds to, within a radius of z.
  ///
  /// Huber: v² where a kink is within reach, to be summed. Poisson: the largest |∂³f/∂z³ v|, which
  /// falls with z ≥ 0, to be maximised.
  @inline(__always)
  func variation(_ z: Double, _ y: Double, _ v: Double, _ radius: Double) -> Double {
    switch self {
    case .huber(let width): return abs(abs(z - y) - width) <= radius ? v * v : 0
    case .poisson: return z + radius < 0 ? 0 : abs(third(max(z - radius, 0), y) * v)
    }
  }

  /// ∂³f/∂z³.
  @inline(__always)
  func third(_ z: Double, _ y: Double) -> Double {
    switch self {
    case .huber: return 0
    case .poisson(let background):
      let level = max(z, 0) + background
      return z < 0 ? 0 : -2 * y / (level * level * level)
    }
  }
}

/// Loops over predictions z and observations y; sums add blocks of 256 elements in order.
public enum PointwiseKernels {
  private static let block = 256

  /// Σ f(z, y).
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func sum<Element: BinaryFloatingPoint>(
    _ term: PointwiseTerm, _ count: Int, _ z: UnsafePointer<Element>, _ y: UnsafePointer<Element>
  ) -> Double {
    blockwise(count) { term.value(Double(z[$0]), Double(y[$0])) }
  }

  /// target ← factor · ∂f/∂z.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func slope<Element: BinaryFloatingPoint>(
    _ term: PointwiseTerm, _ count: Int, _ factor: Double, _ z: UnsafePointer<Element>,
    _ y: UnsafePointer<Element>, _ target: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count { target[i] = Element(factor * term.slope(Double(z[i]), Double(y[i]))) }
  }

  /// target ← factor · ∂²f/∂z² · v.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func curvature<Element: BinaryFloatingPoint>(
    _ term: PointwiseTerm, _ count: Int, _ factor: Double, _ z: UnsafePointer<Element>,
    _ y: UnsafePointer<Element>, _ v: UnsafePointer<Element>,
    _ target: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      target[i] = Element(factor * term.curvature(Double(z[i]), Double(y[i]))) * v[i]
    }
  }

  /// target ← factor · ∂³f/∂z³ · q · d.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func third<Element: BinaryFloatingPoint>(
    _ term: PointwiseTerm, _ count: Int, _ factor: Double, _ z: UnsafePointer<Element>,
    _ y: UnsafePointer<Element>, _ q: UnsafePointer<Element>, _ d: UnsafePointer<Element>,
    _ target: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count {
      target[i] = Element(factor * term.third(Double(z[i]), Double(y[i]))) * q[i] * d[i]
    }
  }

  /// A bound of ‖(∂²f/∂z²(z′) − ∂²f/∂z²(z)) v‖ over all ‖z′ − z‖ ≤ radius.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func curvatureVariation<Element: BinaryFloatingPoint>(
    _ term: PointwiseTerm, _ count: Int, _ radius: Double, _ z: UnsafePointer<Element>,
    _ y: UnsafePointer<Element>, _ v: UnsafePointer<Element>
  ) -> Double {
    func variation(_ i: Int) -> Double {
      term.variation(Double(z[i]), Double(y[i]), Double(v[i]), radius)
    }
    switch term {
    case .huber: return blockwise(count, variation).squareRoot()
    case .poisson:
      var largest = 0.0
      for i in 0..<count { largest = max(largest, variation(i)) }
      return radius * largest
    }
  }

  /// Σ w (z − y)².
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func weightedSquares<Element: BinaryFloatingPoint>(
    _ count: Int, _ z: UnsafePointer<Element>, _ y: UnsafePointer<Element>,
    _ w: UnsafePointer<Element>
  ) -> Double {
    blockwise(count) {
      let t = Double(z[$0]) - Double(y[$0])
      return Double(w[$0]) * t * t
    }
  }

  /// target ← w · target.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func multiply<Element: BinaryFloatingPoint>(
    _ count: Int, _ w: UnsafePointer<Element>, _ target: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count { target[i] *= w[i] }
  }

  @inline(__always)
  private static func blockwise(_ count: Int, _ body: (Int) -> Double) -> Double {
    var total = 0.0
    var start = 0
    while start < count {
      let end = min(start + block, count)
      var partial = 0.0
      for i in start..<end { partial += body(i) }
      total += partial
      start = end
    }
    return total
  }
}
