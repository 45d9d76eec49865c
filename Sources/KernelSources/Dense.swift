import KernelInterface

/// A dense matrix times a few vectors, and its transpose.
///
/// A tile of sums stays in registers; the order of every sum depends on the extents only.
enum Dense {
  static func productSingle(_ task: UnsafePointer<DenseTask>) {
    product(task.pointee, Vector32.self)
  }
  static func productDouble(_ task: UnsafePointer<DenseTask>) {
    product(task.pointee, Vector64.self)
  }
  static func adjointSingle(_ task: UnsafePointer<DenseTask>) {
    adjoint(task.pointee, Vector32.self)
  }
  static func adjointDouble(_ task: UnsafePointer<DenseTask>) {
    adjoint(task.pointee, Vector64.self)
  }

  @inline(__always)
  private static func product<V: SIMD>(_ task: DenseTask, _ vector: V.Type) where V.Scalar: Real {
    var c = 0
    while c + 2 <= task.vectors {
      DenseProductTile<V, 4, 2>.run(task, vector: c)
      c += 2
    }
    if c < task.vectors { DenseProductTile<V, 8, 1>.run(task, vector: c) }
  }

  @inline(__always)
  private static func adjoint<V: SIMD>(_ task: DenseTask, _ vector: V.Type) where V.Scalar: Real {
    var c = 0
    while c + 4 <= task.vectors {
      DenseAdjointTile<V, 2, 4>.run(task, vector: c)
      c += 4
    }
    while c < task.vectors {
      DenseAdjointTile<V, 8, 1>.run(task, vector: c)
      c += 1
    }
  }
}

/// Inner products of `R` rows of A with `C` rows of W.
enum DenseProductTile<V: SIMD, let R: Int, let C: Int> where V.Scalar: Real {
  typealias Element = V.Scalar

  /// All rows of A: tiles of `R`, and single rows at the end.
  @inline(__always)
  static func run(_ task: DenseTask, vector: Int) {
    var row = 0
    while row + R <= task.rows {
      run(task, row, vector)
      row += R
    }
    while row < task.rows {
      DenseProductTile<V, 1, C>.run(task, row, vector)
      row += 1
    }
  }

  @inline(__always)
  static func run(_ task: DenseTask, _ row: Int, _ vector: Int) {
    let depth = task.depth
    let a = task.matrix.assumingMemoryBound(to: Element.self) + row * depth
    let w = UnsafePointer(task.points.assumingMemoryBound(to: Element.self)) + vector * depth
    var sums = InlineArray<R, InlineArray<C, V>>(repeating: InlineArray(repeating: V.zero))
    var k = 0
    while k + V.scalarCount <= depth {
      var x = InlineArray<C, V>(repeating: V.zero)
      for c in 0..<C { x[c] = load(w + c * depth + k) }
      for r in 0..<R {
        let y: V = load(a + r * depth + k)
        for c in 0..<C { sums[r][c] = sums[r][c].plus(y, times: x[c]) }
      }
      k += V.scalarCount
    }
    let z = task.responses.assumingMemoryBound(to: Element.self) + row * task.vectors + vector
    for r in 0..<R {
      for c in 0..<C {
        var sum = Element(laneSum(sums[r][c]))
        for rest in k..<depth { sum += a[r * depth + rest] * w[c * depth + rest] }
        z[r * task.vectors + c] = sum
      }
    }
  }
}

/// Sums over the rows of A of `P` vectors of columns, weighted by `C` columns of Z.
enum DenseAdjointTile<V: SIMD, let P: Int, let C: Int> where V.Scalar: Real {
  typealias Element = V.Scalar

  /// All columns of A: tiles of `P` vectors, single vectors, and single columns at the end.
  @inline(__always)
  static func run(_ task: DenseTask, vector: Int) {
    let lanes = V.scalarCount
    var k = 0
    while k + P * lanes <= task.depth {
      run(task, vector, k)
      k += P * lanes
    }
    while k + lanes <= task.depth {
      DenseAdjointTile<V, 1, C>.run(task, vector, k)
      k += lanes
    }
    while k < task.depth {
      column(task, vector, k)
      k += 1
    }
  }

  @inline(__always)
  static func run(_ task: DenseTask, _ vector: Int, _ k: Int) {
    let (depth, vectors, lanes) = (task.depth, task.vectors, V.scalarCount)
    var a = task.matrix.assumingMemoryBound(to: Element.self) + k
    var z = UnsafePointer(task.responses.assumingMemoryBound(to: Element.self)) + vector
    var sums = InlineArray<C, InlineArray<P, V>>(repeating: InlineArray(repeating: V.zero))
    for _ in 0..<task.rows {
      var x = InlineArray<P, V>(repeating: V.zero)
      for p in 0..<P { x[p] = load(a + p * lanes) }
      for c in 0..<C {
        let weight = V(repeating: z[c])
        for p in 0..<P { sums[c][p] = sums[c][p].plus(x[p], times: weight) }
      }
      a += depth
      z += vectors
    }
    let w = task.points.assumingMemoryBound(to: Element.self) + vector * depth + k
    for c in 0..<C {
      for p in 0..<P {
        let place = w + c * depth + p * lanes
        store(load(place) + sums[c][p], to: place)
      }
    }
  }

  @inline(__always)
  private static func column(_ task: DenseTask, _ vector: Int, _ k: Int) {
    let a = task.matrix.assumingMemoryBound(to: Element.self) + k
    let z = task.responses.assumingMemoryBound(to: Element.self) + vector
    let w = task.points.assumingMemoryBound(to: Element.self) + vector * task.depth + k
    for c in 0..<C {
      var sum = Element.zero
      for row in 0..<task.rows { sum += a[row * task.depth] * z[row * task.vectors + c] }
      w[c * task.depth] += sum
    }
  }
}
