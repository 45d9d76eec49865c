/// Images as sixel graphics: bands of six rows, one pass over a band for each of its colours.
///
/// Grey images have 101 levels, which is all that the format can say; colours are taken from a cube of
/// 6 × 7 × 6, the error being passed on to the neighbours (Floyd and Steinberg 1976).
enum Sixel {
  private static let bandHeight = 6
  private static let largestLevel = 100
  private static let cube = RasterImage.Colour(6, 7, 6)

  /// The text that shows the image.
  static func text(of image: RasterImage) -> String {
    let indices = image.isGrey ? levels(of: image) : dithered(image)
    var text = "\u{1B}Pq\"1;1;\(image.width);\(image.height)"
    for index in Set(indices).sorted() { text += definition(of: index, isGrey: image.isGrey) }
    for top in stride(from: 0, to: image.height, by: bandHeight) {
      text += band(top, indices, image) + "-"
    }
    return text + "\u{1B}\\\n"
  }

  private static func definition(of index: Int, isGrey: Bool) -> String {
    guard !isGrey else { return "#\(index);2;\(index);\(index);\(index)" }
    let steps = RasterImage.Colour(
      Int32(index) / (cube.y * cube.z), Int32(index) / cube.z % cube.y, Int32(index) % cube.z)
    let percent = (steps &* 100 &+ (cube &- 1) / 2) / (cube &- 1)
    return "#\(index);2;\(percent.x);\(percent.y);\(percent.z)"
  }

  private static func band(_ top: Int, _ indices: [Int], _ image: RasterImage) -> String {
    let rows = min(bandHeight, image.height - top)
    var masks: [Int: [UInt8]] = [:]
    for row in 0..<rows {
      for column in 0..<image.width {
        let index = indices[(top + row) * image.width + column]
        masks[index, default: [UInt8](repeating: 0, count: image.width)][column] |= 1 << UInt8(row)
      }
    }
    return masks.keys.sorted().map { "#\($0)" + runs(masks[$0] ?? []) }.joined(separator: "$")
  }

  /// The masks as characters from `?` on; four or more of the same are counted.
  private static func runs(_ masks: [UInt8]) -> String {
    var text = ""
    var start = 0
    while start < masks.count {
      let end = masks[start...].firstIndex { $0 != masks[start] } ?? masks.count
      let character = String(UnicodeScalar(63 + masks[start]))
      let count = end - start
      text += count > 3 ? "!\(count)\(character)" : String(repeating: character, count: count)
      start = end
    }
    return text
  }

  private static func levels(of image: RasterImage) -> [Int] {
    (0..<image.height * image.width).map { position in
      let level = image[position / image.width, position % image.width].x
      return (Int(level) * largestLevel + 127) / 255
    }
  }

  private static func dithered(_ image: RasterImage) -> [Int] {
    let last = SIMD3<Float>(cube &- 1)
    var indices = [Int](repeating: 0, count: image.height * image.width)
    // One place more on both sides; what falls there is lost.
    var (errors, below) = (padding(image.width), padding(image.width))
    for row in 0..<image.height {
      for column in 0..<image.width {
        let wanted = SIMD3<Float>(image[row, column]) / 255 + errors[column + 1]
        let steps = (wanted * last).rounded(.toNearestOrEven)
          .clamped(lowerBound: SIMD3(repeating: 0), upperBound: last)
        let error = wanted - steps / last
        let chosen = RasterImage.Colour(steps)
        indices[row * image.width + column] = Int(
          (chosen.x * cube.y + chosen.y) * cube.z + chosen.z)
        errors[column + 2] += error * (7 / 16)
        below[column] += error * (3 / 16)
        below[column + 1] += error * (5 / 16)
        below[column + 2] += error * (1 / 16)
      }
      (errors, below) = (below, padding(image.width))
    }
    return indices
  }

  private static func padding(_ width: Int) -> [SIMD3<Float>] {
    [SIMD3<Float>](repeating: SIMD3(repeating: 0), count: width + 2)
  }
}
