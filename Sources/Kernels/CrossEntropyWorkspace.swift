import Dispatch

/// What a pass over the examples computes; z = W a, u = Q a, v = D a are scores of one example a, p and
/// S the probabilities and the Hessian at z, ω the example's weight.
public enum CrossEntropyOperation: Sendable {
  /// rowValues ← ω times the cross-entropy; with a result, result += Σ ω (p − e) aᵀ.
  case gradient
  /// Keeps p for `hessianProduct`.
  case prepareCurvature
  /// result += Σ ω (S u) aᵀ at the kept p; of the first argument.
  case hessianProduct
  /// result += Σ ω (dS[v] u) aᵀ.
  case thirdProduct
  /// rowValues ← ω ⟨p − e, u⟩.
  case slope
  /// rowValues ← ω ⟨S v, u⟩.
  case bend
  /// rowValues ← ‖p − e‖.
  case residual
  /// rowValues ← ‖z‖.
  case response
  /// rowValues ← 1 where the largest score is not the label's, 0 elsewhere.
  case mistake
}

/// The examples of a pass: a matrix A with one example per row, labels from 0, weights.
public struct CrossEntropyExamples {
  /// A, rows × features.
  public var matrix: UnsafeRawPointer
  /// One for each row; 0 or 1 where there is one score.
  public var labels: UnsafePointer<Int32>
  /// ω, one for each row.
  public var weights: UnsafePointer<Double>

  /// The given examples.
  public init(
    matrix: UnsafeRawPointer, labels: UnsafePointer<Int32>, weights: UnsafePointer<Double>
  ) {
    self.matrix = matrix
    self.labels = labels
    self.weights = weights
  }
}

/// One worker's passes over Σ_i ω_i CE(W a_i, label_i) with scores W a, W of scores × features.
///
/// Blocks of examples go by; their scores, and what is made of them, stay in the cache between the two
/// products with A, so that a pass reads A from memory once. Rows are cut into chunks that depend on the
/// extents only; each has sums of its own, which are added in order: the same bits for any number of
/// `workers`. Owns its memory, allocates nothing once made, and belongs to one caller at a time.
public final class CrossEntropyWorkspace {
  /// Rows of A.
  public let rows: Int
  /// What the operation left, one number per row.
  public var rowValues: UnsafePointer<Double> { UnsafePointer(values.doubles) }
  private let features: Int
  private let scores: Int
  private let singlePrecision: Bool
  private let workers: Int
  private let kernel: DenseKernel
  private let chunks: Int
  private let blockRows: Int
  private let values: Memory
  private let partial: Memory  // one W per chunk
  private let scratch: Memory  // for each chunk the scores of one block, three times
  private let row: Memory  // for each chunk one row in Float64, three times
  private lazy var probabilities = Memory(count: rows * scores, stride: kernel.stride)

  /// Multiply-adds that are worth a chunk.
  private static let chunkWork = 1 << 18
  private static let mostChunks = 16
  /// Bytes of A in one block: within the second-level cache.
  private static let blockBytes = 1 << 17

  /// The workspace for A of `rows` × `features`.
  public init(
    rows: Int, features: Int, scores: Int, singlePrecision: Bool, workers: Int = 1,
    instructions: InstructionSet = .preferred
  ) {
    precondition(rows > 0 && features > 0 && scores > 0, "There is at least one example.")
    self.rows = rows
    self.features = features
    self.scores = scores
    self.singlePrecision = singlePrecision
    kernel = DenseKernel(singlePrecision: singlePrecision, instructions: instructions)
    let work = rows * features * scores
    chunks = min(max(1, work / Self.chunkWork), Self.mostChunks, rows)
    self.workers = max(1, min(workers, chunks))
    blockRows = min(rows, max(8, Self.blockBytes / (features * kernel.stride)))
    values = Memory(count: rows, stride: 8)
    partial = Memory(count: chunks * scores * features, stride: kernel.stride)
    scratch = Memory(count: chunks * 3 * blockRows * scores, stride: kernel.stride)
    row = Memory(count: chunks * 3 * scores, stride: 8)
  }

  /// One pass; arguments that the operation does not read are nil.
  ///
  /// Returns Σ rowValues for operations that make them.
  @discardableResult
  public func run(
    _ operation: CrossEntropyOperation, _ examples: CrossEntropyExamples,
    _ first: UnsafeRawPointer, _ second: UnsafeRawPointer? = nil,
    _ third: UnsafeRawPointer? = nil, addingTo result: UnsafeMutableRawPointer? = nil
  ) -> Double {
    if operation == .prepareCurvature { _ = probabilities }
    let pass = Pass(
      operation: operation, examples: examples, points: (first, second, third),
      hasResult: result != nil)
    eachChunk { chunk in
      if self.singlePrecision {
        self.run(pass, chunk, Float.self)
      } else {
        self.run(pass, chunk, Double.self)
      }
    }
    if let result {
      if singlePrecision {
        reduce(into: result, Float.self)
      } else {
        reduce(into: result, Double.self)
      }
    }
    return ReductionKernels.sum(rows, rowValues)
  }

  private struct Pass {
    var operation: CrossEntropyOperation
    var examples: CrossEntropyExamples
    var points: (UnsafeRawPointer, UnsafeRawPointer?, UnsafeRawPointer?)
    var hasResult: Bool
  }

  private func eachChunk(_ body: (Int) -> Void) {
    if workers == 1 {
      for chunk in 0..<chunks { body(chunk) }
      return
    }
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let shared = body
      let (workers, chunks) = (workers, chunks)
      DispatchQueue.concurrentPerform(iterations: workers) { worker in
        for chunk in worker * chunks / workers..<(worker + 1) * chunks / workers { shared(chunk) }
      }
    }
  }

  private func run<Element: BinaryFloatingPoint>(
    _ pass: Pass, _ chunk: Int, _ type: Element.Type
  ) {
    let sums = partial.start + chunk * scores * features * kernel.stride
    if pass.hasResult {
      sums.initializeMemory(as: UInt8.self, repeating: 0, count: scores * features * kernel.stride)
    }
    let (first, end) = (chunk * rows / chunks, (chunk + 1) * rows / chunks)
    var block = first
    while block < end {
      let range = block..<min(block + blockRows, end)
      let matrix = pass.examples.matrix + block * features * kernel.stride
      func score(_ point: UnsafeRawPointer?, _ which: Int) {
        guard let point else { return }
        kernel.product(
          rows: range.count, depth: features, vectors: scores, matrix, point,
          into: scoreBlock(chunk, which))
      }
      score(pass.points.0, 0)
      score(pass.points.1, 1)
      score(pass.points.2, 2)
      pointwise(pass, chunk, range, type)
      if pass.hasResult {
        kernel.addAdjoint(
          rows: range.count, depth: features, vectors: scores, matrix, scoreBlock(chunk, 0),
          to: sums)
      }
      block = range.upperBound
    }
  }

  private func scoreBlock(_ chunk: Int, _ which: Int) -> UnsafeMutableRawPointer {
    scratch.start + (3 * chunk + which) * blockRows * scores * kernel.stride
  }

  /// What is made of the scores of a block, row by row; results take the place of the first scores.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  private func pointwise<Element: BinaryFloatingPoint>(
    _ pass: Pass, _ chunk: Int, _ range: Range<Int>, _ type: Element.Type
  ) {
    let z = row.doubles + 3 * chunk * scores
    let (u, v) = (z + scores, z + 2 * scores)
    var place = scoreBlock(chunk, 0).assumingMemoryBound(to: Element.self)
    for index in range {
      read(place, into: z)
      if pass.points.1 != nil { read(place + blockRows * scores, into: u) }
      if pass.points.2 != nil { read(place + 2 * blockRows * scores, into: v) }
      if pass.operation == .hessianProduct {
        u.update(from: z, count: scores)
        read(kept(index, type), into: z)
      }
      let out = evaluate(pass, index, z, u, v)
      if pass.operation == .prepareCurvature { write(z, into: kept(index, type)) }
      if pass.hasResult {
        let weight = pass.examples.weights[index]
        for j in 0..<scores { place[j] = Element(weight * out[j]) }
      }
      place += scores
    }
  }

  private func kept<Element>(_ index: Int, _ type: Element.Type) -> UnsafeMutablePointer<Element> {
    probabilities.start.assumingMemoryBound(to: Element.self) + index * scores
  }

  @inline(__always)
  private func read<Element: BinaryFloatingPoint>(
    _ source: UnsafePointer<Element>, into target: UnsafeMutablePointer<Double>
  ) {
    for j in 0..<scores { target[j] = Double(source[j]) }
  }

  @inline(__always)
  private func write<Element: BinaryFloatingPoint>(
    _ source: UnsafePointer<Double>, into target: UnsafeMutablePointer<Element>
  ) {
    for j in 0..<scores { target[j] = Element(source[j]) }
  }

  /// One row: sets its row value and returns where its part of the result is.
  private func evaluate(
    _ pass: Pass, _ index: Int, _ z: UnsafeMutablePointer<Double>,
    _ u: UnsafeMutablePointer<Double>, _ v: UnsafeMutablePointer<Double>
  ) -> UnsafeMutablePointer<Double> {
    let label = Int(pass.examples.labels[index])
    let weight = pass.examples.weights[index]
    let rowValue = values.doubles + index
    switch pass.operation {
    case .response:
      rowValue.pointee = CrossEntropyRow.inner(z, z, scores).squareRoot()
      return z
    case .mistake:
      rowValue.pointee = CrossEntropyRow.prediction(z, scores) == label ? 0 : 1
      return z
    case .hessianProduct:
      CrossEntropyRow.applyHessian(z, scores, u)
      return u
    default: break
    }
    let loss = CrossEntropyRow.normalize(z, scores, label: label)
    switch pass.operation {
    case .thirdProduct: CrossEntropyRow.applyThird(z, scores, u, v)
    case .bend:
      CrossEntropyRow.applyHessian(z, scores, v)
      rowValue.pointee = weight * CrossEntropyRow.inner(v, u, scores)
    case .gradient, .slope, .residual:
      CrossEntropyRow.subtractLabel(z, scores, label: label)
      rowValue.pointee =
        switch pass.operation {
        case .gradient: weight * loss
        case .slope: weight * CrossEntropyRow.inner(z, u, scores)
        default: CrossEntropyRow.inner(z, z, scores).squareRoot()
        }
    default: break
    }
    return pass.operation == .thirdProduct ? u : z
  }

  /// result += the sums of all chunks, in order.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  private func reduce<Element: BinaryFloatingPoint>(
    into result: UnsafeMutableRawPointer, _ type: Element.Type
  ) {
    let target = result.assumingMemoryBound(to: Element.self)
    let sums = partial.start.assumingMemoryBound(to: Element.self)
    let count = scores * features
    for chunk in 0..<chunks { VectorKernels.add(count, 1, sums + chunk * count, target) }
  }
}
