import Script

extension Tensor {
  /// The elements as a script's table of tables; a number for a tensor without axes.
  public var nested: Value { nested(axis: 0, offset: 0) }

  private func nested(axis: Int, offset: Int) -> Value {
    guard axis < shape.rank else { return .number(self[flat: offset]) }
    let stride = shape.extents[(axis + 1)...].reduce(1, *)
    return .list((0..<shape[axis]).map { nested(axis: axis + 1, offset: offset + $0 * stride) })
  }

  /// A table of tables of numbers, all of one length per level; a number; or a tensor.
  public static let nestedKind = Kind<Tensor>(
    "a number, a table of numbers, or a table of such tables", type: .either(.number, .table),
    read: { value in
      if case .object(let object) = value, let tensor = object.content as? Tensor { return tensor }
      let extents = firstExtents(of: value)
      let shape = try Shape(checked: extents)
      var elements: [Double] = []
      elements.reserveCapacity(shape.count)
      try append(value, extents[...], to: &elements)
      return Tensor(elements, shape: shape, Session.shared.elementType)
    },
    // A tensor is too large to be repeated in the text of the call that made it.
    write: { _ in .none })

  /// The lengths of the first table at each level.
  private static func firstExtents(of value: Value) -> [Int] {
    guard case .table(let table) = value else { return [] }
    return [table.elements.count] + (table.elements.first.map(firstExtents) ?? [])
  }

  private static func append(
    _ value: Value, _ extents: ArraySlice<Int>, to elements: inout [Double]
  ) throws {
    guard let extent = extents.first else {
      guard let number = value.asNumber else { throw Mismatch(expected: "a number", got: value) }
      return elements.append(number)
    }
    guard case .table(let table) = value, table.fields.isEmpty, table.elements.count == extent
    else {
      throw Mismatch(expected: "a table of \(extent) values, as its neighbours", got: value)
    }
    for (index, element) in table.elements.enumerated() {
      do { try append(element, extents.dropFirst(), to: &elements) } catch let mismatch as Mismatch
      {
        throw mismatch.inside("[\(index + 1)]")
      }
    }
  }
}

extension AxisSelection {
  /// The selections of a script's index: `i`, `{i, j}`, `{ {1, 3}, j }`.
  ///
  /// Positions count from 1; negative ones from the end. A range `{first, last}` or `{first, last,
  /// step}` includes both ends; `{}` is the whole axis, `{i}` the range of one.
  static func reading(_ key: Value, in shape: Shape) throws -> [AxisSelection] {
    if let position = key.asInteger { return [.index(try resolved(position, axis: 0, in: shape))] }
    guard case .table(let table) = key, table.fields.isEmpty else {
      throw ScriptError("a tensor's index is i, {i, j} or {{first, last}, j}, got \(key.sketch)")
    }
    guard table.elements.count <= shape.rank else {
      throw ScriptError(
        "a tensor of shape \(shape) has \(shape.rank) axes, got \(table.elements.count) indices")
    }
    return try table.elements.enumerated().map { try reading($1, axis: $0, in: shape) }
  }

  private static func reading(_ value: Value, axis: Int, in shape: Shape) throws -> AxisSelection {
    if let position = value.asInteger {
      return .index(try resolved(position, axis: axis, in: shape))
    }
    guard case .table(let table) = value, table.fields.isEmpty, table.elements.count <= 3 else {
      throw ScriptError(
        "an index is an integer or a range {first, last} or {first, last, step}, got \(value.sketch)"
      )
    }
    let numbers = try table.elements.map { element in
      guard let number = element.asInteger else {
        throw ScriptError("a range is made of integers, got \(element.sketch)")
      }
      return number
    }
    guard let first = numbers.first else { return .all }
    let step = numbers.count > 2 ? numbers[2] : 1
    guard step != 0 && step != .min else { throw ScriptError("the step of a range must not be 0") }
    let start = try resolved(first, axis: axis, in: shape)
    // An empty range may end just outside, as {3, 2} and {1, 0} do.
    let end = numbers.count > 1 ? try resolved(numbers[1], axis: axis, in: shape, lowest: 0) : start
    let count = (end - start) / step + 1
    return .range(
      start: start, count: (end - start).signum() * step.signum() < 0 ? 0 : count, step: step)
  }

  /// From 1 … n or −n … −1 to 0 ..< n.
  private static func resolved(
    _ position: Int, axis: Int, in shape: Shape, lowest: Int = 1
  ) throws -> Int {
    guard axis < shape.rank else {
      throw ScriptError("a tensor of shape \(shape) has no axis \(axis + 1) to index")
    }
    let extent = shape[axis]
    let fromStart = position < 0 ? position + extent + 1 : position
    guard fromStart >= (position < 0 ? 1 : lowest), fromStart <= extent else {
      throw ScriptError(
        "index \(position) is outside of axis \(axis + 1) of a tensor of shape \(shape)")
    }
    return fromStart - 1
  }
}
