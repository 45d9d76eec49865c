import Script
import Tensors

extension Plot: Scriptable {
  /// The script face of plots.
  public static let declaration = Declaration(
    Plot.self, "plot", "A plot made by bl.plot, to be saved or shown.",
    details: """
      Plots are drawn by the program gnuplot (Debian's package gnuplot-nox). \(Terminal.manual)
      """
  ) {
    Method(
      "save", "Writes an SVG, PNG or PDF file, whole or not at all.",
      Argument("path", .outputPath, "its name, ending in .svg, .png or .pdf"), returns: "the plot"
    ) { plot, path in
      try plot.save(to: path)
      return plot
    }
    Method("show", "Draws it in the terminal.", returns: "the plot") { plot in
      Terminal.write(try plot.drawing(in: .current))
      return plot
    }
    Property("title", \.frame.title, "the words above it")
    Text<Plot> { plot in
      let count = plot.curves.count == 1 ? "1 curve" : "\(plot.curves.count) curves"
      return "plot of \(count)" + (plot.frame.title.isEmpty ? "" : ": \(plot.frame.title)")
    }
  }
}

extension Plot.Frame {
  private static let extents = Kind<Int>.integer(atLeast: 100, atMost: 10_000)

  /// The named arguments that all plots share.
  public static func fields<Record>(_ frame: WritableKeyPath<Record, Plot.Frame>) -> [Field<Record>]
  {
    [
      Field("title", frame.appending(path: \.title), .string, "above the plot"),
      Field("x_label", frame.appending(path: \.xLabel), .string, "below the horizontal axis"),
      Field("y_label", frame.appending(path: \.yLabel), .string, "beside the vertical axis"),
      Field(
        "log", frame.appending(path: \.logarithmic), .optional(.choice),
        "which axes are logarithmic; values <= 0 are left out there"),
      Field("width", frame.appending(path: \.width), extents, "of the file", unit: "pixels"),
      Field("height", frame.appending(path: \.height), extents, "of the file", unit: "pixels"),
    ]
  }
}

/// Kinds of arguments of several plots.
enum PlotKinds {
  /// A number, NaN and infinity too, which are shown as gaps.
  private static let value = Kind<Double>(
    "a number",
    read: { value in
      guard let number = value.asNumber else { throw Mismatch(expected: "a number", got: value) }
      return number
    }, write: { .number($0) })

  private static let list = Kind<[Double]>.list(of: value)
  private static let words = "a list of numbers or a tensor"

  /// A list of numbers or a tensor, whose elements are taken in order.
  static let numbers = Kind<[Double]>(
    words,
    read: { value in
      if case .table = value { return try list.read(value) }
      guard case .object(let object) = value, let tensor = object.content as? Tensor else {
        throw Mismatch(expected: words, got: value)
      }
      return tensor.elements
    }, write: list.write)
}
