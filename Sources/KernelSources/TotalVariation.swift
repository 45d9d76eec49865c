import KernelInterface

/// Smoothed total variation, one pass over the image.
///
/// Rows stream through, the dual field of a row
/// lives in a scratch that stays in the first-level cache, and the adjoint Dᵀ of a row is applied as
/// soon as the row is there. A strip of rows computes the field of the row above it anew, so that
/// every pixel gets the same bits whatever the strips are.
enum TotalVariation {
  static func isotropicSingle(_ task: UnsafePointer<TotalVariationTask>) {
    run(task.pointee, Isotropic<Vector32>.self)
  }
  static func isotropicDouble(_ task: UnsafePointer<TotalVariationTask>) {
    run(task.pointee, Isotropic<Vector64>.self)
  }
  static func anisotropicSingle(_ task: UnsafePointer<TotalVariationTask>) {
    run(task.pointee, Anisotropic<Vector32>.self)
  }
  static func anisotropicDouble(_ task: UnsafePointer<TotalVariationTask>) {
    run(task.pointee, Anisotropic<Vector64>.self)
  }

  @inline(__always)
  private static func run<C: Coupling>(_ task: TotalVariationTask, _ coupling: C.Type)
  where C.V.Scalar: Real {
    let stream = RowStream<C>(task)
    let smoothing = C.V(repeating: C.V.Scalar(task.squaredSmoothing))
    switch task.operation {
    case .value:
      stream.sum { tile in
        (tile.point(task.x, smoothing).length, .zero)
      }
    case .gradient:
      stream.accumulate { tile in
        let point = tile.point(task.x, smoothing)
        return (point.difference * point.inverse, point.length)
      }
    case .prepareCurvature:
      stream.prepare { tile in C.hessian(tile.point(task.x, smoothing), smoothing) }
    case .hessianProduct:
      stream.accumulate { tile in
        (C.product(tile.planes(task.planes), tile.differences(task.q)), .zero)
      }
    case .mixedProduct:
      stream.sum { tile in
        let point = tile.point(task.x, smoothing)
        let along = C.inner(point.difference, tile.differences(task.q)) * point.inverse
        return (along, along * point.inverse * point.inverse)
      }
    case .mixedDirection:
      let scale = C.V(repeating: C.V.Scalar(task.scale))
      let slope = C.V(repeating: C.V.Scalar(task.slope))
      stream.accumulate(scaled: false) { tile in
        let point = tile.point(task.x, smoothing)
        let factor = point.inverse * (point.inverse * point.inverse * slope + scale)
        return (point.difference * factor, .zero)
      }
    case .thirdProduct:
      stream.accumulate { tile in
        (
          third(
            tile.point(task.x, smoothing), tile.differences(task.q), tile.differences(task.d),
            C.self), .zero
        )
      }
    case .mixedVariation:
      stream.sum { tile in
        variation(
          tile.point(task.x, smoothing), tile.differences(task.q), tile.differences(task.d), C.self)
      }
    }
  }

  /// −( e⟨p,h⟩ + h⟨p,e⟩ + p⟨e,h⟩ )/s³ + 3 p⟨p,e⟩⟨p,h⟩/s⁵.
  @inline(__always)
  private static func third<C: Coupling>(
    _ point: Point<C.V>, _ e: Pair<C.V>, _ h: Pair<C.V>, _ coupling: C.Type
  ) -> Pair<C.V> where C.V.Scalar: Real {
    let p = point.difference
    let square = point.inverse * point.inverse
    let pe = C.inner(p, e)
    let ph = C.inner(p, h)
    let bracket = p * (pe * ph * square * C.V(repeating: 3) - C.inner(e, h)) - e * ph - h * pe
    return bracket * square * point.inverse
  }

  /// ⟨e,h⟩/s − ⟨p,e⟩⟨p,h⟩/s³ and ⟨e,h⟩/s³ − 3 ⟨p,e⟩⟨p,h⟩/s⁵ of each root.
  @inline(__always)
  private static func variation<C: Coupling>(
    _ point: Point<C.V>, _ e: Pair<C.V>, _ h: Pair<C.V>, _ coupling: C.Type
  ) -> (Pair<C.V>, Pair<C.V>) where C.V.Scalar: Real {
    let square = point.inverse * point.inverse
    let eh = C.inner(e, h)
    let both = C.inner(point.difference, e) * C.inner(point.difference, h) * square
    let second = (eh - both * C.V(repeating: 3)) * square * point.inverse
    return ((eh - both) * point.inverse, second)
  }
}

/// A horizontal and a vertical component of some pixels.
struct Pair<V: SIMD> where V.Scalar: Real {
  var x: V
  var y: V

  @inline(__always)
  init(_ x: V, _ y: V) {
    self.x = x
    self.y = y
  }

  @inline(__always)
  static var zero: Pair { Pair(.zero, .zero) }
  @inline(__always)
  static func * (a: Pair, b: Pair) -> Pair { Pair(a.x * b.x, a.y * b.y) }
  @inline(__always)
  static func * (a: Pair, b: V) -> Pair { Pair(a.x * b, a.y * b) }
  @inline(__always)
  static func + (a: Pair, b: V) -> Pair { Pair(a.x + b, a.y + b) }
  @inline(__always)
  static func - (a: Pair, b: Pair) -> Pair { Pair(a.x - b.x, a.y - b.y) }
}

/// p = Dx with the length s that belongs to each component, and 1/s.
struct Point<V: SIMD> where V.Scalar: Real {
  var difference: Pair<V>
  var length: Pair<V>
  var inverse: Pair<V>
}

/// What goes under one root.
///
/// Inner products and lengths come as pairs, one entry per component; where
/// the components are coupled both entries are the same expression, which is computed once.
protocol Coupling {
  associatedtype V: SIMD where V.Scalar: Real
  /// ⟨a, b⟩ of the couple that each component belongs to.
  static func inner(_ a: Pair<V>, _ b: Pair<V>) -> Pair<V>
  /// Whether each component has a root of its own, so that sums run over both.
  static var isSeparate: Bool { get }
  /// √(|p|² + ν²) per couple, and its inverse.
  static func point(_ p: Pair<V>, _ squaredSmoothing: V) -> Point<V>
  /// The second derivative of s: xx, yy and xy.
  static func hessian(_ point: Point<V>, _ squaredSmoothing: V) -> (V, V, V)
  /// The matrix (xx, yy, xy) times e.
  static func product(_ matrix: (V, V, V), _ e: Pair<V>) -> Pair<V>
  /// Planes of the matrix: xy is not stored where it is 0.
  static var planeCount: Int { get }
}

/// s = √(a² + b² + ν²).
enum Isotropic<V: SIMD>: Coupling where V.Scalar: Real {
  @inline(__always)
  static func inner(_ a: Pair<V>, _ b: Pair<V>) -> Pair<V> {
    let product = (a.x * b.x).plus(a.y, times: b.y)
    return Pair(product, product)
  }

  static var isSeparate: Bool {
    @inline(__always) get { false }
  }

  @inline(__always)
  static func point(_ p: Pair<V>, _ squaredSmoothing: V) -> Point<V> {
    let length = squaredSmoothing.plus(p.x, times: p.x).plus(p.y, times: p.y).squareRoot()
    let inverse = V(repeating: 1) / length
    return Point(difference: p, length: Pair(length, length), inverse: Pair(inverse, inverse))
  }

  @inline(__always)
  static func hessian(_ point: Point<V>, _ squaredSmoothing: V) -> (V, V, V) {
    let p = point.difference
    let cube = point.inverse.x * point.inverse.x * point.inverse.x
    return (
      squaredSmoothing.plus(p.y, times: p.y) * cube, squaredSmoothing.plus(p.x, times: p.x) * cube,
      V.zero - p.x * p.y * cube
    )
  }

  @inline(__always)
  static func product(_ matrix: (V, V, V), _ e: Pair<V>) -> Pair<V> {
    Pair(
      (matrix.0 * e.x).plus(matrix.2, times: e.y), (matrix.2 * e.x).plus(matrix.1, times: e.y))
  }

  static var planeCount: Int {
    @inline(__always) get { 3 }
  }
}

/// s = √(a² + ν²) and √(b² + ν²).
enum Anisotropic<V: SIMD>: Coupling where V.Scalar: Real {
  @inline(__always)
  static func inner(_ a: Pair<V>, _ b: Pair<V>) -> Pair<V> { a * b }

  static var isSeparate: Bool {
    @inline(__always) get { true }
  }

  @inline(__always)
  static func point(_ p: Pair<V>, _ squaredSmoothing: V) -> Point<V> {
    let x = squaredSmoothing.plus(p.x, times: p.x).squareRoot()
    let y = squaredSmoothing.plus(p.y, times: p.y).squareRoot()
    let one = V(repeating: 1)
    return Point(difference: p, length: Pair(x, y), inverse: Pair(one / x, one / y))
  }

  @inline(__always)
  static func hessian(_ point: Point<V>, _ squaredSmoothing: V) -> (V, V, V) {
    let cube = point.inverse * point.inverse * point.inverse * squaredSmoothing
    return (cube.x, cube.y, .zero)
  }

  @inline(__always)
  static func product(_ matrix: (V, V, V), _ e: Pair<V>) -> Pair<V> {
    Pair(matrix.0 * e.x, matrix.1 * e.y)
  }

  static var planeCount: Int {
    @inline(__always) get { 2 }
  }
}
