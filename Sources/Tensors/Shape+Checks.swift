import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Shape {
  /// The number of bytes that no tensor may exceed: the memory of the machine.
  public static let largestByteCount: Int = sysconf(Int32(_SC_PHYS_PAGES)) * Int(getpagesize())

  /// A shape from a script or a file: extents that are negative, or of a tensor larger than the
  /// machine's memory, are an error and not a trap.
  public init(checked extents: [Int]) throws {
    var count = 1
    for extent in extents where extent != 0 {
      guard extent > 0 else {
        throw ScriptError("a shape has no negative extents, got \(Shape.text(extents))")
      }
      let product = count.multipliedReportingOverflow(by: extent)
      guard !product.overflow, product.partialValue <= Shape.largestByteCount / 8 else {
        throw ScriptError(
          "a tensor of shape \(Shape.text(extents)) needs more memory than this machine has")
      }
      count = product.partialValue
    }
    self.init(extents)
  }

  /// The shape without one axis.
  public func removing(axis: Int) -> Shape {
    var extents = extents
    extents.remove(at: axis)
    return Shape(extents)
  }

  /// The shape that two operands take together, as in NumPy: extents aligned at the last axis must
  /// be equal, or one of them 1, or missing.
  public func broadcast(with other: Shape) throws -> Shape {
    if self == other { return self }
    let rank = Swift.max(rank, other.rank)
    let a = aligned(to: rank)
    let b = other.aligned(to: rank)
    let extents = try (0..<rank).map { axis in
      guard a[axis] == b[axis] || a[axis] == 1 || b[axis] == 1 else {
        throw ScriptError(
          "shapes \(self) and \(other) do not fit together: "
            + "extents, aligned at the last, must be equal or 1")
      }
      return a[axis] == 1 ? b[axis] : a[axis]
    }
    return try Shape(checked: extents)
  }

  private func aligned(to rank: Int) -> [Int] {
    [Int](repeating: 1, count: rank - self.rank) + extents
  }

  private static func text(_ extents: [Int]) -> String {
    "{" + extents.map { String($0) }.joined(separator: ", ") + "}"
  }
}
