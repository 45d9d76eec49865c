import Script
import Tensors

/// `bl.plot.lines`: curves with bands of spread.
enum LinePlot {
  private struct Options {
    var series: [Series] = []
    var frame = Plot.Frame()
  }

  /// One curve as a script gives it.
  private struct Series {
    var x: [Double]?
    var y: [Double] = []
    var lower: [Double]?
    var upper: [Double]?
    var label = ""
    var form = Plot.Form.lines
  }

  private static let forms = Kind<String>.choice(["lines", "points", "steps"]).map(
    { Plot.Form(rawValue: $0) ?? .lines }, back: \.rawValue)

  private static let named = Kind<Series>.record(Series()) {
    Field(elements: "values", \.y, PlotKinds.numbers, "the values, where y is not given")
    Field("x", \.x, .optional(PlotKinds.numbers), "positions; 1, 2, … when absent")
    Field("y", \.y, PlotKinds.numbers, "values; one that is not finite makes a gap")
    Field("lower", \.lower, .optional(PlotKinds.numbers), "lower edge of a band around the curve")
    Field("upper", \.upper, .optional(PlotKinds.numbers), "upper edge of the band")
    Field("label", \.label, .string, "its words in the key")
    Field("style", \.form, forms, "how the points are joined")
  }

  private static let words = "a list of numbers, a tensor or a table of named arguments"
  private static let series = Kind<Series>(
    words,
    read: { value in
      switch value {
      case .table: return try named.read(value)
      case .object:
        var series = Series()
        series.y = try PlotKinds.numbers.worded(words).read(value)
        return series
      default: throw Mismatch(expected: words, got: value)
      }
    }, write: named.write)

  static let function = Function(
    "lines", "Curves over one pair of axes, with bands for the spread.",
    Argument(
      "plot",
      .record(Options()) {
        Field(
          elements: "series", \.series, .list(of: series),
          "tables { x =, y =, lower =, upper =, label =, style = }, or numbers or a tensor for y alone",
          required: true)
        Plot.Frame.fields(\.frame)
      }, "curves and options"), returns: "a plot",
    details: """
      A curve's `x` is 1, 2, … when absent. `lower` and `upper` are the edges of a band, as
      the loss minus and plus its bound. `style` is "lines", "points" or "steps".
      """,
    example: """
      bl.plot.lines {
        { x = { 1, 10, 100 }, y = { 9, 3, 1 }, lower = { 8, 2.5, 0.9 }, upper = { 10, 3.5, 1.1 }, label = "MAID" },
        { x = { 1, 10, 100 }, y = { 9, 7, 5 }, label = "fixed accuracy" },
        log = "xy", x_label = "cost", y_label = "loss",
      }:show()
      """
  ) { options in
    Plot(try options.series.enumerated().map { try curve($0, $1) }, options.frame)
  }

  private static func curve(_ index: Int, _ series: Series) throws -> Plot.Curve {
    let place = "bl.plot.lines: series \(index + 1)"
    guard !series.y.isEmpty else {
      throw ScriptError("\(place) has no values; give y = { … }")
    }
    let x = series.x ?? series.y.indices.map { Double($0 + 1) }
    for (name, numbers) in [("x", x), ("lower", series.lower), ("upper", series.upper)] {
      guard let numbers, numbers.count != series.y.count else { continue }
      throw ScriptError("\(place): '\(name)' has \(numbers.count) numbers, y has \(series.y.count)")
    }
    var curve = Plot.Curve(series.label, x: x, y: series.y, form: series.form)
    switch (series.lower, series.upper) {
    case (let lower?, let upper?): curve.band = (lower, upper)
    case (nil, nil): break
    default: throw ScriptError("\(place): a band needs both 'lower' and 'upper'")
    }
    return curve
  }
}
