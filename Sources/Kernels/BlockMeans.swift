/// Means over blocks of factor × factor elements, and the adjoint; allocates nothing.
public struct BlockMeans: Sendable {
  private let rows: Int
  private let columns: Int
  private let factor: Int

  /// Means of rows × columns blocks; the image has factor times as many rows and columns.
  public init(rows: Int, columns: Int, factor: Int) {
    self.rows = rows
    self.columns = columns
    self.factor = factor
  }

  /// means ← the mean of each block of the image.
  public func apply(
    _ image: UnsafeRawPointer, singlePrecision: Bool, into means: UnsafeMutableRawPointer
  ) {
    if singlePrecision {
      reduce(image.assumingMemoryBound(to: Float.self), means.assumingMemoryBound(to: Float.self))
    } else {
      reduce(image.assumingMemoryBound(to: Double.self), means.assumingMemoryBound(to: Double.self))
    }
  }

  /// image ← each mean, divided by the elements of its block, everywhere in the block.
  public func applyAdjoint(
    _ means: UnsafeRawPointer, singlePrecision: Bool, into image: UnsafeMutableRawPointer
  ) {
    if singlePrecision {
      spread(means.assumingMemoryBound(to: Float.self), image.assumingMemoryBound(to: Float.self))
    } else {
      spread(means.assumingMemoryBound(to: Double.self), image.assumingMemoryBound(to: Double.self))
    }
  }

  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  private func reduce<Element: BinaryFloatingPoint>(
    _ image: UnsafePointer<Element>, _ means: UnsafeMutablePointer<Element>
  ) {
    let weight = 1 / Element(factor * factor)
    for row in 0..<rows {
      let block = image + row * factor * columns * factor
      for column in 0..<columns {
        var sum = Element(0)
        for a in 0..<factor {
          for b in 0..<factor { sum += block[(a * columns + column) * factor + b] }
        }
        means[row * columns + column] = weight * sum
      }
    }
  }

  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  private func spread<Element: BinaryFloatingPoint>(
    _ means: UnsafePointer<Element>, _ image: UnsafeMutablePointer<Element>
  ) {
    let weight = 1 / Element(factor * factor)
    for row in 0..<rows * factor {
      let source = means + row / factor * columns
      let target = image + row * columns * factor
      for column in 0..<columns {
        let value = weight * source[column]
        for b in 0..<factor { target[column * factor + b] = value }
      }
    }
  }
}
