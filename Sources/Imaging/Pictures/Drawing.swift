import Tensors

/// A picture being put together: white at first, grey or colour.
struct Drawing {
  private(set) var image: Tensor

  /// A white sheet of 1 or 3 channels.
  init(_ extent: Extent, channels: Int) {
    image = Tensor(zeros: [channels, extent.height, extent.width])
    image.fill(with: 1)
  }

  /// Puts an image {channels, height, width} with its upper left corner at (row, column), each
  /// pixel as a square of `magnification`²; a grey one fills all channels.
  mutating func place(_ picture: Tensor, row: Int, column: Int, magnification: Int) {
    let elements = picture.elements
    let (height, width) = (picture.shape[1], picture.shape[2])
    let sheet = image.shape
    image.withMutable(Double.self) { target in
      for channel in 0..<sheet[0] {
        let plane = picture.shape[0] == 1 ? 0 : channel * height * width
        for i in 0..<height * magnification {
          let from = plane + i / magnification * width
          let to = (channel * sheet[1] + row + i) * sheet[2] + column
          for j in 0..<width * magnification { target[to + j] = elements[from + j / magnification] }
        }
      }
    }
  }

  /// Writes a black line of text, whose letters have 7 rows, times `magnification`.
  mutating func write(_ text: String, row: Int, column: Int, magnification: Int) {
    let sheet = image.shape
    for (position, character) in text.enumerated() {
      for pixel in Font.pixels(of: character) {
        let top = row + pixel.row * magnification
        let left = column + (position * Font.advance + pixel.column) * magnification
        for i in top..<top + magnification {
          for j in left..<left + magnification where i < sheet[1] && j < sheet[2] {
            for channel in 0..<sheet[0] { image[flat: (channel * sheet[1] + i) * sheet[2] + j] = 0 }
          }
        }
      }
    }
  }
}
