import CVectors
import KernelInterface

/// The entries of Fourier transforms.
enum Fourier {
  static func stageSingle(_ task: UnsafePointer<FourierStage>) { stage(task, Vector32.self) }
  static func stageDouble(_ task: UnsafePointer<FourierStage>) { stage(task, Vector64.self) }
  static func productSingle(_ task: UnsafePointer<FourierProduct>) { product(task, Vector32.self) }
  static func productDouble(_ task: UnsafePointer<FourierProduct>) { product(task, Vector64.self) }
  static func splitSingle(_ task: UnsafePointer<FourierPairs>) { split(task, Vector32.self) }
  static func splitDouble(_ task: UnsafePointer<FourierPairs>) { split(task, Vector64.self) }
  static func mergeSingle(_ task: UnsafePointer<FourierPairs>) { merge(task, Vector32.self) }
  static func mergeDouble(_ task: UnsafePointer<FourierPairs>) { merge(task, Vector64.self) }

  static func transposeSingle(_ task: UnsafePointer<FourierTransposition>) {
    transpose(task, Vector32.self) { vector_transpose_float($0, $1, $2, $3) }
  }
  static func transposeDouble(_ task: UnsafePointer<FourierTransposition>) {
    transpose(task, Vector64.self) { vector_transpose_double($0, $1, $2, $3) }
  }

  @inline(__always)
  private static func stage<V: SIMD>(_ task: UnsafePointer<FourierStage>, _ vector: V.Type)
  where V.Scalar: Real {
    switch task.pointee.radix {
    case 2: run(task, Butterfly2<V>.self)
    case 3: run(task, Butterfly3<V>.self)
    case 4: run(task, Butterfly4<V>.self)
    case 5: run(task, Butterfly5<V>.self)
    case 7: run(task, Butterfly7<V>.self)
    default: run(task, Butterfly8<V>.self)
    }
  }

  @inline(__always)
  private static func run<B: Butterfly>(_ stage: UnsafePointer<FourierStage>, _ type: B.Type)
  where B.V.Scalar: Real {
    let task = stage.pointee
    let lanes = B.V.scalarCount
    for p in 0..<task.groups {
      for t in 0..<task.run {
        var ports = FourierPorts<B.V>(task, group: p, row: t)
        var column = 0
        while column < task.columns {
          if p == 0 { B.apply(ports, isPlain: true) } else { B.apply(ports, isPlain: false) }
          ports.advance()
          column += lanes
        }
      }
    }
  }

  @inline(__always)
  private static func product<V: SIMD>(_ task: UnsafePointer<FourierProduct>, _ vector: V.Type)
  where V.Scalar: Real {
    typealias Element = V.Scalar
    let task = task.pointee
    let factorReal = task.factorReal.assumingMemoryBound(to: Element.self)
    let factorImaginary = task.factorImaginary.assumingMemoryBound(to: Element.self)
    for row in 0..<task.rows {
      let real = task.real.assumingMemoryBound(to: Element.self) + row * task.stride
      let imaginary = task.imaginary.assumingMemoryBound(to: Element.self) + row * task.stride
      var column = 0
      while column < task.columns {
        let place = row * task.stride + column
        let c = task.isByRow ? V(repeating: factorReal[row]) : load(factorReal + place)
        var s = task.isByRow ? V(repeating: factorImaginary[row]) : load(factorImaginary + place)
        if task.isConjugate { s = V.zero - s }
        let x: V = load(real + column)
        let y: V = load(imaginary + column)
        store((x * c).minus(y, times: s), to: real + column)
        store((x * s).plus(y, times: c), to: imaginary + column)
        column += V.scalarCount
      }
    }
  }

  @inline(__always)
  private static func transpose<V: SIMD>(
    _ task: UnsafePointer<FourierTransposition>, _ vector: V.Type,
    _ tile: (UnsafePointer<V.Scalar>, Int, UnsafeMutablePointer<V.Scalar>, Int) -> Void
  ) where V.Scalar: Real {
    typealias Element = V.Scalar
    let task = task.pointee
    let lanes = V.scalarCount
    let source = task.source.assumingMemoryBound(to: Element.self)
    let target = task.target.assumingMemoryBound(to: Element.self)
    let (fullRows, fullColumns) = (task.rows / lanes * lanes, task.columns / lanes * lanes)
    var row = 0
    while row < fullRows {
      var column = 0
      while column < fullColumns {
        tile(
          source + row * task.sourceStride + column, task.sourceStride,
          target + column * task.targetStride + row, task.targetStride)
        column += lanes
      }
      row += lanes
    }
    for row in 0..<task.rows {
      for column in (row < fullRows ? fullColumns : 0)..<task.columns {
        target[column * task.targetStride + row] = source[row * task.sourceStride + column]
      }
    }
  }

  /// A = (Z(u) + Z̄(−u))/2 and B = −i (Z(u) − Z̄(−u))/2.
  @inline(__always)
  private static func split<V: SIMD>(_ task: UnsafePointer<FourierPairs>, _ vector: V.Type)
  where V.Scalar: Real {
    typealias Element = V.Scalar
    let task = task.pointee
    let half = V.constant(0.5)
    let real = task.pairReal.assumingMemoryBound(to: Element.self)
    let imaginary = task.pairImaginary.assumingMemoryBound(to: Element.self)
    for u in 0...task.rows / 2 {
      let (near, far) = (u * task.pairStride, (u == 0 ? 0 : task.rows - u) * task.pairStride)
      let a = task.halfReal.assumingMemoryBound(to: Element.self) + u * task.halfStride
      let b = task.halfImaginary.assumingMemoryBound(to: Element.self) + u * task.halfStride
      // The first column of B comes after A has been written beyond its end.
      for second in 0..<2 {
        var c = 0
        while c < task.pairs {
          let (x, y): (V, V) = (load(real + near + c), load(imaginary + near + c))
          let (p, q): (V, V) = (load(real + far + c), load(imaginary + far + c))
          if second == 0 {
            store((x + p) * half, to: a + c)
            store((y - q) * half, to: b + c)
          } else {
            store((y + q) * half, to: a + task.pairs + c)
            store((p - x) * half, to: b + task.pairs + c)
          }
          c += V.scalarCount
        }
      }
    }
  }

  /// Z(u) = A + iB, Z(−u) = Ā + iB̄; where both are one frequency A and B are real.
  @inline(__always)
  private static func merge<V: SIMD>(_ task: UnsafePointer<FourierPairs>, _ vector: V.Type)
  where V.Scalar: Real {
    typealias Element = V.Scalar
    let task = task.pointee
    let real = task.pairReal.assumingMemoryBound(to: Element.self)
    let imaginary = task.pairImaginary.assumingMemoryBound(to: Element.self)
    for u in 0...task.rows / 2 {
      let (near, far) = (u * task.pairStride, (u == 0 ? 0 : task.rows - u) * task.pairStride)
      let a = task.halfReal.assumingMemoryBound(to: Element.self) + u * task.halfStride
      let b = task.halfImaginary.assumingMemoryBound(to: Element.self) + u * task.halfStride
      let isReal = near == far
      var c = 0
      while c < task.pairs {
        let (x, p): (V, V) = (load(a + c), load(a + task.pairs + c))
        let (y, q): (V, V) = (load(b + c), load(b + task.pairs + c))
        if isReal {
          store(x, to: real + near + c)
          store(p, to: imaginary + near + c)
        } else {
          store(x - q, to: real + near + c)
          store(y + p, to: imaginary + near + c)
          store(x + q, to: real + far + c)
          store(p - y, to: imaginary + far + c)
        }
        c += V.scalarCount
      }
    }
  }
}
