#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Tensor: CustomStringConvertible {
  /// Shape, element type, and the elements in NumPy's arrangement, large tensors abridged.
  public var description: String {
    "Tensor \(shape) \(elementType.rawValue)\n" + TensorPrinter(self).text()
  }

  /// Shape, element type, range, and a few elements: all of a small tensor, the first and last of a
  /// larger one.
  var summary: String {
    guard count > Tensor.fewElements, let row = try? reshaped(to: [count]) else {
      return TensorPrinter(self).headed(by: headline)
    }
    return TensorPrinter(row, inFull: Tensor.fewElements).headed(by: headline)
  }

  private static let fewElements = 64

  private var headline: String {
    let finite = elements.filter(\.isFinite)
    var line = "Tensor \(shape) \(elementType.rawValue)"
    if let smallest = finite.min(), let largest = finite.max() {
      let style = NumberStyle(for: [smallest, largest])
      line += ", from \(style.text(smallest)) to \(style.text(largest))"
    }
    let rest = count - finite.count
    return rest == 0 ? line : line + ", \(rest) not finite"
  }
}

/// Arranges the elements of a tensor in aligned rows.
struct TensorPrinter {
  /// Tensors of more elements are abridged.
  private static let longestInFull = 1000
  /// Elements at either end of an abridged axis.
  private static let edge = 3
  /// Characters on a line.
  private static let lineWidth = 80

  private let tensor: Tensor
  private let strides: [Int]
  private let abridged: Bool
  private var style = NumberStyle.whole
  private var width = 0

  init(_ tensor: Tensor, inFull longest: Int = longestInFull) {
    self.tensor = tensor
    strides = tensor.shape.strides
    abridged = tensor.count > longest
    var shown: [Double] = []
    visit(axis: 0, offset: 0) { shown.append(tensor[flat: $0]) }
    style = NumberStyle(for: shown)
    width = shown.map { style.text($0).count }.max() ?? 0
  }

  func text() -> String { text(axis: 0, offset: 0) }

  /// The elements below a line; beside it where there is one element.
  func headed(by line: String) -> String {
    tensor.shape.rank == 0 ? line + ": " + text() : line + "\n" + text()
  }

  private func text(axis: Int, offset: Int) -> String {
    let shape = tensor.shape
    if axis == shape.rank { return number(at: offset) }
    if axis == shape.rank - 1 { return row(offset: offset, indent: axis + 1) }
    let separator =
      String(repeating: "\n", count: shape.rank - 1 - axis)
      + String(repeating: " ", count: axis + 1)
    let parts = positions(axis).map { position in
      position.map { text(axis: axis + 1, offset: offset + $0 * strides[axis]) } ?? "..."
    }
    return "[" + parts.joined(separator: separator) + "]"
  }

  private func row(offset: Int, indent: Int) -> String {
    var text = "["
    var column = indent
    for (index, position) in positions(tensor.shape.rank - 1).enumerated() {
      let part = position.map { number(at: offset + $0) } ?? "..."
      if index > 0 {
        if column + 1 + part.count > TensorPrinter.lineWidth {
          text += "\n" + String(repeating: " ", count: indent)
          column = indent
        } else {
          text += " "
          column += 1
        }
      }
      text += part
      column += part.count
    }
    return text + "]"
  }

  private func number(at offset: Int) -> String {
    let text = style.text(tensor[flat: offset])
    return String(repeating: " ", count: max(width - text.count, 0)) + text
  }

  /// The positions shown of an axis; nil stands for those left out.
  private func positions(_ axis: Int) -> [Int?] {
    let extent = tensor.shape[axis]
    let edge = TensorPrinter.edge
    guard abridged && extent > 2 * edge else { return (0..<extent).map { $0 } }
    return (0..<edge).map { $0 } + [nil] + (extent - edge..<extent).map { $0 }
  }

  private func visit(axis: Int, offset: Int, _ body: (Int) -> Void) {
    guard axis < tensor.shape.rank else { return body(offset) }
    for case let position? in positions(axis) {
      visit(axis: axis + 1, offset: offset + position * strides[axis], body)
    }
  }
}

/// How the numbers of one tensor are written, the same for all of them.
enum NumberStyle {
  /// Without a decimal point.
  case whole
  /// Four decimals.
  case fixed
  /// Four decimals and a power of ten.
  case scientific

  private static let largestWhole = 1e8
  private static let fixedRange = 1e-2..<1e6

  /// The style in which the largest of the numbers keeps at least three digits.
  init(for numbers: [Double]) {
    let finite = numbers.filter(\.isFinite)
    let largest = finite.reduce(0) { max($0, abs($1)) }
    if largest < Self.largestWhole && finite.allSatisfy({ $0 == $0.rounded() }) {
      self = .whole
    } else {
      self = Self.fixedRange.contains(largest) ? .fixed : .scientific
    }
  }

  func text(_ number: Double) -> String {
    if number.isNaN { return "nan" }
    if number.isInfinite { return number < 0 ? "-inf" : "inf" }
    switch self {
    case .whole: return String(Int(number))
    case .fixed: return NumberStyle.formatted("%.4f", number)
    case .scientific: return NumberStyle.formatted("%.4e", number)
    }
  }

  private static func formatted(_ format: String, _ number: Double) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      guard let base = buffer.baseAddress else { return "" }
      _ = withVaList([number]) { vsnprintf(base, buffer.count, format, $0) }
      return String(cString: base)
    }
  }
}
