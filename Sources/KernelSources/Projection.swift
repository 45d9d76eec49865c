import KernelInterface

/// Parallel-beam projections of one angle (Joseph 1982), and their adjoints.
///
/// Both walk the same rays in the same order with the same weights.
enum Projection {
  static func single(_ task: UnsafePointer<ProjectionTask>) {
    project(task.pointee, Float(task.pointee.weight)) { Float($0) }
  }
  static func double(_ task: UnsafePointer<ProjectionTask>) {
    project(task.pointee, task.pointee.weight) { Double($0) }
  }
  static func adjointSingle(_ task: UnsafePointer<ProjectionTask>) {
    spread(task.pointee, Float(task.pointee.weight)) { Float($0) }
  }
  static func adjointDouble(_ task: UnsafePointer<ProjectionTask>) {
    spread(task.pointee, task.pointee.weight) { Double($0) }
  }

  @inline(__always)
  private static func project<Element: Real>(
    _ task: ProjectionTask, _ weight: Element, _ number: (Int32) -> Element
  ) {
    let projection = task.projection.assumingMemoryBound(to: Element.self)
    walk(task, weight, number) { k, first, near, far in
      projection[k] += first[0] * near + first[1] * far
    }
  }

  @inline(__always)
  private static func spread<Element: Real>(
    _ task: ProjectionTask, _ weight: Element, _ number: (Int32) -> Element
  ) {
    let projection = task.projection.assumingMemoryBound(to: Element.self)
    walk(task, weight, number) { k, first, near, far in
      first[0] += near * projection[k]
      first[1] += far * projection[k]
    }
  }

  /// Calls `body` for each row and each ray that meets it between the columns −1 and `columns`, with the
  /// first of the two pixels and the weights of both.
  @inline(__always)
  private static func walk<Element: Real>(
    _ task: ProjectionTask, _ weight: Element, _ number: (Int32) -> Element,
    _ body: (Int, UnsafeMutablePointer<Element>, Element, Element) -> Void
  ) {
    let (shift, step) = (task.shift, task.step)
    let one = Int32(1) &<< shift
    let scale = weight / number(one)
    for i in 0..<task.rows {
      let row = task.image.assumingMemoryBound(to: Element.self) + i * task.stride
      let offset = task.offsets[i]
      let first = max(above(-Int(one), offset, step), 0)
      let end = min(above((task.columns << Int(shift)) - 1, offset, step), task.rays)
      var k = first
      while k < end {
        let position = offset &+ step &* Int32(truncatingIfNeeded: k)
        let second = position & (one &- 1)
        body(
          k, row + Int(position &>> shift), scale * number(one &- second), scale * number(second))
        k += 1
      }
    }
  }

  /// The least k with offset + step · k > bound.
  @inline(__always)
  private static func above(_ bound: Int, _ offset: Int32, _ step: Int32) -> Int {
    let (distance, step) = (bound - Int(offset), Int(step))
    return (distance >= 0 ? distance / step : -((-distance + step - 1) / step)) + 1
  }
}
