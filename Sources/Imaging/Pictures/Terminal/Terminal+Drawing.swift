import Tensors

extension Terminal {
  /// The text that shows an image {1 or 3, height, width} in this terminal, made smaller where it
  /// would not fit; values beyond [0, 1] are shown as black and white.
  public func drawing(of image: Tensor) throws -> String {
    switch graphics {
    case .kitty:
      return KittyGraphics.text(of: try ImageFile.encodePNG(fitting(image), named: "the picture"))
    case .sixel: return Sixel.text(of: RasterImage(fitting(image)))
    case .blocks: return HalfBlocks.text(of: RasterImage(fitting(image)))
    case .characters: return Characters.text(of: RasterImage(fitting(image)))
    }
  }

  /// A line is left for the prompt.
  private var usableRows: Int { max(1, rows - 2) }

  private func fitting(_ image: Tensor) -> Tensor {
    switch graphics {
    case .kitty, .sixel:
      return Self.reduced(image, to: Extent(height: .max, width: pixelColumns))
    case .blocks:
      return Self.reduced(image, to: Extent(height: 2 * usableRows, width: columns))
    case .characters:
      // Twice as high as wide, a character stands for two pixels one above the other.
      return Self.reduced(image, to: Extent(height: 2 * usableRows, width: columns))
    }
  }

  /// The image, made smaller in its proportions until it has at most the given extent.
  private static func reduced(_ image: Tensor, to limit: Extent) -> Tensor {
    let (height, width) = (image.shape[1], image.shape[2])
    let factor = min(
      Double(limit.height) / Double(height), Double(limit.width) / Double(width), 1)
    func scaled(_ side: Int) -> Int { max(1, Int((Double(side) * factor).rounded(.down))) }
    return image.resized(to: Extent(height: scaled(height), width: scaled(width)))
  }
}

/// An image of bytes: what terminals are sent.
struct RasterImage {
  /// Red, green and blue from 0 to 255.
  typealias Colour = SIMD3<Int32>

  let height: Int
  let width: Int
  let isGrey: Bool
  private let pixels: [Colour]

  /// The pixels of an image {1 or 3, height, width}; NaN becomes black.
  init(_ image: Tensor) {
    (height, width) = (image.shape[1], image.shape[2])
    isGrey = image.shape[0] == 1
    let values = image.elements
    let (count, isGrey) = (height * width, isGrey)
    pixels = (0..<count).map { index in
      func level(_ channel: Int) -> Int32 {
        let value = values[isGrey ? index : channel * count + index]
        return value > 0 ? Int32((min(value, 1) * 255).rounded()) : 0
      }
      return Colour(level(0), level(1), level(2))
    }
  }

  subscript(row: Int, column: Int) -> Colour { pixels[row * width + column] }

  /// The brightness from 0 to 255.
  func luminance(_ row: Int, _ column: Int) -> Double {
    let colour = self[row, column]
    let weights = ImageFile.greyWeights
    return isGrey
      ? Double(colour.x)
      : weights.red * Double(colour.x) + weights.green * Double(colour.y)
        + weights.blue * Double(colour.z)
  }
}
