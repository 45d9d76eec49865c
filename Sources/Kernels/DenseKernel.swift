import KernelInterface

/// Products of dense row-major matrices with a few vectors: A Wᵀ and Zᵀ A, where W has few rows.
///
/// Bound by memory for one vector, by arithmetic for many. Allocates nothing; the order of every sum
/// depends on the extents only.
public struct DenseKernel: Sendable {
  private let productEntry: DenseEntries.Entry
  private let adjointEntry: DenseEntries.Entry
  /// Bytes of an element.
  public let stride: Int

  /// The kernel for one element type.
  public init(singlePrecision: Bool, instructions: InstructionSet = .preferred) {
    let entries = instructions.table.dense
    productEntry = singlePrecision ? entries.productSingle : entries.productDouble
    adjointEntry = singlePrecision ? entries.adjointSingle : entries.adjointDouble
    stride = singlePrecision ? 4 : 8
  }

  /// Z ← A Wᵀ for A rows × depth, W vectors × depth and Z rows × vectors.
  public func product(
    rows: Int, depth: Int, vectors: Int = 1, _ a: UnsafeRawPointer, _ w: UnsafeRawPointer,
    into z: UnsafeMutableRawPointer
  ) {
    var task = DenseTask(
      rows: rows, depth: depth, vectors: vectors, matrix: a,
      points: UnsafeMutableRawPointer(mutating: w), responses: z)
    productEntry(&task)
  }

  /// W ← W + Zᵀ A for A rows × depth, Z rows × vectors and W vectors × depth.
  public func addAdjoint(
    rows: Int, depth: Int, vectors: Int = 1, _ a: UnsafeRawPointer, _ z: UnsafeRawPointer,
    to w: UnsafeMutableRawPointer
  ) {
    var task = DenseTask(
      rows: rows, depth: depth, vectors: vectors, matrix: a, points: w,
      responses: UnsafeMutableRawPointer(mutating: z))
    adjointEntry(&task)
  }
}
