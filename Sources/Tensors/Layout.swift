/// Where the elements of a tensor's part lie in its storage: an offset, and a stride per axis.
///
/// Broadcasting is a stride of 0, transposition a permutation of strides, a range another offset.
struct Layout {
  var offset = 0
  var extents: [Int]
  var strides: [Int]

  /// All elements of a shape, row-major.
  init(_ shape: Shape) {
    extents = shape.extents
    strides = shape.strides
  }

  /// All elements of a shape, repeated to fill the larger shape that it broadcasts to.
  init(_ shape: Shape, broadcastTo target: Shape) {
    extents = target.extents
    let missing = target.rank - shape.rank
    strides = [Int](repeating: 0, count: missing) + shape.strides
    for axis in 0..<shape.rank where shape[axis] == 1 { strides[missing + axis] = 0 }
  }

  /// Calls `body` for each row along the last axis with the two offsets of its first elements, in
  /// row-major order; the steps along a row are the last strides.
  ///
  /// Both layouts have equal extents. Neighbouring axes that are one run in both are joined first.
  static func rows(
    _ x: Layout, _ y: Layout,
    _ body: (_ count: Int, _ x: Int, _ xStep: Int, _ y: Int, _ yStep: Int) -> Void
  ) {
    precondition(x.extents == y.extents, "Layouts that are walked together have equal extents.")
    guard !x.extents.contains(0) else { return }
    let axes = joinedAxes(x, y)
    guard let last = axes.last else { return body(1, x.offset, 0, y.offset, 0) }
    var (p, q) = (x.offset, y.offset)
    var index = [Int](repeating: 0, count: axes.count - 1)
    while true {
      body(last.extent, p, last.x, q, last.y)
      var axis = axes.count - 2
      while axis >= 0 {
        index[axis] += 1
        p += axes[axis].x
        q += axes[axis].y
        if index[axis] < axes[axis].extent { break }
        p -= axes[axis].x * axes[axis].extent
        q -= axes[axis].y * axes[axis].extent
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  private typealias Axis = (extent: Int, x: Int, y: Int)

  private static func joinedAxes(_ x: Layout, _ y: Layout) -> [Axis] {
    var axes: [Axis] = []
    for axis in x.extents.indices where x.extents[axis] != 1 {
      let next: Axis = (x.extents[axis], x.strides[axis], y.strides[axis])
      if let last = axes.last, last.x == next.x * next.extent, last.y == next.y * next.extent {
        axes[axes.count - 1] = (last.extent * next.extent, next.x, next.y)
      } else {
        axes.append(next)
      }
    }
    return axes
  }
}
