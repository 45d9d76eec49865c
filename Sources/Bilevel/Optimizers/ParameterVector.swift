/// Vector algebra on the flat coordinates of θ, added up in order.
extension [Double] {
  /// ‖self‖².
  var squaredLength: Double { reduce(0) { $0 + $1 * $1 } }

  /// ‖self‖₂.
  var length: Double { squaredLength.squareRoot() }

  /// ‖self − other‖².
  func squaredLength(from other: [Double]) -> Double {
    zip(self, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  /// self + factor · other.
  func adding(_ factor: Double, _ other: [Double]) -> [Double] {
    zip(self, other).map { $0 + factor * $1 }
  }

  /// ⟨self, other⟩.
  func dot(_ other: [Double]) -> Double { zip(self, other).reduce(0) { $0 + $1.0 * $1.1 } }

  /// The products of the coordinates.
  func multiplied(by other: [Double]) -> [Double] { zip(self, other).map { $0 * $1 } }
}
