import Imaging
import Script

/// `bl.plot.schedule` and `s:plot`: a schedule over its steps.
enum SchedulePlot {
  private struct Options {
    var steps = 1000
    var frame = Plot.Frame()
  }

  private static let mostSteps = 10_000_000
  /// More points than this are thinned: nobody sees them.
  private static let mostPoints = 2000

  private static let steps = Kind<Int>.integer(atLeast: 2, atMost: mostSteps)
  private static let schedules = Kind<any Schedule>.object(
    (any Schedule).self, "a schedule, as bl.schedule.polynomial { … }")

  static let function = Function(
    "schedule", "The values of a schedule, or of several, over the steps.",
    Argument(
      "schedules",
      Kind<[any Schedule]>.either(
        schedules.map({ [$0] }, back: { $0[0] }), .list(of: schedules),
        write: { .list($0.map(schedules.write)) }
      ).worded("a schedule or a list of schedules"), "what is shown"),
    Argument(
      "options",
      .record(Options()) {
        Field("steps", \.steps, steps, "from step 0 on")
        Plot.Frame.fields(\.frame)
      }, "how it is shown"), returns: "a plot",
    example: """
      bl.plot.schedule(bl.schedule.polynomial { initial = 1, power = 0.5 }, { log = "y" }):show()
      """
  ) { schedules, options in
    guard !schedules.isEmpty else { throw ScriptError("bl.plot.schedule: there is no schedule") }
    return try plot(schedules, options)
  }

  /// `s:plot(n)`.
  static var method: Method<any Schedule> {
    Method(
      "plot", "Its values over the steps.",
      Argument("steps", steps, default: Options().steps, "from step 0 on"), returns: "a plot",
      example: "bl.schedule.geometric { initial = 1, ratio = 0.9 }:plot(100):show()"
    ) { schedule, steps in
      var options = Options()
      options.steps = steps
      return try plot([schedule], options)
    }
  }

  private static func plot(_ schedules: [any Schedule], _ options: Options) throws -> Plot {
    var frame = options.frame
    if frame.xLabel.isEmpty { frame.xLabel = "step" }
    let isLogarithmic = frame.logarithmic?.containsX == true
    return Plot(try schedules.map { try curve($0, options.steps, isLogarithmic) }, frame)
  }

  private static func curve(
    _ schedule: any Schedule, _ count: Int, _ isLogarithmic: Bool
  ) throws -> Plot.Curve {
    let steps = shown(count, isLogarithmic)
    return Plot.Curve(
      (schedule as? any Scriptable).map { Value.object($0).description } ?? "",
      x: steps.map(Double.init), y: try steps.map { try schedule.value(at: $0) })
  }

  /// All steps, or as many of them as can be seen, the first and the last among them.
  private static func shown(_ count: Int, _ isLogarithmic: Bool) -> [Int] {
    guard count > mostPoints else { return Array(0..<count) }
    let last = count - 1
    let linear = (0..<mostPoints).map { $0 * last / (mostPoints - 1) }
    guard isLogarithmic else { return linear }
    return Array(Set(Array(0..<mostPoints / 2) + linear)).sorted()
  }
}
