import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Blocks by name. A block that is stored as a logarithm is called `log_…`; the name without the prefix
/// stands for its natural values.
extension Parameters {
  /// The raw coordinates of the named block, or nil where there is none.
  public func block(_ name: String) -> Tensor? {
    guard let range = layout.range(of: name), let block = layout.block(named: name) else {
      return nil
    }
    return Tensor(Array(values[range]), shape: block.shape)
  }

  /// The natural values of the named block, whose name may lack `log_`; nil where there is none.
  public func natural(_ name: String) -> Tensor? {
    guard let block = layout.block(named: name) ?? layout.block(named: Self.logarithmPrefix + name),
      let raw = self.block(block.name)
    else { return nil }
    switch block.transform {
    case .identity: return raw
    case .exponential: return Tensor(raw.elements.map { exp($0) }, shape: raw.shape)
    }
  }

  /// Replaces the raw coordinates of the named block by as many others.
  public mutating func setBlock(_ name: String, to tensor: Tensor) {
    guard let range = layout.range(of: name) else {
      preconditionFailure("There is no block named \(name).")
    }
    precondition(tensor.count == range.count, "A block keeps its number of coordinates.")
    values.replaceSubrange(range, with: tensor.elements)
  }

  /// What the name of a block that is stored as a logarithm begins with.
  static let logarithmPrefix = "log_"
}

extension ParameterLayout {
  /// The named block, or nil.
  public func block(named name: String) -> ParameterBlock? { blocks.first { $0.name == name } }

  /// One line per block: name, shape, transform, count; and their total.
  public var description: String {
    let rows =
      [["block", "shape", "transform", "count"]]
      + blocks.map {
        [$0.name, $0.shape.description, $0.transform.rawValue, String($0.shape.count)]
      } + [["total", "", "", String(count)]]
    let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}
