import Experiments

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How facts of runs are worded in tables.
enum Words {
  /// `1 h 02 min`, `3 min 05 s`, `4.2 s`.
  static func duration(_ seconds: Double) -> String {
    func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
    let whole = Int(min(max(seconds, 0), 1e9))
    if whole >= 3600 { return "\(whole / 3600) h \(two(whole / 60 % 60)) min" }
    if whole >= 60 { return "\(whole / 60) min \(two(whole % 60)) s" }
    return "\((seconds * 10).rounded() / 10) s"
  }

  /// How long a run took; nothing where that is not known.
  static func duration(of run: RunRecord) -> String {
    run.ended.map { duration($0 - run.started) } ?? ""
  }

  /// The outcome's first line, `running`, or `lost`.
  static func outcome(of run: RunRecord, _ status: RunStatus) -> String {
    switch status {
    case .running: "running, process \(run.process)"
    case .lost: "lost"
    case .ended(let outcome): first(longestOutcome, of: outcome)
    }
  }

  private static let longestOutcome = 60

  /// The first line of a text, cut to the length.
  static func first(_ length: Int, of text: String) -> String {
    let line = text.split(separator: "\n").first.map(String.init) ?? ""
    return line.count > length ? line.prefix(length - 1) + "…" : line
  }

  /// A value for people: six digits, unless it is a text or an integer.
  static func short(_ value: RecordedValue?) -> String {
    switch value {
    case .integer(let integer)?: String(integer)
    case .number(let number)?: short(number)
    case .text(let text)?: first(40, of: text)
    case nil: "-"
    }
  }

  /// A number in six significant digits.
  static func short(_ number: Double) -> String {
    guard number.isFinite, number != 0 else { return "\(number)" }
    let exponent = Int(log10(abs(number)).rounded(.down))
    guard (-4..<15).contains(exponent) else {
      let scaled = short(number / pow(10, Double(exponent)))
      return "\(scaled)e\(exponent)"
    }
    let scale = pow(10, Double(5 - exponent))
    let rounded = exponent > 5 ? number.rounded() : (number * scale).rounded() / scale
    let text = rounded.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
