/// Images as characters without colour, for terminals that have none and for pipes.
enum Characters {
  /// From black to white on a dark screen.
  private static let shades = Array(" .:-=+*#%@")

  /// One line of text for two rows of pixels.
  static func text(of image: RasterImage) -> String {
    var text = ""
    for row in stride(from: 0, to: image.height, by: 2) {
      let line = (0..<image.width).map { column in
        let lower = min(row + 1, image.height - 1)
        let level = (image.luminance(row, column) + image.luminance(lower, column)) / 2
        return shades[Int(level / 255 * Double(shades.count - 1) + 0.5)]
      }
      text += String(line) + "\n"
    }
    return text
  }
}
