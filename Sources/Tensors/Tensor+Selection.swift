import Kernels
import Script

/// What is taken along one axis; positions count from 0.
public enum AxisSelection: Hashable, Sendable {
  /// The whole axis.
  case all
  /// One position; the axis goes.
  case index(Int)
  /// `count` positions from `start` on, `step` apart (which may be negative).
  case range(start: Int, count: Int, step: Int)
}

/// Parts of tensors: read as copies, written in place.
extension Tensor {
  /// The selected part, as a tensor of its own; axes without a selection are taken whole.
  public func selected(_ selections: [AxisSelection]) throws -> Tensor {
    copied(from: try layout(of: selections))
  }

  /// Writes a tensor, broadcast where needed, into the selected part.
  public mutating func assign(_ source: Tensor, to selections: [AxisSelection]) throws {
    let target = try layout(of: selections)
    let part = Shape(target.extents)
    guard try part.broadcast(with: source.shape) == part else {
      throw ScriptError(
        "cannot assign a tensor of shape \(source.shape) to a part of shape \(part)")
    }
    let source = source.converted(to: elementType)
    let origin = Layout(source.shape, broadcastTo: part)
    switch elementType {
    case .float32: write(Float.self, from: source, origin, to: target)
    case .float64: write(Double.self, from: source, origin, to: target)
    }
  }

  /// Writes a number everywhere into the selected part.
  public mutating func assign(_ value: Double, to selections: [AxisSelection]) throws {
    try assign(Tensor([value], shape: [], elementType), to: selections)
  }

  /// The row-major position of the element that the selections single out; nil if they select more.
  func position(of selections: [AxisSelection]) -> Int? {
    guard selections.count == shape.rank else { return nil }
    var position = 0
    for (axis, selection) in selections.enumerated() {
      guard case .index(let index) = selection, index >= 0, index < shape[axis] else { return nil }
      position = position * shape[axis] + index
    }
    return position
  }

  /// The one element of a tensor that has no more.
  public var item: Double? { count == 1 ? self[flat: 0] : nil }

  /// The tensor with its axes in the given order: axis i of the result is axis `axes[i]` of this.
  public func transposed(_ axes: [Int]) throws -> Tensor {
    guard axes.sorted() == Array(0..<shape.rank) else {
      let given = axes.map { String($0 + 1) }.joined(separator: ", ")
      throw ScriptError(
        "transpose: a tensor of shape \(shape) needs each of its \(shape.rank) axes once, got \(given)"
      )
    }
    var layout = Layout(shape)
    layout.extents = axes.map { shape[$0] }
    let strides = layout.strides
    layout.strides = axes.map { strides[$0] }
    return copied(from: layout)
  }

  /// The tensor with its axes in reverse order; the transpose of a matrix.
  public func transposed() -> Tensor {
    var layout = Layout(shape)
    layout.extents.reverse()
    layout.strides.reverse()
    return copied(from: layout)
  }

  /// The same elements in another shape, of which one extent may be −1: what is left.
  public func reshaped(to extents: [Int]) throws -> Tensor {
    var extents = extents
    if let free = extents.firstIndex(of: -1) {
      extents[free] = 1
      let rest = try Shape(checked: extents).count
      extents[free] = rest > 0 && count % rest == 0 ? count / rest : 0
    }
    let target = try Shape(checked: extents)
    guard target.count == count else {
      throw ScriptError(
        "reshape: a tensor of shape \(shape) has \(count) elements, shape \(target) has "
          + "\(target.count)")
    }
    return Tensor(reshaping: self, to: target)
  }

  private func layout(of selections: [AxisSelection]) throws -> Layout {
    guard selections.count <= shape.rank else {
      throw ScriptError(
        "a tensor of shape \(shape) has \(shape.rank) axes, got \(selections.count) indices")
    }
    var layout = Layout(shape)
    var kept: [(extent: Int, stride: Int)] = []
    for axis in 0..<shape.rank {
      let stride = layout.strides[axis]
      switch axis < selections.count ? selections[axis] : .all {
      case .all: kept.append((shape[axis], stride))
      case .index(let position):
        try check(position, axis)
        layout.offset += position * stride
      case .range(let start, let count, let step):
        kept.append((max(count, 0), stride * step))
        guard count > 0 else { continue }
        try check(start, axis)
        try check(start + (count - 1) * step, axis)
        layout.offset += start * stride
      }
    }
    layout.extents = kept.map(\.extent)
    layout.strides = kept.map(\.stride)
    return layout
  }

  private func check(_ position: Int, _ axis: Int) throws {
    guard position >= 0 && position < shape[axis] else {
      throw ScriptError(
        "index \(position + 1) is outside of axis \(axis + 1) of a tensor of shape \(shape)")
    }
  }

  private func copied(from layout: Layout) -> Tensor {
    let target = Shape(layout.extents)
    var result = Tensor(uninitialized: target, elementType)
    switch elementType {
    case .float32: result.write(Float.self, from: self, layout, to: Layout(target))
    case .float64: result.write(Double.self, from: self, layout, to: Layout(target))
    }
    return result
  }

  private mutating func write<Element: BinaryFloatingPoint>(
    _ type: Element.Type, from source: Tensor, _ origin: Layout, to target: Layout
  ) {
    withMutable(type) { z in
      source.with(type) { x in
        Layout.rows(origin, target) { count, i, xStep, j, zStep in
          ElementwiseKernels.copy(count, x + i, step: xStep, z + j, step: zStep)
        }
      }
    }
  }
}
