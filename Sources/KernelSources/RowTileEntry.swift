import KernelInterface

/// Entry points: the choice of the element type, of the filters' size and of the points.
enum RowTileEntry {
  /// Filters of a block: as many as the nearest cache holds beside the pixels.
  #if LANES512
    static let filters = 2
  #else
    static let filters = 4
  #endif
  /// Rows of a group.
  static let rows = 8

  static func scratchCount(_ shape: RowTileShape) -> Int {
    shape.single ? count(shape, Vector32.self) : count(shape, Vector64.self)
  }

  private static func count<V: SIMD>(_ shape: RowTileShape, _ type: V.Type) -> Int
  where V.Scalar: Real {
    RowTileScratch<V.Scalar>(
      UnsafeMutablePointer(bitPattern: 64).unsafelyUnwrapped, shape, lanes: V.scalarCount,
      rows: rows, filters: filters
    ).count
  }

  static func run(_ task: RowTileTask) {
    switch (task.shape.single, task.shape.size, task.shape.pairs) {
    case (true, 3, _): Pass<Vector32, 3, 2>.run(task)
    case (true, 5, _): Pass<Vector32, 5, 3>.run(task)
    case (true, 7, _): Pass<Vector32, 7, 3>.run(task)
    case (true, 9, _): Pass<Vector32, 9, 3>.run(task)
    case (true, 11, _): Pass<Vector32, 11, 3>.run(task)
    case (true, _, _): Pass<Vector32, 13, 3>.run(task)
    case (false, 3, _): Pass<Vector64, 3, 2>.run(task)
    case (false, 5, _): Pass<Vector64, 5, 3>.run(task)
    case (false, 7, _): Pass<Vector64, 7, 4>.run(task)
    case (false, 9, _): Pass<Vector64, 9, 3>.run(task)
    case (false, 11, _): Pass<Vector64, 11, 4>.run(task)
    case (false, _, _): Pass<Vector64, 13, 4>.run(task)
    }
  }

  #if LANES512 || arch(arm64)
    private typealias Pass<V: SIMD, let S: Int, let P: Int> = RowTilePass<V, 8, 8, S, P>
    where V.Scalar: Real
  #else
    private typealias Pass<V: SIMD, let S: Int, let P: Int> = RowTilePass<V, 8, 4, S, P>
    where V.Scalar: Real
  #endif
}
