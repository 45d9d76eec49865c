/// The extents of a tensor, slowest axis first; an image is `{channels, height, width}`.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// Extent of each axis; empty for a single number.
  public let extents: [Int]
  /// Number of elements: the product of the extents.
  public let count: Int

  /// A shape with the given extents, each at least 0.
  public init(_ extents: [Int]) {
    precondition(extents.allSatisfy { $0 >= 0 }, "Extents must not be negative.")
    self.extents = extents
    self.count = extents.reduce(1, *)
  }

  /// A shape with the given extents.
  public init(arrayLiteral extents: Int...) { self.init(extents) }

  /// Row-major distances in elements between neighbours along each axis.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * extents[axis + 1]
    }
    return strides
  }

  /// Number of axes.
  public var rank: Int { extents.count }

  /// Extent of one axis.
  public subscript(axis: Int) -> Int { extents[axis] }

  /// As Lua writes it: `{3, 96, 96}`.
  public var description: String {
    "{" + extents.map { String($0) }.joined(separator: ", ") + "}"
  }
}
