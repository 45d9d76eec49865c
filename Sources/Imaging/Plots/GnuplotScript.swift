/// The commands that draw a plot.
///
/// All of a script's text goes through `quoted`; numbers go into data blocks; the rest is fixed. So no text
/// becomes a command, which matters since gnuplot can start programs.
struct GnuplotScript {
  /// Colours that people tell apart whatever their eyes (Okabe and Ito 2008), the darkest first.
  private static let colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d1f",
  ]

  let plot: Plot
  let format: PlotFormat

  /// All of it.
  var text: String {
    let commands = setup + axes + plot.curves.indices.map(data) + ["plot " + drawn]
    return commands.joined(separator: "\n") + "\n"
  }

  /// A string in gnuplot's single quotes.
  ///
  /// In them nothing has a meaning: no backslash, no backquote, no macro. A quote inside of the text
  /// stands in double quotes, alone and joined to the rest: doubled, it is misread at the beginning of a
  /// string. A command ends with its line, so control characters become spaces.
  static func quoted(_ text: String) -> String {
    let pieces = text.unicodeScalars.split(separator: "'", omittingEmptySubsequences: false)
    return pieces.map { "'" + plain($0) + "'" }.joined(separator: ".\"'\".")
  }

  private static func plain(_ scalars: some Sequence<UnicodeScalar>) -> String {
    var plain = ""
    // The two that are left out are no characters of XML.
    for scalar in scalars where scalar != "\u{FFFE}" && scalar != "\u{FFFF}" {
      let isControl = scalar.properties.generalCategory == .control
      plain.unicodeScalars.append(isControl ? " " : scalar)
    }
    return plain
  }

  private var setup: [String] {
    var commands = [
      "set encoding utf8", "set terminal \(format.command)", "set key noenhanced samplen 2",
      "set format '%g'",
    ]
    if !format.isCharacters {
      commands += [
        "set border 3 lw 1 lc rgb '#555555'", "set tics nomirror out scale 0.6 tc rgb '#333333'",
        "set grid lt 1 lw 0.5 lc rgb '#dddddd'", "set style fill solid 0.75 noborder",
        "set lmargin 12", "set rmargin 5",
      ]
    }
    return commands
  }

  private var axes: [String] {
    let frame = plot.frame
    var commands: [String] = []
    let words = [("title", frame.title), ("xlabel", frame.xLabel), ("ylabel", frame.yLabel)]
    for (name, text) in words where !text.isEmpty {
      commands.append("set \(name) \(Self.quoted(text)) noenhanced")
    }
    if let log = frame.logarithmic { commands.append("set logscale \(log.rawValue)") }
    if plot.curves.contains(where: { $0.form == .boxes }) {
      commands.append(isLogarithmicY ? "set yrange [0.5:*]" : "set yrange [0:*]")
    }
    return commands
  }

  private var isLogarithmicY: Bool { plot.frame.logarithmic?.containsY == true }

  // MARK: Data

  private func data(_ index: Int) -> String {
    let curve = plot.curves[index]
    let floor = smallestPositive / 10
    let lines = curve.x.indices.map { point in
      var numbers = [curve.x[point], curve.y[point]]
      if let band = curve.band {
        // A band that reaches below zero reaches below a logarithmic axis.
        let lower = isLogarithmicY ? max(band.lower[point], floor) : band.lower[point]
        numbers += [lower, band.upper[point]]
      }
      return numbers.map { $0.isFinite ? "\($0)" : "NaN" }.joined(separator: " ")
    }
    return (["$curve\(index) << END"] + lines + ["END"]).joined(separator: "\n")
  }

  private var smallestPositive: Double {
    let values = plot.curves.lazy.flatMap { $0.y + ($0.band.map { $0.lower + $0.upper } ?? []) }
    return values.filter { $0 > 0 && $0.isFinite }.min() ?? 1
  }

  // MARK: Curves

  private var drawn: String {
    let hasAreas = !format.isCharacters
    let banded = plot.curves.indices.filter { hasAreas && plot.curves[$0].band != nil }
    let bands = banded.map { index in
      "$curve\(index) using 1:3:4 with filledcurves fs transparent solid 0.18 noborder "
        + "lc rgb '\(colour(index))' notitle"
    }
    let curves = plot.curves.indices.map { index in
      let label = plot.curves[index].label
      return "$curve\(index) using 1:2 \(style(plot.curves[index].form)) "
        + "lc rgb '\(colour(index))' " + (label.isEmpty ? "notitle" : "title \(Self.quoted(label))")
    }
    return (bands + curves).joined(separator: ", ")
  }

  private func style(_ form: Plot.Form) -> String {
    switch form {
    case .lines: format.isCharacters ? "with lines" : "with lines lw 2"
    case .points: format.isCharacters ? "with points" : "with points pt 7 ps 0.6"
    case .steps: format.isCharacters ? "with steps" : "with steps lw 2"
    case .boxes: "with boxes"
    }
  }

  private func colour(_ index: Int) -> String { Self.colours[index % Self.colours.count] }
}
