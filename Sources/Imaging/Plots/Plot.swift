/// Curves, bands and boxes over one pair of axes: a description, drawn by gnuplot.
public struct Plot: Sendable {
  /// Which axes are logarithmic.
  public enum LogarithmicAxes: String, Sendable, CaseIterable {
    case x
    case y
    case xy

    /// Whether x is.
    public var containsX: Bool { self != .y }
    /// Whether y is.
    public var containsY: Bool { self != .x }
  }

  /// How the points of a curve are drawn.
  public enum Form: String, Sendable, CaseIterable {
    case lines
    case points
    case steps
    case boxes
  }

  /// Points, with a label for the key and a band around them.
  public struct Curve: Sendable {
    /// Shown in the key; none where empty.
    public var label = ""
    /// Positions along the horizontal axis.
    public var x: [Double]
    /// Values; where one is not finite, the curve has a gap.
    public var y: [Double]
    /// The lower and the upper edge of a band, one value a point.
    public var band: (lower: [Double], upper: [Double])?
    /// How it is drawn.
    public var form = Form.lines

    /// A curve through the points (x, y).
    public init(_ label: String = "", x: [Double], y: [Double], form: Form = .lines) {
      precondition(x.count == y.count, "A point has two coordinates.")
      (self.label, self.x, self.y, self.form) = (label, x, y, form)
    }
  }

  /// What is around the curves.
  public struct Frame: Sendable {
    /// Above the plot.
    public var title = ""
    /// Below the horizontal axis.
    public var xLabel = ""
    /// Beside the vertical axis.
    public var yLabel = ""
    /// None where nil.
    public var logarithmic: LogarithmicAxes?
    /// Pixels; in PDF files points of 1/100 inch.
    public var width = 800
    /// Pixels; in PDF files points of 1/100 inch.
    public var height = 500

    /// No words, linear axes.
    public init() {}
  }

  /// What is around the curves.
  public var frame: Frame
  /// The curves in order; the first is drawn first.
  public var curves: [Curve]

  /// A plot of curves.
  public init(_ curves: [Curve], _ frame: Frame = Frame()) {
    (self.curves, self.frame) = (curves, frame)
  }

  /// Writes it as an SVG, PNG or PDF file by the name's end, whole or not at all.
  public func save(to path: String) throws {
    let format = try PlotFormat(named: path, frame)
    try AtomicFile.write(try Gnuplot.draw(self, as: format), to: path)
  }

  /// Gnuplot has no room for axes in fewer pixels.
  private static let narrowest = 160

  /// The text that shows it in a terminal.
  public func drawing(in terminal: Terminal) throws -> String {
    switch terminal.graphics {
    case .kitty, .sixel:
      var fitting = self
      let scale = min(1, Double(terminal.pixelColumns) / Double(frame.width))
      fitting.frame.width = max(Self.narrowest, Int(Double(frame.width) * scale))
      fitting.frame.height = max(Self.narrowest, Int(Double(frame.height) * scale))
      let png = try Gnuplot.draw(fitting, as: .png(fitting.frame))
      return try terminal.drawing(of: ImageFile.decode(png, named: "the plot"))
    case .blocks, .characters:
      let text = try Gnuplot.draw(self, as: .characters(terminal))
      // The first line begins with a form feed.
      return String(decoding: text.filter { $0 != 0x0C }, as: UTF8.self)
    }
  }
}

/// What gnuplot is to draw: a file, or characters.
enum PlotFormat {
  case svg(Plot.Frame)
  case png(Plot.Frame)
  case pdf(Plot.Frame)
  case characters(Terminal)

  /// The format that a file's name asks for.
  init(named path: String, _ frame: Plot.Frame) throws {
    let name = path.lowercased()
    if name.hasSuffix(".svg") {
      self = .svg(frame)
    } else if name.hasSuffix(".png") {
      self = .png(frame)
    } else if name.hasSuffix(".pdf") {
      self = .pdf(frame)
    } else {
      throw FileError(path, "a plot's name must end in .svg, .png or .pdf")
    }
  }

  private static let pointsOfInch = 100.0

  /// The terminal in gnuplot's words; user text is never taken for markup.
  var command: String {
    switch self {
    case .svg(let frame):
      "svg noenhanced size \(frame.width),\(frame.height) background '#ffffff' font 'sans-serif,14'"
    case .png(let frame): "pngcairo noenhanced size \(frame.width),\(frame.height) font 'sans,11'"
    case .pdf(let frame):
      "pdfcairo noenhanced size \(Double(frame.width) / Self.pointsOfInch),"
        + "\(Double(frame.height) / Self.pointsOfInch) font 'sans,12'"
    case .characters(let terminal):
      "dumb noenhanced size \(terminal.columns - 1),\(max(12, min(terminal.rows - 2, 32))) "
        + (terminal.graphics == .blocks ? "ansirgb" : "mono")
    }
  }

  /// Whether only characters can be drawn: no areas and no widths of lines.
  var isCharacters: Bool { if case .characters = self { true } else { false } }
}
