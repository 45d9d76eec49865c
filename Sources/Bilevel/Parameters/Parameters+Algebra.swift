import Tensors

/// Arithmetic on whole θ, in raw coordinates.
extension Parameters {
  /// Number of coordinates.
  public var count: Int { values.count }

  /// ⟨self, other⟩.
  public func dot(_ other: Parameters) -> Double {
    checkAlike(other)
    var sum = 0.0
    for i in values.indices { sum += values[i] * other.values[i] }
    return sum
  }

  /// ‖self‖₂.
  public var norm: Double { dot(self).squareRoot() }

  /// self ← self + factor · other.
  public mutating func add(_ other: Parameters, times factor: Double = 1) {
    checkAlike(other)
    for i in values.indices { values[i] += factor * other.values[i] }
  }

  /// self ← factor · self.
  public mutating func scale(by factor: Double) {
    for i in values.indices { values[i] *= factor }
  }

  /// The sum.
  public static func + (a: Parameters, b: Parameters) -> Parameters {
    var sum = a
    sum.add(b)
    return sum
  }

  /// The difference.
  public static func - (a: Parameters, b: Parameters) -> Parameters {
    var difference = a
    difference.add(b, times: -1)
    return difference
  }

  /// The negative.
  public static prefix func - (a: Parameters) -> Parameters { -1 * a }

  /// The multiple.
  public static func * (factor: Double, a: Parameters) -> Parameters {
    var product = a
    product.scale(by: factor)
    return product
  }

  private func checkAlike(_ other: Parameters) {
    precondition(layout == other.layout, "Parameters in arithmetic have the same blocks.")
  }
}
