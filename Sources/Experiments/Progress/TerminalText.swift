#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Text that fits into the columns of a terminal.
package enum TerminalText {
  /// Whether the terminal shows UTF-8, as the environment says.
  package static let isUnicode: Bool = {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"]
    let settings = names.map { (name: String) in getenv(name).map { String(cString: $0) } ?? "" }
    let name = settings.first { !$0.isEmpty }?.lowercased() ?? ""
    return name.contains("utf-8") || name.contains("utf8")
  }()

  /// Columns of a character: East Asian wide ones and pictures take two.
  package static func cells(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x300..<0x370, 0x200B..<0x2010: return 0
    case 0x1100..<0x1160, 0x2E80..<0xA4D0, 0xAC00..<0xD7A4, 0xF900..<0xFB00, 0xFE30..<0xFE70,
      0xFF00..<0xFF61, 0xFFE0..<0xFFE7, 0x1F300..<0x1F650, 0x1F900..<0x1FA00, 0x20000..<0x40000:
      return 2
    default: return 1
    }
  }

  /// As much of the text as fits, without control characters; cut where it does not.
  package static func fitted(_ text: String, to width: Int, unicode: Bool = isUnicode) -> String {
    var fitted = ""
    var used = 0
    for character in unicode ? text : ascii(text) {
      let cells = cells(character)
      guard cells > 0 else { continue }
      guard used + cells <= width else { break }
      fitted.append(character)
      used += cells
    }
    return fitted
  }

  /// A bar of the given width, filled to a part of it, in eighths where the terminal has them.
  package static func bar(_ fraction: Double, width: Int, unicode: Bool = isUnicode) -> String {
    let fraction = fraction.isFinite ? min(1, max(0, fraction)) : 0
    guard unicode else {
      let full = Int((fraction * Double(width)).rounded(.down))
      return "[" + String(repeating: "#", count: full)
        + String(repeating: ".", count: width - full) + "]"
    }
    let eighths = Int((fraction * Double(8 * width)).rounded(.down))
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    let part = parts[eighths % 8]
    let empty = width - eighths / 8 - (part.isEmpty ? 0 : 1)
    return String(repeating: "█", count: eighths / 8) + part + String(repeating: "░", count: empty)
  }

  private static func ascii(_ text: String) -> String {
    var plain = ""
    for character in text {
      switch character {
      case "±": plain += "+-"
      case _ where character.isASCII: plain.append(character)
      default: plain += "?"
      }
    }
    return plain
  }
}
