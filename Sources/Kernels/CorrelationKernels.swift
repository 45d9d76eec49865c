/// Plain cross-correlation of any kernel size, for use outside of the solvers' loops.
public enum CorrelationKernels {
  /// out[i, j] ← out[i, j] + Σ kernel[a, b] · padded[i + a, j + b], row by row.
  ///
  /// `padded` holds (height + rows − 1) × (width + columns − 1) elements. Two operations per tap
  /// and pixel; sums run over the taps in row-major order.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func accumulate<Element: BinaryFloatingPoint>(
    height: Int, width: Int, padded: UnsafePointer<Element>, kernel: UnsafePointer<Element>,
    rows: Int, columns: Int, into out: UnsafeMutablePointer<Element>
  ) {
    let stride = width + columns - 1
    for i in 0..<height {
      let target = out + i * width
      for a in 0..<rows {
        for b in 0..<columns {
          let weight = kernel[a * columns + b]
          let source = padded + (i + a) * stride + b
          for j in 0..<width { target[j] += weight * source[j] }
        }
      }
    }
  }

  /// Copies an image into the middle of a larger one and fills the frame by the boundary's rule.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func pad<Element: BinaryFloatingPoint>(
    _ image: UnsafePointer<Element>, height: Int, width: Int, by border: (rows: Int, columns: Int),
    _ boundary: Boundary, into padded: UnsafeMutablePointer<Element>
  ) {
    let stride = width + 2 * border.columns
    for i in 0..<height + 2 * border.rows {
      let target = padded + i * stride
      guard let row = boundary.source(of: i - border.rows, extent: height) else {
        target.update(repeating: 0, count: stride)
        continue
      }
      let source = image + row * width
      for j in 0..<border.columns {
        target[j] = boundary.source(of: j - border.columns, extent: width).map { source[$0] } ?? 0
        target[border.columns + width + j] =
          boundary.source(of: width + j, extent: width).map { source[$0] } ?? 0
      }
      (target + border.columns).update(from: source, count: width)
    }
  }
}

extension Boundary {
  /// The position in 0 ..< `extent` whose element stands at `position`; nil where zero does.
  ///
  /// Positions may lie any distance outside; `extent` is at least 1.
  public func source(of position: Int, extent: Int) -> Int? {
    if position >= 0 && position < extent { return position }
    switch self {
    case .zero: return nil
    case .periodic:
      let remainder = position % extent
      return remainder < 0 ? remainder + extent : remainder
    case .reflect:
      guard extent > 1 else { return 0 }
      let period = 2 * (extent - 1)
      let remainder = (position % period + period) % period
      return remainder < extent ? remainder : period - remainder
    }
  }
}
