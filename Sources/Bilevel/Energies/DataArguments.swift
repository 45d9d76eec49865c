import Script
import Tensors

extension Kind where T == Tensor? {
  /// A tensor, which prints itself by its shape only.
  static var data: Kind {
    Kind(
      "a tensor", type: Tensor.scriptType,
      read: { if case .none = $0 { nil } else { try Tensor.kind.read($0) } },
      write: { $0.map { .string("tensor \($0.shape)") } ?? .none }, absent: { nil })
  }
}

extension Tensor? {
  /// The tensor, if it is there, finite, and of the given axes.
  ///
  /// - Parameters:
  ///   - name: the argument.
  ///   - function: whose argument it is.
  ///   - axes: a word for each extent.
  ///   - extents: the extents that are prescribed; nil for those that are not.
  func required(
    _ name: String, of function: String, axes: [String], _ extents: [Int?] = []
  ) throws -> Tensor {
    let words = axes.indices.map { axis in
      let extent = axis < extents.count ? extents[axis] : nil
      return extent.map { "\($0)" } ?? axes[axis]
    }
    let expected = "{" + words.joined(separator: ", ") + "}"
    guard let tensor = self else {
      throw ScriptError("\(function): '\(name)' is missing (a tensor \(expected))")
    }
    let fits =
      tensor.shape.rank == axes.count && tensor.count > 0
      && extents.enumerated().allSatisfy { $1 == nil || tensor.shape[$0] == $1 }
    guard fits else {
      throw ScriptError("\(function): '\(name)' must be a tensor \(expected), got \(tensor.shape)")
    }
    guard tensor.squaredNorm.isFinite else {
      throw ScriptError("\(function): '\(name)' has an element that is NaN, infinite or too large")
    }
    return tensor
  }
}
