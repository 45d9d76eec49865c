/// Rows of numbers that share a weight, and what derivatives by the weights need; allocates nothing.
public struct WeightedRows: Sendable {
  private let rows: Int
  private let columns: Int
  private let isSingle: Bool

  /// Planes of rows × columns elements with a weight for each row.
  public init(rows: Int, columns: Int, singlePrecision: Bool) {
    self.rows = rows
    self.columns = columns
    isSingle = singlePrecision
  }

  /// y[i, j] ← weights[i] x[i, j].
  public func apply(
    _ weights: UnsafePointer<Double>, _ x: UnsafeRawPointer, into y: UnsafeMutableRawPointer
  ) {
    if isSingle {
      scale(weights, x.assumingMemoryBound(to: Float.self), y.assumingMemoryBound(to: Float.self))
    } else {
      scale(weights, x.assumingMemoryBound(to: Double.self), y.assumingMemoryBound(to: Double.self))
    }
  }

  /// sums[i] ← sums[i] + factor Σ_j x[i, j] y[i, j], in Float64.
  public func addProducts(
    _ x: UnsafeRawPointer, _ y: UnsafeRawPointer, times factor: Double,
    to sums: UnsafeMutablePointer<Double>
  ) {
    if isSingle {
      products(
        x.assumingMemoryBound(to: Float.self), y.assumingMemoryBound(to: Float.self), factor, sums)
    } else {
      products(
        x.assumingMemoryBound(to: Double.self), y.assumingMemoryBound(to: Double.self), factor, sums
      )
    }
  }

  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  private func scale<Element: BinaryFloatingPoint>(
    _ weights: UnsafePointer<Double>, _ x: UnsafePointer<Element>,
    _ y: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<rows {
      let weight = Element(weights[i])
      for j in i * columns..<(i + 1) * columns { y[j] = weight * x[j] }
    }
  }

  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  private func products<Element: BinaryFloatingPoint>(
    _ x: UnsafePointer<Element>, _ y: UnsafePointer<Element>, _ factor: Double,
    _ sums: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<rows {
      var sum = 0.0
      for j in i * columns..<(i + 1) * columns { sum += Double(x[j]) * Double(y[j]) }
      sums[i] += factor * sum
    }
  }
}
