import CVectors
import KernelInterface

/// Pixels between the rows of an image and the lanes of tiles: lane g `tiles` + t holds tile t of a row of
/// group g.
enum RowTilePixels<V: SIMD, let R: Int, let S: Int> where V.Scalar: Real {
  typealias Element = V.Scalar
  typealias Scratch = RowTileScratch<Element>
  typealias Mask = V.MaskStorage

  @inline(__always)
  private static func groups(_ task: RowTileTask) -> Int { V.scalarCount / task.shape.tiles }

  /// Makes zero what the band writes.
  @inline(__always)
  static func clear(_ task: RowTileTask) {
    guard let output = task.output?.assumingMemoryBound(to: Element.self) else { return }
    let shape = task.shape
    let columns = (shape.vectors * shape.tiles - 1) * RowTileShape.tile + shape.span
    for channel in 0..<shape.channels {
      for row in 0..<(groups(task) * R + S - 1) {
        (output + (channel * task.planeStride + row * task.rowStride))
          .update(repeating: 0, count: columns)
      }
    }
  }

  /// Which lanes of one vector of tiles are responses of the image.
  @inline(__always)
  static func mask(_ task: RowTileTask, _ scratch: Scratch, _ vector: Int) {
    let tiles = task.shape.tiles
    for row in 0..<R {
      for j in 0..<RowTileShape.tile {
        var mask = Mask.zero
        for group in 0..<groups(task) where group * R + row < task.rows {
          for tile in 0..<tiles
          where (vector * tiles + tile) * RowTileShape.tile + j < task.columns {
            mask[group * tiles + tile] = -1
          }
        }
        store(
          V(bits: mask), to: scratch.masks + (row * RowTileShape.tile + j) * V.scalarCount)
      }
    }
  }

  /// Sorts the pixels that one vector of tiles sees, 4 columns at a time.
  @inline(__always)
  static func read(
    _ task: RowTileTask, _ scratch: Scratch, _ image: UnsafeRawPointer, _ channel: Int,
    _ vector: Int
  ) {
    let start = image.assumingMemoryBound(to: Element.self) + offset(task, channel, vector)
    let (lanes, span, parts) = (V.scalarCount, task.shape.span, parts(task))
    for row in 0..<scratch.inputRows {
      let source = start + row * task.rowStride
      let target = scratch.pixels + row * span * lanes
      for column in stride(from: 0, to: span, by: RowTileShape.tile) {
        V.split(source + column, parts, to: target + column * lanes)
      }
    }
  }

  /// Adds what goes back to these pixels.
  @inline(__always)
  static func add(_ task: RowTileTask, _ scratch: Scratch, _ channel: Int, _ vector: Int) {
    guard let output = task.output?.assumingMemoryBound(to: Element.self) else { return }
    let start = output + offset(task, channel, vector)
    let (lanes, span, parts) = (V.scalarCount, task.shape.span, parts(task))
    for row in 0..<scratch.inputRows {
      let target = start + row * task.rowStride
      let source = scratch.pixels + row * span * lanes
      for column in stride(from: 0, to: span, by: RowTileShape.tile) {
        V.addJoined(source + column * lanes, to: target + column, parts)
      }
    }
  }

  /// Elements before the first pixel of a vector of tiles.
  @inline(__always)
  private static func offset(_ task: RowTileTask, _ channel: Int, _ vector: Int) -> Int {
    channel * task.planeStride + vector * task.shape.tiles * RowTileShape.tile
  }

  /// Elements before the pixels of every quarter of a vector's tiles, which may be those of groups.
  @inline(__always)
  private static func parts(_ task: RowTileTask) -> InlineArray<4, Int> {
    let perGroup = task.shape.tiles * RowTileShape.tile
    var parts = InlineArray<4, Int>(repeating: 0)
    for i in 0..<4 {
      let (group, pixel) = (i * V.scalarCount).quotientAndRemainder(dividingBy: perGroup)
      parts[i] = group * R * task.rowStride + pixel
    }
    return parts
  }
}

extension SIMD where Scalar: Real {
  /// columns[j][t] ← the element j of tile t; the tiles' elements, four vectors, lie at `parts`.
  @inline(__always)
  fileprivate static func split(
    _ source: UnsafePointer<Scalar>, _ parts: InlineArray<4, Int>,
    to columns: UnsafeMutablePointer<Scalar>
  ) {
    let source = UnsafeRawPointer(source)
    let columns = UnsafeMutableRawPointer(columns)
    if isSingle {
      let source = source.assumingMemoryBound(to: Float.self)
      vector_split_tiles_float(
        source + parts[0], source + parts[1], source + parts[2], source + parts[3],
        columns.assumingMemoryBound(to: Float.self))
    } else {
      let source = source.assumingMemoryBound(to: Double.self)
      vector_split_tiles_double(
        source + parts[0], source + parts[1], source + parts[2], source + parts[3],
        columns.assumingMemoryBound(to: Double.self))
    }
  }

  /// The reverse, added to what is there.
  @inline(__always)
  fileprivate static func addJoined(
    _ columns: UnsafePointer<Scalar>,
    to target: UnsafeMutablePointer<Scalar>, _ parts: InlineArray<4, Int>
  ) {
    let columns = UnsafeRawPointer(columns)
    let target = UnsafeMutableRawPointer(target)
    if isSingle {
      let target = target.assumingMemoryBound(to: Float.self)
      vector_join_tiles_float(
        columns.assumingMemoryBound(to: Float.self), target + parts[0],
        target + parts[1], target + parts[2], target + parts[3])
    } else {
      let target = target.assumingMemoryBound(to: Double.self)
      vector_join_tiles_double(
        columns.assumingMemoryBound(to: Double.self), target + parts[0],
        target + parts[1], target + parts[2], target + parts[3])
    }
  }
}
