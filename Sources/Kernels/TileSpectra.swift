import KernelInterface

/// Filters of 5 × 5 in the space of tiles, G f Gᵀ, in which responses are products point by point.
///
/// Ordered blocks × 64 points × channels × filters of the block; missing filters of the last block are
/// zero.
final class TileSpectra: Sendable {
  let filters: Int
  let channels: Int
  let entries: TileEntries
  private let memory: Memory

  /// G: the values of the filter's polynomial at 0, ±1, ±2, ±1/2 and ∞, with the factors that make the other
  /// transforms simple.
  private static let transform: [[Double]] = {
    let points: [(at: Double, factor: Double)] = [
      (0, 1), (1, -2 / 9.0), (-1, -2 / 9.0), (2, 1 / 90.0), (-2, 1 / 90.0), (0.5, 32 / 45.0),
      (-0.5, 32 / 45.0),
    ]
    return points.map { point in
      (0..<5).reduce(into: []) { row, j in
        row.append(j == 0 ? point.factor : row[j - 1] * point.at)
      }
    } + [[0, 0, 0, 0, 1]]
  }()

  /// Transforms coefficients, ordered filters × channels × 5 × 5; nil where there are no such passes.
  init?(
    _ coefficients: [Double], filters: Int, channels: Int, size: Int, singlePrecision: Bool,
    _ entries: TileEntries
  ) {
    guard singlePrecision, size == 5, channels % entries.channelUnit == 0 else { return nil }
    self.filters = filters
    self.channels = channels
    self.entries = entries
    let perBlock = entries.filtersPerBlock
    let blocks = (filters + perBlock - 1) / perBlock
    memory = Memory(
      count: blocks * 64 * channels * perBlock, stride: MemoryLayout<Float>.stride)
    let target = memory.start.assumingMemoryBound(to: Float.self)
    for filter in 0..<filters {
      let (block, f) = filter.quotientAndRemainder(dividingBy: perBlock)
      for channel in 0..<channels {
        let first = (filter * channels + channel) * 25
        let spectrum = Self.spectrum(coefficients[first..<first + 25])
        for p in 0..<64 {
          target[((block * 64 + p) * channels + channel) * perBlock + f] = Float(spectrum[p])
        }
      }
    }
  }

  /// The transformed filters.
  var start: UnsafePointer<Float> {
    UnsafePointer(memory.start.assumingMemoryBound(to: Float.self))
  }

  /// G f Gᵀ.
  private static func spectrum(_ filter: ArraySlice<Double>) -> [Double] {
    let start = filter.startIndex
    var half = [Double](repeating: 0, count: 40)
    for i in 0..<8 {
      for a in 0..<5 {
        for b in 0..<5 { half[i * 5 + b] += transform[i][a] * filter[start + a * 5 + b] }
      }
    }
    var result = [Double](repeating: 0, count: 64)
    for i in 0..<8 {
      for j in 0..<8 {
        for b in 0..<5 { result[i * 8 + j] += half[i * 5 + b] * transform[j][b] }
      }
    }
    return result
  }
}
