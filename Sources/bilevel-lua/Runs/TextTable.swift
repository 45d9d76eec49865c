/// Aligned columns of text.
struct TextTable {
  /// Which side of a column the text stands on.
  enum Side {
    case left
    case right
  }

  private var rows: [[String]]
  private let sides: [Side]

  /// A table with its headings.
  init(_ columns: [(heading: String, side: Side)]) {
    rows = [columns.map(\.heading)]
    sides = columns.map(\.side)
  }

  /// Whether there is nothing below the headings.
  var isEmpty: Bool { rows.count == 1 }

  /// Adds a row, one text a column.
  mutating func add(_ row: [String]) { rows.append(row) }

  /// The lines, columns two spaces apart.
  var text: String {
    let widths = sides.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = sides.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return sides[column] == .left ? row[column] + space : space + row[column]
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}
