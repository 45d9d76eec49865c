import Kernels
import Tensors

/// The linear map of a dense matrix A, {rows, columns}.
struct DenseMap: Sendable {
  /// A.
  let matrix: Tensor
  private let kernel: DenseKernel

  /// The map of a matrix, in its element type.
  init(_ matrix: Tensor) {
    precondition(matrix.shape.rank == 2, "A matrix has two axes.")
    self.matrix = matrix
    kernel = DenseKernel(singlePrecision: matrix.elementType == .float32)
  }

  var rows: Int { matrix.shape[0] }
  var columns: Int { matrix.shape[1] }

  /// y ← A x.
  func apply(_ x: Tensor, into y: inout Tensor) {
    precondition(x.count == columns && y.count == rows, "The vectors fit the matrix.")
    y.withMutableBytes { y in
      x.withBytes { x in
        matrix.withBytes { kernel.product(rows: rows, depth: columns, $0, x, into: y) }
      }
    }
  }

  /// x ← x + Aᵀ y.
  func addAdjoint(_ y: Tensor, to x: inout Tensor) {
    precondition(x.count == columns && y.count == rows, "The vectors fit the matrix.")
    x.withMutableBytes { x in
      y.withBytes { y in
        matrix.withBytes { kernel.addAdjoint(rows: rows, depth: columns, $0, y, to: x) }
      }
    }
  }
}
