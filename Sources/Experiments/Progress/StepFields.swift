#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension StepRecord {
  /// The number under a name, if it is one.
  func number(_ name: String) -> Double? {
    switch values[name] {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .text, nil: nil
    }
  }

  /// Whether it is a step of an optimizer.
  var isStep: Bool { number("k") != nil && number("loss") != nil }

  /// The names of all values, those of a step's columns first.
  var orderedNames: [String] {
    let columns = StepColumn.all.map(\.field).filter { values[$0] != nil }
    return columns + values.keys.filter { !columns.contains($0) }.sorted()
  }
}

extension RecordedValue {
  /// For reading: `0.25`, `converged`.
  var text: String {
    switch self {
    case .integer(let value): String(value)
    case .number(let value): formatted("%.6g", value)
    case .text(let value): value
    }
  }
}

/// One column of the lines that show steps.
struct StepColumn {
  let field: String
  let title: String
  let width: Int
  let format: String

  static let all = [
    StepColumn(field: "k", title: "k", width: 4, format: "%.0f"),
    StepColumn(field: "loss", title: "loss", width: 10, format: "%.4f"),
    StepColumn(field: "loss_bound", title: "± bound", width: 9, format: "%.2g"),
    StepColumn(field: "psnr", title: "PSNR", width: 6, format: "%.2f"),
    StepColumn(field: "gradient_norm", title: "|z|", width: 9, format: "%.3g"),
    StepColumn(field: "gradient_bound", title: "± error", width: 9, format: "%.2g"),
    StepColumn(field: "eps", title: "eps", width: 8, format: "%.2g"),
    StepColumn(field: "delta", title: "delta", width: 8, format: "%.2g"),
    StepColumn(field: "step_size", title: "step", width: 8, format: "%.2g"),
    StepColumn(field: "cost", title: "cost", width: 9, format: "%.0f"),
    StepColumn(field: "seconds", title: "seconds", width: 8, format: "%.1f"),
  ]

  /// The value of a record, to the column's width; a dash where it has none.
  func text(of record: StepRecord) -> String {
    let value = field == "seconds" ? record.number(field) ?? record.seconds : record.number(field)
    return padded(value.map { formatted(format, $0) } ?? "-")
  }

  /// Right-aligned; what is longer stays whole.
  func padded(_ text: String) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

/// A number in C's notation.
func formatted(_ format: String, _ value: Double) -> String {
  withVaList([value]) { arguments in
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
      _ = vsnprintf(buffer.baseAddress, buffer.count, format, arguments)
      return String(cString: buffer.baseAddress!)
    }
  }
}

/// `0:07`, `12:34`, `1:02:03`.
func clock(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
  let whole = Int(seconds.rounded())
  let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
  func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
}
