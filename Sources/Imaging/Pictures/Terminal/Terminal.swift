#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where pictures are shown: how large it is, and what it can draw.
public struct Terminal: Sendable {
  /// How a terminal draws.
  public enum Graphics: String, Sendable, CaseIterable {
    /// The protocol of kitty: PNG files between escape codes.
    case kitty
    /// Sixel graphics, as DEC's VT340 had them: pixels in bands of six rows.
    case sixel
    /// Half blocks, two pixels a character, in 24-bit colours.
    case blocks
    /// Characters without colour, the denser the brighter.
    case characters
  }

  /// What it draws with.
  public var graphics: Graphics
  /// Characters in a line.
  public var columns: Int
  /// Lines.
  public var rows: Int
  /// Pixels in a line.
  public var pixelColumns: Int

  private static let usualColumns = 80
  private static let usualRows = 24
  /// Pixels of a character's width where the terminal does not tell.
  private static let usualCellWidth = 9

  /// A terminal of the given kind and size.
  public init(_ graphics: Graphics, columns: Int = 80, rows: Int = 24, pixelColumns: Int? = nil) {
    self.graphics = graphics
    self.columns = max(columns, 1)
    self.rows = max(rows, 1)
    self.pixelColumns = pixelColumns ?? self.columns * Self.usualCellWidth
  }

  /// The one that standard output goes to.
  ///
  /// It is never asked what it can do, since the answer would come as typed characters.
  public static var current: Terminal {
    let isTerminal = isatty(STDOUT_FILENO) != 0
    let graphics = graphics(isTerminal: isTerminal) { name in
      getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    var size = winsize()
    guard isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return Terminal(graphics, columns: usualColumns, rows: usualRows)
    }
    return Terminal(
      graphics, columns: Int(size.ws_col), rows: Int(size.ws_row),
      pixelColumns: size.ws_xpixel > 0 ? Int(size.ws_xpixel) : nil)
  }

  /// The environment variable whose value, the name of a kind of graphics, is followed in any case.
  public static let overrideVariable = "BILEVEL_GRAPHICS"

  /// What the manual says of `show`.
  public static let manual = """
    `show` draws with kitty's or sixel graphics where the terminal is known to have them, else with \
    half blocks in 24-bit colours, and with characters where there is no colour or no terminal. The \
    environment variable `\(overrideVariable)` (kitty, sixel, blocks or characters) decides otherwise.
    """

  /// What a terminal can draw with, by the environment.
  ///
  /// Inside of tmux and screen, which let neither kitty's nor sixel graphics through, blocks are
  /// drawn; where output is no terminal, or colours are unwanted (`NO_COLOR`), characters.
  public static func graphics(
    isTerminal: Bool, environment: (_ name: String) -> String?
  ) -> Graphics {
    if let wish = environment(overrideVariable).flatMap(Graphics.init) { return wish }
    let term = environment("TERM") ?? "dumb"
    let isColourless = environment("NO_COLOR") != nil || term == "dumb" || term.hasPrefix("vt")
    guard isTerminal, !isColourless else { return .characters }
    let isMultiplexed = environment("TMUX") != nil || term.hasPrefix("screen")
    guard !isMultiplexed else { return .blocks }
    let words = (term + " " + (environment("TERM_PROGRAM") ?? "")).lowercased()
    let isKitty = environment("KITTY_WINDOW_ID") != nil
    if isKitty || ["kitty", "ghostty", "wezterm"].contains(where: words.contains) { return .kitty }
    if ["sixel", "foot", "mlterm", "contour", "yaft"].contains(where: words.contains) {
      return .sixel
    }
    return .blocks
  }

  /// Writes text to standard output at once, after what was printed before.
  public static func write(_ text: String) {
    fflush(nil)
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { systemWrite(STDOUT_FILENO, $0) }
      guard count > 0 || errno == EINTR else { return }
      rest = rest.dropFirst(max(count, 0))
    }
  }
}

/// `write(2)`, out of the reach of the method called `write`.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
