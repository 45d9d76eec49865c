/// A dense matrix A with a few vectors: the rows of W are what A is applied to, the columns of Z what
/// comes of it.
public struct DenseTask {
  /// Rows of A and of Z.
  public var rows: Int
  /// Columns of A, W: the length of the vectors.
  public var depth: Int
  /// How many vectors: rows of W, columns of Z.
  public var vectors: Int
  /// A, rows × depth, row-major.
  public var matrix: UnsafeRawPointer
  /// W, vectors × depth.
  public var points: UnsafeMutableRawPointer
  /// Z, rows × vectors.
  public var responses: UnsafeMutableRawPointer

  /// Everything at once.
  public init(
    rows: Int, depth: Int, vectors: Int, matrix: UnsafeRawPointer,
    points: UnsafeMutableRawPointer, responses: UnsafeMutableRawPointer
  ) {
    self.rows = rows
    self.depth = depth
    self.vectors = vectors
    self.matrix = matrix
    self.points = points
    self.responses = responses
  }
}

/// Products of a dense matrix with a few vectors in one variant.
public struct DenseEntries: Sendable {
  /// Runs one task; the element type is the name's.
  public typealias Entry = @Sendable (UnsafePointer<DenseTask>) -> Void
  /// Z ← A Wᵀ, Float32.
  public var productSingle: Entry
  /// Z ← A Wᵀ, Float64.
  public var productDouble: Entry
  /// W ← W + Zᵀ A, Float32.
  public var adjointSingle: Entry
  /// W ← W + Zᵀ A, Float64.
  public var adjointDouble: Entry

  /// Entries of one variant.
  public init(
    productSingle: @escaping Entry, productDouble: @escaping Entry,
    adjointSingle: @escaping Entry, adjointDouble: @escaping Entry
  ) {
    self.productSingle = productSingle
    self.productDouble = productDouble
    self.adjointSingle = adjointSingle
    self.adjointDouble = adjointDouble
  }
}
