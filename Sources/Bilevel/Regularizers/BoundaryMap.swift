import Kernels

/// Which pixel stands at a position outside of an axis of n pixels.
struct BoundaryMap {
  let boundary: Boundary
  let radius: Int  // r: positions −r … n − 1 + r are asked for

  /// The map for filters that reach r pixels.
  init(_ boundary: Boundary, radius: Int) {
    self.boundary = boundary
    self.radius = radius
  }

  /// The pixel at a position, or nil where there is a zero.
  func pixel(at position: Int, of count: Int) -> Int? {
    if position >= 0 && position < count { return position }
    switch boundary {
    case .zero: return nil
    case .periodic: return ((position % count) + count) % count
    case .reflect: return position < 0 ? -position : 2 * (count - 1) - position
    }
  }

  /// How often a pixel appears at the positions −r … n − 1 + r of a reflected axis, at most.
  func multiplicity(_ count: Int) -> Double {
    guard boundary == .reflect else { return 1 }
    var seen = [Int](repeating: 0, count: count)
    for position in -radius..<count + radius {
      if let pixel = pixel(at: position, of: count) { seen[pixel] += 1 }
    }
    return Double(seen.max() ?? 1)
  }

  /// √m where a window of 2r + 1 positions shows a pixel at most m times: how much longer than its
  /// coefficients a row of the convolution can be.
  func rowStretch(_ count: Int) -> Double {
    var largest = 1
    for centre in Set(windowClasses(count)) {
      var seen = [Int](repeating: 0, count: count)
      for position in centre - radius...centre + radius {
        if let pixel = pixel(at: position, of: count) { seen[pixel] += 1 }
      }
      largest = max(largest, seen.max() ?? 1)
    }
    return Double(largest).squareRoot()
  }

  /// For each pixel of an axis the representative of those whose window looks alike: only the pixels
  /// within reach of the border have a window of their own.
  func windowClasses(_ count: Int) -> [Int] {
    (0..<count).map { $0 < radius || $0 >= count - radius ? $0 : radius }
  }
}
