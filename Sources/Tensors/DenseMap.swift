import Kernels

/// The linear map of a dense matrix A, {rows, columns}.
public struct DenseMap: Sendable {
  /// A.
  public let matrix: Tensor
  private let kernel: DenseKernel

  /// The map of a matrix, in its element type.
  public init(_ matrix: Tensor) {
    precondition(matrix.shape.rank == 2, "A matrix has two axes.")
    self.matrix = matrix
    kernel = DenseKernel(singlePrecision: matrix.elementType == .float32)
  }

  /// Count of A x.
  public var rows: Int { matrix.shape[0] }
  /// Count of x.
  public var columns: Int { matrix.shape[1] }

  /// y ← A x.
  public func apply(_ x: Tensor, into y: inout Tensor) {
    precondition(x.count == columns && y.count == rows, "The vectors fit the matrix.")
    y.withMutableBytes { y in
      x.withBytes { x in
        matrix.withBytes { kernel.product(rows: rows, depth: columns, $0, x, into: y) }
      }
    }
  }

  /// x ← x + Aᵀ y.
  public func addAdjoint(_ y: Tensor, to x: inout Tensor) {
    precondition(x.count == columns && y.count == rows, "The vectors fit the matrix.")
    x.withMutableBytes { x in
      y.withBytes { y in
        matrix.withBytes { kernel.addAdjoint(rows: rows, depth: columns, $0, y, to: x) }
      }
    }
  }
}
