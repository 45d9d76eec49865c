import Kernels

/// Products of a dense matrix with a few vectors, and what classification makes of them.
struct DenseSpeed: Measurement {
  let name = "dense"
  let isStandard = false

  /// Columns of the matrix, and vectors: handwritten digits.
  private static let depth = 784
  private static let vectors = 10
  /// Rows that stay in the second-level cache, and rows that do not.
  private static let fewRows = 64
  private static let manyRows = 4096

  func run(_ session: Session) {
    for single in [true, false] {
      for vectors in [1, Self.vectors] {
        for rows in [Self.fewRows, Self.manyRows] { products(session, single, rows, vectors) }
      }
      gradient(session, single)
    }
  }

  private func products(_ session: Session, _ single: Bool, _ rows: Int, _ vectors: Int) {
    let kernel = DenseKernel(singlePrecision: single, instructions: session.instructionSet)
    let a = BenchBuffer(rows * Self.depth, single)
    let w = BenchBuffer(vectors * Self.depth, single)
    let z = BenchBuffer(rows * vectors, single)
    let label = "\(rows)x\(Self.depth), \(vectors)"
    report(session, single, "A W' \(label)", operations: 2 * rows * Self.depth * vectors) {
      kernel.product(
        rows: rows, depth: Self.depth, vectors: vectors, a.start, w.start, into: z.start)
    }
    report(session, single, "Z' A \(label)", operations: 2 * rows * Self.depth * vectors) {
      kernel.addAdjoint(
        rows: rows, depth: Self.depth, vectors: vectors, a.start, z.start, to: w.start)
    }
  }

  private func gradient(_ session: Session, _ single: Bool) {
    let rows = Self.manyRows
    let workspace = CrossEntropyWorkspace(
      rows: rows, features: Self.depth, scores: Self.vectors, singlePrecision: single,
      instructions: session.instructionSet)
    let a = BenchBuffer(rows * Self.depth, single)
    let x = BenchBuffer(Self.vectors * Self.depth, single)
    let result = BenchBuffer(Self.vectors * Self.depth, single)
    let labels = (0..<rows).map { Int32($0 % Self.vectors) }
    let weights = Array(repeating: 1 / Double(rows), count: rows)
    labels.withUnsafeBufferPointer { labels in
      weights.withUnsafeBufferPointer { weights in
        guard let labels = labels.baseAddress, let weights = weights.baseAddress else { return }
        let examples = CrossEntropyExamples(matrix: a.start, labels: labels, weights: weights)
        report(
          session, single, "cross-entropy gradient \(rows)x\(Self.depth), \(Self.vectors)",
          operations: 4 * rows * Self.depth * Self.vectors
        ) {
          workspace.run(.gradient, examples, x.start, addingTo: result.start)
        }
      }
    }
  }

  private func report(
    _ session: Session, _ single: Bool, _ label: String, operations: Int, _ work: () -> Void
  ) {
    let seconds = session.seconds(work)
    let gigaflops = 1e-9 * Double(operations) / seconds
    session.report.add(
      Reading(
        name: "\(name): \(label)", instructionSet: session.instructionSet, single: single,
        seconds: seconds, gigaflops: gigaflops, share: gigaflops / session.peak(single: single)))
  }
}
