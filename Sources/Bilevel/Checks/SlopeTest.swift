import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Whether a gradient is the gradient: what the first-order expansion leaves out falls as t².
///
/// r(t) = |f(θ + t d) − f(θ) − t ⟨z, d⟩| is O(t²) for a function with a Lipschitz continuous gradient z, and
/// only O(t) for any other z. The order is the slope of log r over log t by least squares, over those t
/// at which r is above what the values of f leave open.
struct SlopeTest {
  /// One step and what it leaves out.
  struct Row {
    let step: Double
    let remainder: Double
    /// What the errors of the values of f may add.
    let noise: Double
    var counts: Bool { remainder > SlopeTest.clearance * noise }
  }

  let rows: [Row]

  /// Steps, from the largest to the smallest, for a direction of length one.
  private static let steps = (0...8).map { 0.1 * pow(0.5, Double($0)) }
  /// How far above the noise a remainder must be to count.
  private static let clearance = 30.0
  private static let expected = 2.0
  private static let tolerance = 0.4

  /// Tries z along the direction; `value` answers f at θ + t d, and how far it may be off.
  init(
    of z: [Double], along direction: [Double],
    value: (Double) throws -> (value: Double, bound: Double)
  ) throws {
    let length = direction.length
    let slope = zip(z, direction).reduce(0) { $0 + $1.0 * $1.1 } / length
    let start = try value(0)
    rows = try Self.steps.map { t in
      let moved = try value(t / length)
      let rounding = 8 * Double.ulpOfOne * max(abs(moved.value), abs(start.value))
      return Row(
        step: t, remainder: abs(moved.value - start.value - t * slope),
        noise: moved.bound + start.bound + rounding)
    }
  }

  /// The order at which the remainder falls; nil where too little of it is above the noise, because f
  /// is all but linear there.
  var order: Double? {
    let points = rows.filter(\.counts).map { (log($0.step), log($0.remainder)) }
    guard points.count >= 3 else { return nil }
    let count = Double(points.count)
    let (x, y) = (
      points.reduce(0) { $0 + $1.0 } / count, points.reduce(0) { $0 + $1.1 } / count
    )
    let covariance = points.reduce(0) { $0 + ($1.0 - x) * ($1.1 - y) }
    return covariance / points.reduce(0) { $0 + ($1.0 - x) * ($1.0 - x) }
  }

  /// Enters the law, the order and the steps.
  func enter(_ report: inout LawReport) {
    report.note(
      "slope test: the remainder falls as the step squared", max(0, Self.expected - (order ?? 2)),
      Self.tolerance,
      "problem:check { theta = theta }, which tells the derivatives of the lower level apart")
    if let order { report.values.append((name: "slope_order", value: order)) }
    report.lines.append("     step        remainder   (of the first-order expansion)")
    for row in rows {
      let remark = row.counts ? "" : "   below the accuracy of the loss"
      report.lines.append("     \(Self.column(row.step))  \(Self.column(row.remainder))\(remark)")
    }
  }

  private static func column(_ value: Double) -> String {
    let text = value.short
    return text + String(repeating: " ", count: max(0, 10 - text.count))
  }
}
