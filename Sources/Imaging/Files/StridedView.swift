import Tensors

/// A tensor as PyTorch keeps it: some elements of a flat storage, at distances of its own.
struct StridedView {
  private static let largestRank = 64

  /// Where the first element is.
  var offset: Int
  var shape: Shape
  /// Distances in elements between neighbours along each axis.
  var strides: [Int]

  /// Throws where an element would lie outside of a storage of `count` elements, or where there are
  /// more elements than these.
  func check(_ count: Int) throws(FileProblem) {
    guard strides.count == shape.rank, shape.rank <= StridedView.largestRank, offset >= 0,
      strides.allSatisfy({ $0 >= 0 })
    else { throw FileProblem("has a tensor of shape \(shape) with wrong strides or offset") }
    guard shape.count > 0 else { return }
    guard let last = lastPosition, last < count else {
      throw FileProblem(
        "has a tensor of shape \(shape) that reaches beyond its storage of \(count) elements")
    }
    guard shape.count <= count else {
      throw FileProblem(
        "has a tensor of shape \(shape) that repeats the \(count) elements of its storage; "
          + "save it with .contiguous()")
    }
  }

  /// Whether the view is the storage itself, in its own order.
  func isWhole(_ count: Int) -> Bool {
    let natural = shape.strides
    return offset == 0 && shape.count == count
      && (0..<shape.rank).allSatisfy { shape[$0] <= 1 || strides[$0] == natural[$0] }
  }

  /// The elements in row-major order; the view must have been checked.
  func tensor(of storage: Tensor) -> Tensor {
    var result = Tensor(zeros: shape, storage.elementType)
    switch storage.elementType {
    case .float32: copy(storage, to: &result, Float.self)
    case .float64: copy(storage, to: &result, Double.self)
    }
    return result
  }

  /// The position of the last element; nil where it is no number.
  private var lastPosition: Int? {
    var last = offset
    for (extent, stride) in zip(shape.extents, strides) {
      let (reach, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, carry) = last.addingReportingOverflow(reach)
      if overflow || carry { return nil }
      last = sum
    }
    return last
  }

  private func copy<Element>(_ storage: Tensor, to result: inout Tensor, _ type: Element.Type) {
    let count = shape.count
    var index = [Int](repeating: 0, count: shape.rank)
    var position = offset
    result.withMutable(type) { target in
      storage.with(type) { source in
        for i in 0..<count {
          target[i] = source[position]
          if i + 1 < count { advance(&index, &position) }
        }
      }
    }
  }

  /// Moves to the next element; there must be one.
  private func advance(_ index: inout [Int], _ position: inout Int) {
    var axis = shape.rank - 1
    while index[axis] + 1 == shape[axis] {
      position -= index[axis] * strides[axis]
      index[axis] = 0
      axis -= 1
    }
    index[axis] += 1
    position += strides[axis]
  }
}
