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

  /// Sorts the pixels that one vector of tiles sees.
  @inline(__always)
  static func read(
    _ task: RowTileTask, _ scratch: Scratch, _ image: UnsafeRawPointer, _ channel: Int,
    _ vector: Int
  ) {
    let shape = task.shape
    let start =
      image.assumingMemoryBound(to: Element.self)
      + (channel * task.planeStride + vector * shape.tiles * RowTileShape.tile)
    for row in 0..<scratch.inputRows {
      let target = scratch.pixels + row * shape.span * V.scalarCount
      for group in 0..<groups(task) {
        let source = start + (group * R + row) * task.rowStride
        for tile in 0..<shape.tiles {
          let lane = target + (group * shape.tiles + tile)
          let tileSource = source + tile * RowTileShape.tile
          for j in 0..<shape.span { lane[j * V.scalarCount] = tileSource[j] }
        }
      }
    }
  }

  /// Adds what goes back to these pixels.
  @inline(__always)
  static func add(_ task: RowTileTask, _ scratch: Scratch, _ channel: Int, _ vector: Int) {
    guard let output = task.output?.assumingMemoryBound(to: Element.self) else { return }
    let shape = task.shape
    let start =
      output + (channel * task.planeStride + vector * shape.tiles * RowTileShape.tile)
    for row in 0..<scratch.inputRows {
      let source = scratch.pixels + row * shape.span * V.scalarCount
      for group in 0..<groups(task) {
        let target = start + (group * R + row) * task.rowStride
        for tile in 0..<shape.tiles {
          let lane = source + (group * shape.tiles + tile)
          let tileTarget = target + tile * RowTileShape.tile
          for j in 0..<shape.span { tileTarget[j] += lane[j * V.scalarCount] }
        }
      }
    }
  }
}
