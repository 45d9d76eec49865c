/// The lines of a log as columns: for every name one number a line, null where the line has none.
struct LogColumns {
  /// More lines than this are thinned for a page.
  static let mostLines = 4000

  private let steps: [StepRecord]

  /// The columns of the given lines.
  init(_ steps: [StepRecord]) { self.steps = steps }

  /// The columns of so many of the lines that a page can hold them: evenly spaced ones, and more at the
  /// beginning, where logarithmic axes show more.
  init(thinning steps: [StepRecord]) {
    guard steps.count > Self.mostLines else {
      self.steps = steps
      return
    }
    let last = steps.count - 1
    let even = Self.mostLines * 3 / 4
    let chosen = Set(0..<Self.mostLines - even).union((0..<even).map { $0 * last / (even - 1) })
    self.steps = chosen.sorted().map { steps[$0] }
  }

  /// How many lines there are.
  var count: Int { steps.count }

  /// `{"loss":[9.1,null],…}`, with `index` and `line_seconds` for the lines' own.
  var json: String {
    let names = Set(steps.lazy.flatMap { $0.values.filter { $0.value.isNumber }.keys })
    let columns = [
      member("index", steps.map { String($0.index) }),
      member("line_seconds", steps.map { RecordedValue.number($0.seconds).finiteJSON }),
    ]
    let logged = names.subtracting(["index", "line_seconds"]).sorted().map { name in
      member(name, steps.map { $0.values[name]?.finiteJSON ?? "null" })
    }
    return "{" + (columns + logged).joined(separator: ",") + "}"
  }

  /// The last text under each name, as an object.
  var textsJSON: String {
    var texts: [String: String] = [:]
    for step in steps {
      for case (let name, .text(let text)) in step.values { texts[name] = text }
    }
    return texts.json
  }

  private func member(_ name: String, _ values: [String]) -> String {
    "\(name.quotedAsJSON):[\(values.joined(separator: ","))]"
  }
}

extension RecordedValue {
  fileprivate var isNumber: Bool { if case .text = self { false } else { true } }

  /// The number, null for what no chart can show.
  fileprivate var finiteJSON: String {
    switch self {
    case .integer(let integer): String(integer)
    case .number(let number): number.isFinite ? "\(number)" : "null"
    case .text: "null"
    }
  }
}
