import Script

/// The program that draws plots, as a child process: fed by a pipe, without a shell.
enum Gnuplot {
  /// `-d` leaves out the user's own settings, so that a plot looks the same everywhere.
  private static let arguments = ["gnuplot", "-d"]
  /// Seconds after which it is given up.
  private static let patience = 120.0

  /// The bytes of the drawing.
  static func draw(_ plot: Plot, as format: PlotFormat) throws -> [UInt8] {
    try check(plot)
    let script = GnuplotScript(plot: plot, format: format).text
    let result: ChildProcess.Result
    do {
      result = try ChildProcess.run(
        arguments, environment: ["LC_ALL": "C.UTF-8"],
        input: Array(script.utf8), patience: patience)
    } catch ChildProcess.Failure.notFound {
      throw ScriptError(
        "plots are drawn by the program gnuplot, which is not installed: "
          + "apt-get install gnuplot-nox (pictures need none)")
    }
    guard result.status == 0, !result.output.isEmpty else {
      let words = String(decoding: result.errors, as: UTF8.self).split(whereSeparator: \.isNewline)
      let complaint = words.map { $0.trimmingPrefix(while: \.isWhitespace) }.first { !$0.isEmpty }
      throw ScriptError("gnuplot cannot draw the plot: \(complaint ?? "it said nothing")")
    }
    return withoutDate(result.output)
  }

  /// A PDF file as it would have been made at the beginning of 1970, so that the same plot is the same file.
  private static func withoutDate(_ file: [UInt8]) -> [UInt8] {
    let digits = Array("19700101000000".utf8)
    guard file.starts(with: "%PDF".utf8),
      let date = file.firstRange(of: Array("/CreationDate (D:".utf8)),
      date.upperBound + digits.count <= file.count
    else { return file }
    var file = file
    file.replaceSubrange(date.upperBound..<date.upperBound + digits.count, with: digits)
    return file
  }

  /// What gnuplot would complain about in words that a script's author cannot know.
  private static func check(_ plot: Plot) throws {
    let log = plot.frame.logarithmic
    func isVisible(_ x: Double, _ y: Double) -> Bool {
      x.isFinite && y.isFinite && (log?.containsX != true || x > 0)
        && (log?.containsY != true || y > 0)
    }
    let isEmpty = !plot.curves.contains { zip($0.x, $0.y).contains(where: isVisible) }
    guard isEmpty else { return }
    let positive = log == nil ? "" : " with positive coordinates on the logarithmic axes"
    throw ScriptError("there is nothing to plot: no curve has a finite point\(positive)")
  }
}
