import KernelInterface

/// Parallel-beam projections of one angle (Joseph 1982), and their adjoints.
///
/// Both are written as sums over what is read, ray by ray and pixel by pixel, so that the compiler makes
/// vectors of neighbouring rays and pixels and the order of the sums is fixed.
enum Projection {
  static func single(_ task: UnsafePointer<ProjectionTask>) {
    project(task.pointee, Float(task.pointee.weight)) { Float($0) }
  }
  static func double(_ task: UnsafePointer<ProjectionTask>) {
    project(task.pointee, task.pointee.weight) { Double($0) }
  }
  static func adjointSingle(_ task: UnsafePointer<ProjectionTask>) {
    spread(task.pointee, Float(task.pointee.weight)) {
      Float($0)
    } floor: {
      Int32($0)
    }
  }
  static func adjointDouble(_ task: UnsafePointer<ProjectionTask>) {
    spread(task.pointee, task.pointee.weight) {
      Double($0)
    } floor: {
      Int32($0)
    }
  }

  @inline(__always)
  private static func project<Element: Real>(
    _ task: ProjectionTask, _ weight: Element, _ number: (Int32) -> Element
  ) {
    let projection = task.projection.assumingMemoryBound(to: Element.self)
    let (shift, step) = (task.shift, task.step)
    let one = Int32(1) &<< shift
    let mask = one &- 1
    let scale = weight / number(one)
    for i in 0..<task.rows {
      let row = task.image.assumingMemoryBound(to: Element.self) + i * task.stride
      let offset = task.offsets[i]
      // Rays that meet the row between the columns −1 and `columns`.
      let first = above(-Int(one), offset, step)
      let last = above((task.columns << Int(shift)) - 1, offset, step)
      let range = max(first, 0)..<max(min(last, task.rays), max(first, 0))
      for k in range {
        let position = offset &+ step &* Int32(truncatingIfNeeded: k)
        let column = Int(position &>> shift)
        let second = number(position & mask)
        let value =
          row[column] * (number(one) - second) + row[column + 1] * second
        projection[k] += scale * value
      }
    }
  }

  /// The least k with offset + step · k > bound.
  @inline(__always)
  private static func above(_ bound: Int, _ offset: Int32, _ step: Int32) -> Int {
    let (distance, step) = (bound - Int(offset), Int(step))
    return (distance >= 0 ? distance / step : -((-distance + step - 1) / step)) + 1
  }

  /// Each pixel is met by the rays that pass it at less than one column: at most the three nearest ones.
  @inline(__always)
  private static func spread<Element: Real>(
    _ task: ProjectionTask, _ weight: Element, _ number: (Int32) -> Element,
    floor: (Element) -> Int32
  ) {
    let projection = task.projection.assumingMemoryBound(to: Element.self)
    let (shift, step) = (task.shift, task.step)
    let one = Int32(1) &<< shift
    let margin = Int32(truncatingIfNeeded: task.margin)
    let scale = weight / number(one)
    let inverse = 1 / number(step)
    for i in 0..<task.rows {
      let row = task.image.assumingMemoryBound(to: Element.self) + i * task.stride
      let offset = task.offsets[i]
      let start = number(margin) + 0.5 - number(offset) * inverse
      let slope = number(one) * inverse
      for j in 0..<task.columns {
        let column = Int32(truncatingIfNeeded: j)
        // Positive, so that rounding towards zero is rounding down.
        let nearest = floor(number(column) * slope + start) &- margin
        let distance = offset &+ step &* nearest &- column &<< shift
        let before = max(0, one &- abs(distance &- step))
        let at = max(0, one &- abs(distance))
        let after = max(0, one &- abs(distance &+ step))
        let rays = projection + Int(nearest)
        let sum = rays[-1] * number(before) + rays[0] * number(at) + rays[1] * number(after)
        row[j] += scale * sum
      }
    }
  }
}
