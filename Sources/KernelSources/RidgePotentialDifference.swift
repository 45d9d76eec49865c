/// φ_ν(t) − φ_κν(t) with a fixed ratio κ of the widths.
///
/// It is convex near zero, concave beyond, and constant far away. Derivatives by ν take κν along.
struct PotentialDifference<Phi: PotentialDerivatives>: PotentialDerivatives {
  typealias V = Phi.V

  let narrow: Phi
  let wide: Phi
  let ratio: V

  @inline(__always)
  init(smoothing nu: Double) { self.init(smoothing: nu, ratio: 1) }

  @inline(__always)
  init(smoothing nu: Double, ratio: Double) {
    narrow = Phi(smoothing: nu)
    wide = Phi(smoothing: ratio * nu)
    self.ratio = V.constant(ratio)
  }

  @inline(__always)
  func value(_ t: V) -> V { narrow.value(t) - wide.value(t) }

  @inline(__always)
  func first(_ t: V) -> V { narrow.first(t) - wide.first(t) }

  @inline(__always)
  func second(_ t: V) -> V { narrow.second(t) - wide.second(t) }

  @inline(__always)
  func valueAndFirst(_ t: V) -> (value: V, first: V) {
    let (a, b) = (narrow.valueAndFirst(t), wide.valueAndFirst(t))
    return (a.value - b.value, a.first - b.first)
  }

  @inline(__always)
  func mixed(_ t: V) -> (first: V, second: V, firstBySmoothing: V) {
    let (a, b) = (narrow.mixed(t), wide.mixed(t))
    return (
      a.first - b.first, a.second - b.second, a.firstBySmoothing - ratio * b.firstBySmoothing
    )
  }

  @inline(__always)
  func higher(_ t: V) -> (second: V, third: V, secondBySmoothing: V) {
    let (a, b) = (narrow.higher(t), wide.higher(t))
    return (
      a.second - b.second, a.third - b.third, a.secondBySmoothing - ratio * b.secondBySmoothing
    )
  }
}
