import CPlatform

/// Words side by side, in columns that read downwards.
enum Columns {
  private static let mostWords = 200

  /// The words within the terminal's width.
  static func text(of words: [String], width: Int = Int(platform_terminal_width())) -> String {
    let shown = Array(words.prefix(mostWords))
    let column = (shown.map(\.count).max() ?? 0) + 2
    let columns = max(1, (width + 1) / column)
    let rows = (shown.count + columns - 1) / columns
    var lines = (0..<rows).map { row in
      let line = stride(from: row, to: shown.count, by: rows).map { index in
        shown[index] + String(repeating: " ", count: column - shown[index].count)
      }
      return String(line.joined().reversed().drop { $0 == " " }.reversed())
    }
    if words.count > shown.count { lines.append("… (\(words.count) in all)") }
    return lines.joined(separator: "\n")
  }
}
