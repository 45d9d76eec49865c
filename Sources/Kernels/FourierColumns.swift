import KernelInterface

/// One worker's transforms of columns: of all columns of a complex plane at once, in blocks of a few
/// vectors that stay in the first cache levels.
///
/// X[u, c] = Σ_j exp(−2πi ju/n) x[j, c], not scaled; the inverse has the other sign. Real and imaginary
/// parts are planes of their own. The source or the target can be transposed on the way. Owns its
/// memory, allocates nothing once made.
final class FourierColumns {
  /// Real and imaginary part of a plane; strides count elements.
  struct Plane {
    var real: UnsafeMutableRawPointer
    var imaginary: UnsafeMutableRawPointer
    var stride: Int

    /// The same with real and imaginary part exchanged: transforms of it are inverse ones.
    var exchanged: Plane { Plane(real: imaginary, imaginary: real, stride: stride) }

    func advanced(by elements: Int, _ size: Int) -> Plane {
      Plane(
        real: real + elements * size, imaginary: imaginary + elements * size, stride: stride)
    }
  }

  let plan: FourierPlan
  private let entries: FourierEntries
  private let size: Int  // of an element
  private let width: Int  // columns of a block
  private let scratch: Memory
  private var blocks: (Plane, Plane)

  /// Vectors in a row of a block.
  private static let vectors = 2

  init(_ plan: FourierPlan, singlePrecision: Bool, instructions: InstructionSet = .preferred) {
    self.plan = plan
    let table = instructions.table
    entries = singlePrecision ? table.fourier.single : table.fourier.double
    size = singlePrecision ? 4 : 8
    width = Self.vectors * (singlePrecision ? table.lanes.single : table.lanes.double)
    let count = plan.innerLength * width
    scratch = Memory(count: 4 * count, stride: size)
    let bytes = count * size
    let (start, stride) = (scratch.start, width)
    blocks = (
      Plane(real: start, imaginary: start + bytes, stride: stride),
      Plane(real: start + 2 * bytes, imaginary: start + 3 * bytes, stride: stride)
    )
  }

  /// target ← transform of the columns of source.
  ///
  /// - Parameters:
  ///   - isReal: the source's imaginary part is zero and not read.
  ///   - transposesSource, transposesTarget: the plane's rows are the columns meant here.
  ///   - frequencies: only so many rows of the result are wanted; all when nil.
  func run(
    from source: Plane, to target: Plane, columns: Int, isReal: Bool = false,
    transposesSource: Bool = false, transposesTarget: Bool = false, frequencies: Int? = nil
  ) {
    var column = 0
    while column < columns {
      let block = Block(
        columns: min(width, columns - column), rows: frequencies ?? plan.length, isReal: isReal,
        transposesSource: transposesSource, transposesTarget: transposesTarget)
      let from = source.advanced(by: transposesSource ? column * source.stride : column, size)
      let to = target.advanced(by: transposesTarget ? column * target.stride : column, size)
      run(block, from, to)
      column += width
    }
  }

  private struct Block {
    let columns: Int
    let rows: Int
    let isReal: Bool
    let transposesSource: Bool
    let transposesTarget: Bool
  }

  private func run(_ block: Block, _ source: Plane, _ target: Plane) {
    let isFull = block.columns == width && plan.chirp == nil && !plan.stages.isEmpty
    let readsDirectly = isFull && !block.isReal && !block.transposesSource
    let writesDirectly = isFull && !block.transposesTarget && block.rows == plan.length
    var current = readsDirectly ? source : blocks.0
    if !readsDirectly { load(block, source) }
    if let chirp = plan.chirp {
      current = convolve(with: chirp)
    } else {
      current = stages(from: current, last: writesDirectly ? target : nil)
    }
    if !writesDirectly { store(block, current, target) }
  }

  /// All stages, to and fro between the blocks; the last one to where it is told.
  private func stages(from source: Plane, last: Plane?) -> Plane {
    var current = source
    for (i, stage) in plan.stages.enumerated() {
      let isLast = i == plan.stages.count - 1
      let next = (isLast ? last : nil) ?? (isSecond(current) ? blocks.0 : blocks.1)
      perform(stage, current, next)
      current = next
    }
    return current
  }

  /// Whether it is the second block, its parts exchanged or not.
  private func isSecond(_ plane: Plane) -> Bool {
    plane.real == blocks.1.real || plane.real == blocks.1.imaginary
  }

  private func perform(_ stage: FourierPlan.Stage, _ source: Plane, _ target: Plane) {
    var task = FourierStage(
      radix: stage.radix, groups: stage.groups, run: stage.run, columns: width,
      sourceReal: source.real, sourceImaginary: source.imaginary, sourceStride: source.stride,
      targetReal: target.real, targetImaginary: target.imaginary, targetStride: target.stride,
      twiddles: plan.twiddles(of: stage))
    entries.stage(&task)
  }

  /// Bluestein: X[u] = w_u Σ_j (w_j x_j) w̄_{u−j} with w_j = exp(−πi j²/n), as 2ju = u² + j² − (u − j)².
  private func convolve(with chirp: FourierPlan.Chirp) -> Plane {
    let bytes = (plan.innerLength - plan.length) * width * size
    multiply(blocks.0, chirp.real, chirp.imaginary, rows: plan.length)
    let end = plan.length * width * size
    (blocks.0.real + end).initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    (blocks.0.imaginary + end).initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    let spectrum = stages(from: blocks.0, last: nil)
    multiply(spectrum, chirp.symbolReal, chirp.symbolImaginary, rows: plan.innerLength)
    // The inverse transform is the transform with real and imaginary part exchanged.
    let result = stages(from: spectrum.exchanged, last: nil).exchanged
    multiply(result, chirp.real, chirp.imaginary, rows: plan.length)
    return result
  }

  private func multiply(_ plane: Plane, _ real: Memory, _ imaginary: Memory, rows: Int) {
    var task = FourierProduct(
      rows: rows, columns: width, real: plane.real, imaginary: plane.imaginary,
      stride: plane.stride, factorReal: real.start, factorImaginary: imaginary.start, isByRow: true)
    entries.product(&task)
  }

  // MARK: Between planes and blocks

  private func load(_ block: Block, _ source: Plane) {
    copy(block, source.real, source.stride, to: blocks.0.real)
    if block.isReal {
      blocks.0.imaginary.initializeMemory(
        as: UInt8.self, repeating: 0, count: plan.length * width * size)
    } else {
      copy(block, source.imaginary, source.stride, to: blocks.0.imaginary)
    }
  }

  private func copy(
    _ block: Block, _ source: UnsafeMutableRawPointer, _ stride: Int,
    to target: UnsafeMutableRawPointer
  ) {
    if block.transposesSource {
      transpose(
        rows: block.columns, columns: plan.length, source, stride, to: target, width)
    } else {
      for row in 0..<plan.length {
        (target + row * width * size).copyMemory(
          from: source + row * stride * size, byteCount: block.columns * size)
      }
    }
  }

  private func store(_ block: Block, _ source: Plane, _ target: Plane) {
    store(block, source.real, source.stride, to: target.real, target.stride)
    store(block, source.imaginary, source.stride, to: target.imaginary, target.stride)
  }

  private func store(
    _ block: Block, _ source: UnsafeMutableRawPointer, _ sourceStride: Int,
    to target: UnsafeMutableRawPointer, _ targetStride: Int
  ) {
    if block.transposesTarget {
      transpose(
        rows: block.rows, columns: block.columns, source, sourceStride, to: target, targetStride)
      return
    }
    for row in 0..<block.rows {
      (target + row * targetStride * size).copyMemory(
        from: source + row * sourceStride * size, byteCount: block.columns * size)
    }
  }

  private func transpose(
    rows: Int, columns: Int, _ source: UnsafeMutableRawPointer, _ sourceStride: Int,
    to target: UnsafeMutableRawPointer, _ targetStride: Int
  ) {
    var task = FourierTransposition(
      rows: rows, columns: columns, source: source, sourceStride: sourceStride, target: target,
      targetStride: targetStride)
    entries.transpose(&task)
  }
}
