import Tensors

/// An upper bound of ‖A‖ for an operator whose matrix has no negative entry.
///
/// For B = A*A ≥ 0 entry by entry and any p > 0, the spectral radius of B is at most
/// max_i (B p)_i/p_i (Collatz 1942, Wielandt 1950). Starting from p = 1, power iteration brings that
/// down to the radius itself; the least value on the way is the bound, true at every stage.
enum CollatzWielandtBound {
  /// Products with A*A.
  private static let steps = 60
  /// Stops when a step gains less than this share.
  private static let gain = 1e-4
  /// Added to p, relative to its maximum: it stays positive where A sees nothing.
  private static let floor = 1e-9
  /// What rounding may have taken from the sums.
  private static let rounding = 1e-9

  /// √ of the bound, for a prepared operator in Float64.
  static func norm(of forward: any PreparedOperator) -> Double {
    let application = forward.application(workers: 1)
    var point = Tensor(repeating: 1, shape: forward.domain, .float64)
    var image = point
    var bound = Double.infinity
    for _ in 0..<steps {
      application.applyNormal(point, into: &image)
      let (p, q) = (point.elements, image.elements)
      let largest = zip(p, q).reduce(0) { max($0, $1.1 / $1.0) }
      let isSettled = largest > (1 - gain) * bound
      bound = min(bound, largest)
      let scale = q.max() ?? 0
      if isSettled || scale <= 0 { break }
      point = Tensor(q.map { $0 / scale + floor }, shape: forward.domain)
    }
    return (bound * (1 + rounding)).squareRoot()
  }
}
