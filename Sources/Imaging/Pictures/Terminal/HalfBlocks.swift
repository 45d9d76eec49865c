/// Images as half blocks (U+2580): the upper pixel is the ink, the lower one the paper.
enum HalfBlocks {
  private static let reset = "\u{1B}[0m"

  /// One line of text for two rows of pixels.
  static func text(of image: RasterImage) -> String {
    var text = ""
    for row in stride(from: 0, to: image.height, by: 2) {
      var last: (ink: RasterImage.Colour, paper: RasterImage.Colour?)?
      for column in 0..<image.width {
        let ink = image[row, column]
        let paper = row + 1 < image.height ? image[row + 1, column] : nil
        if last?.ink != ink { text += code(38, ink) }
        if let paper, last?.paper != paper { text += code(48, paper) }
        text += "▀"
        last = (ink, paper)
      }
      text += reset + "\n"
    }
    return text
  }

  private static func code(_ place: Int, _ colour: RasterImage.Colour) -> String {
    "\u{1B}[\(place);2;\(colour.x);\(colour.y);\(colour.z)m"
  }
}
