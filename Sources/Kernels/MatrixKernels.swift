/// Dense matrix products: register tiles of 4 × 8 over panels of B packed for the first-level cache.
public enum MatrixKernels {
  /// Rows of a register tile.
  private static let tileRows = 4
  /// Columns of a register tile: the lanes of its vectors.
  private static let tileColumns = 8
  /// Depth of a packed panel: 256 × 8 Float64 are 16 KiB.
  private static let panelDepth = 256

  /// C ← A B for row-major A (m × k), B (k × n) and C (m × n); 2 m n k operations.
  ///
  /// Sums run over k in order, by panels of 256, in the element type.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func multiply<Element: BinaryFloatingPoint & SIMDScalar>(
    rows m: Int, columns n: Int, depth k: Int, _ a: UnsafePointer<Element>,
    _ b: UnsafePointer<Element>, _ c: UnsafeMutablePointer<Element>
  ) {
    c.update(repeating: 0, count: m * n)
    withUnsafeTemporaryAllocation(of: Element.self, capacity: panelDepth * tileColumns) { packed in
      guard let panel = packed.baseAddress else { return }
      var p = 0
      while p < k {
        let depth = min(panelDepth, k - p)
        var j = 0
        while j < n {
          let width = min(tileColumns, n - j)
          pack(b + p * n + j, stride: n, depth: depth, width: width, into: panel)
          var i = 0
          while i + tileRows <= m {
            tile(a + i * k + p, stride: k, panel, depth, c + i * n + j, stride: n, width)
            i += tileRows
          }
          while i < m {
            row(a + i * k + p, panel, depth, c + i * n + j, width)
            i += 1
          }
          j += tileColumns
        }
        p += depth
      }
    }
  }

  @inline(__always)
  private static func pack<Element: BinaryFloatingPoint>(
    _ b: UnsafePointer<Element>, stride: Int, depth: Int, width: Int,
    into panel: UnsafeMutablePointer<Element>
  ) {
    for q in 0..<depth {
      for lane in 0..<tileColumns {
        panel[q * tileColumns + lane] = lane < width ? b[q * stride + lane] : 0
      }
    }
  }

  @inline(__always)
  private static func tile<Element: BinaryFloatingPoint & SIMDScalar>(
    _ a: UnsafePointer<Element>, stride k: Int, _ panel: UnsafePointer<Element>, _ depth: Int,
    _ c: UnsafeMutablePointer<Element>, stride n: Int, _ width: Int
  ) {
    var (s0, s1) = (SIMD8<Element>(repeating: 0), SIMD8<Element>(repeating: 0))
    var (s2, s3) = (SIMD8<Element>(repeating: 0), SIMD8<Element>(repeating: 0))
    for q in 0..<depth {
      let row = load(panel + q * tileColumns)
      s0 += row * a[q]
      s1 += row * a[k + q]
      s2 += row * a[2 * k + q]
      s3 += row * a[3 * k + q]
    }
    add(s0, to: c, width)
    add(s1, to: c + n, width)
    add(s2, to: c + 2 * n, width)
    add(s3, to: c + 3 * n, width)
  }

  @inline(__always)
  private static func row<Element: BinaryFloatingPoint & SIMDScalar>(
    _ a: UnsafePointer<Element>, _ panel: UnsafePointer<Element>, _ depth: Int,
    _ c: UnsafeMutablePointer<Element>, _ width: Int
  ) {
    var sum = SIMD8<Element>(repeating: 0)
    for q in 0..<depth { sum += load(panel + q * tileColumns) * a[q] }
    add(sum, to: c, width)
  }

  @inline(__always)
  private static func load<Element: SIMDScalar>(_ p: UnsafePointer<Element>) -> SIMD8<Element> {
    UnsafeRawPointer(p).loadUnaligned(as: SIMD8<Element>.self)
  }

  @inline(__always)
  private static func add<Element: BinaryFloatingPoint & SIMDScalar>(
    _ sum: SIMD8<Element>, to c: UnsafeMutablePointer<Element>, _ width: Int
  ) {
    if width == tileColumns {
      UnsafeMutableRawPointer(c).storeBytes(
        of: load(UnsafePointer(c)) + sum, as: SIMD8<Element>.self)
    } else {
      for lane in 0..<width { c[lane] += sum[lane] }
    }
  }
}
