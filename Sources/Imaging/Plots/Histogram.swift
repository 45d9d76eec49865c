import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `bl.plot.histogram`: how often values fall into intervals of equal width.
enum Histogram {
  private struct Options {
    var bins: Int?
    var frame = Plot.Frame()
  }

  private static let mostBins = 10_000

  static let function = Function(
    "histogram", "How often values fall into intervals of equal width.",
    Argument("values", PlotKinds.numbers, "the values; those that are not finite are left out"),
    Argument(
      "options",
      .record(Options()) {
        Field(
          "bins", \.bins, .optional(.integer(atLeast: 1, atMost: mostBins)),
          "number of intervals; by the rule of Freedman and Diaconis when absent")
        Plot.Frame.fields(\.frame)
      }, "how they are counted and shown"), returns: "a plot",
    example: "bl.plot.histogram(bl.randn { 1000, seed = 1 }, { bins = 20 }):show()",
    source: "Freedman and Diaconis, On the histogram as a density estimator, 1981"
  ) { values, options in
    let finite = values.filter(\.isFinite).sorted()
    guard !finite.isEmpty else {
      throw ScriptError("bl.plot.histogram: 'values' has no finite number")
    }
    guard (finite[finite.count - 1] - finite[0]).isFinite else {
      throw ScriptError("bl.plot.histogram: the 'values' are farther apart than numbers can say")
    }
    if options.frame.logarithmic?.containsX == true {
      throw ScriptError("bl.plot.histogram: 'log' must be \"y\": the intervals have equal widths")
    }
    var frame = options.frame
    if frame.yLabel.isEmpty { frame.yLabel = "count" }
    return Plot([boxes(of: finite, bins: options.bins ?? usualBins(finite))], frame)
  }

  /// Boxes in the middle of their intervals; the last interval has its upper end.
  static func boxes(of sorted: [Double], bins: Int) -> Plot.Curve {
    let low = sorted[0]
    let range = sorted[sorted.count - 1] - low
    // Values that are equal, or all but equal, fill one interval of some width.
    let isSpread = (range / Double(bins)).isNormal
    let width = isSpread ? range / Double(bins) : 1
    let start = isSpread ? low : low - 0.5
    let count = isSpread ? bins : 1
    var counts = [Double](repeating: 0, count: count)
    for value in sorted { counts[min(count - 1, Int((value - start) / width))] += 1 }
    let middles = counts.indices.map { start + (Double($0) + 0.5) * width }
    return Plot.Curve(x: middles, y: counts, form: .boxes)
  }

  /// Intervals of width 2 · IQR / ∛n, from 5 to 100 of them.
  private static func usualBins(_ sorted: [Double]) -> Int {
    let count = sorted.count
    let spread = sorted[count * 3 / 4] - sorted[count / 4]
    let range = sorted[count - 1] - sorted[0]
    let width = 2 * spread / cbrt(Double(count))
    guard width > 0 else { return 20 }
    return max(5, min(100, Int((min(range / width, 1e6)).rounded(.up))))
  }
}
