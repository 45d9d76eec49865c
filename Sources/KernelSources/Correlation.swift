import KernelInterface

/// Cross-correlation of a plane with a small kernel of any extents.
///
/// A tile of results stays in registers while all taps pass by. Sums run over the taps in row-major
/// order, and over the pixels of a derivative row by row, whatever the strides are.
enum Correlation {
  static func single(_ task: UnsafePointer<CorrelationTask>) { run(task.pointee, Vector32.self) }
  static func double(_ task: UnsafePointer<CorrelationTask>) { run(task.pointee, Vector64.self) }
  static func derivativeSingle(_ task: UnsafePointer<CorrelationTask>) {
    derivative(task.pointee, Vector32.self)
  }
  static func derivativeDouble(_ task: UnsafePointer<CorrelationTask>) {
    derivative(task.pointee, Vector64.self)
  }

  @inline(__always)
  private static func run<V: SIMD>(_ task: CorrelationTask, _ vector: V.Type)
  where V.Scalar: Real {
    let lanes = V.scalarCount
    var row = 0
    while row < task.height {
      let rows = row + 2 <= task.height ? 2 : 1
      var column = 0
      while column + 4 * lanes <= task.width {
        if rows == 2 {
          CorrelationTile<V, 2, 4>.run(task, row, column)
        } else {
          CorrelationTile<V, 1, 4>.run(task, row, column)
        }
        column += 4 * lanes
      }
      while column < task.width {
        for offset in 0..<rows { CorrelationTile<V, 1, 1>.run(task, row + offset, column) }
        column += lanes
      }
      row += rows
    }
  }

  @inline(__always)
  private static func derivative<V: SIMD>(_ task: CorrelationTask, _ vector: V.Type)
  where V.Scalar: Real {
    for a in 0..<task.rows {
      var b = 0
      while b + 8 <= task.columns {
        CorrelationDerivative<V, 8>.run(task, a, b)
        b += 8
      }
      while b < task.columns {
        CorrelationDerivative<V, 1>.run(task, a, b)
        b += 1
      }
    }
  }
}

/// `R` rows of `P` vectors of results.
enum CorrelationTile<V: SIMD, let R: Int, let P: Int> where V.Scalar: Real {
  typealias Element = V.Scalar

  @inline(__always)
  static func run(_ task: CorrelationTask, _ row: Int, _ column: Int) {
    let lanes = V.scalarCount
    let stride = task.planeStride
    let kernel = task.kernel.assumingMemoryBound(to: Element.self)
    let plane = task.plane.assumingMemoryBound(to: Element.self) + row * stride + column
    var sums = InlineArray<R, InlineArray<P, V>>(repeating: InlineArray(repeating: V.zero))
    for a in 0..<task.rows {
      for b in 0..<task.columns {
        let weight = V(repeating: kernel[a * task.columns + b])
        for r in 0..<R {
          let source = plane + (a + r) * stride + b
          for p in 0..<P { sums[r][p] = sums[r][p].plus(load(source + p * lanes), times: weight) }
        }
      }
    }
    for r in 0..<R {
      for p in 0..<P { write(task, sums[r][p], row + r, column + p * lanes) }
    }
  }

  @inline(__always)
  private static func write(_ task: CorrelationTask, _ sum: V, _ row: Int, _ column: Int) {
    let result =
      task.result.assumingMemoryBound(to: Element.self) + row * task.resultStride + column
    if column + V.scalarCount <= task.width { return store(sum, to: result) }
    let scratch = task.scratch.assumingMemoryBound(to: Element.self)
    store(sum, to: scratch)
    for lane in 0..<task.width - column { result[lane] = scratch[lane] }
  }
}

/// `P` neighbouring entries of a derivative by the kernel.
enum CorrelationDerivative<V: SIMD, let P: Int> where V.Scalar: Real {
  typealias Element = V.Scalar

  @inline(__always)
  static func run(_ task: CorrelationTask, _ a: Int, _ b: Int) {
    let lanes = V.scalarCount
    let derivative = task.derivative + a * task.columns + b
    for row in 0..<task.height {
      let plane =
        task.plane.assumingMemoryBound(to: Element.self) + (row + a) * task.planeStride + b
      let y = task.result.assumingMemoryBound(to: Element.self) + row * task.resultStride
      var sums = InlineArray<P, V>(repeating: V.zero)
      var column = 0
      while column + lanes <= task.width {
        let weight: V = load(y + column)
        for p in 0..<P { sums[p] = sums[p].plus(load(plane + column + p), times: weight) }
        column += lanes
      }
      for p in 0..<P {
        var sum = laneSum(sums[p])
        for rest in column..<task.width { sum += Double(y[rest]) * Double(plane[rest + p]) }
        derivative[p] += sum
      }
    }
  }
}
