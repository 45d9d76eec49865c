import Tensors

/// A grid of levels finer than the pixels, whose means over pixels have smooth edges.
struct Canvas {
  /// Points of the grid along a pixel's side.
  static let pointsPerPixel = 3

  /// Rows and columns of the grid.
  let height: Int
  let width: Int
  /// For each point, the number of the shape that covers it, −1 where there is none yet.
  var owners: [Int32]

  /// An uncovered grid over an image.
  init(_ extent: Extent) {
    height = extent.height * Self.pointsPerPixel
    width = extent.width * Self.pointsPerPixel
    owners = Array(repeating: -1, count: height * width)
  }

  /// The image in which shape k has the levels `levels[k * channels ..< (k + 1) * channels]`.
  func image(channels: Int, levels: [Double], _ elementType: ElementType) -> Tensor {
    let points = Self.pointsPerPixel
    let (rows, columns) = (height / points, width / points)
    let share = 1 / Double(points * points)
    var result = Tensor(zeros: [channels, rows, columns])
    result.withMutable(Double.self) { target in
      for row in 0..<height {
        for column in 0..<width {
          let pixel = row / points * columns + column / points
          let first = Int(owners[row * width + column]) * channels
          for channel in 0..<channels {
            target[channel * rows * columns + pixel] += share * levels[first + channel]
          }
        }
      }
    }
    return result.converted(to: elementType)
  }
}

extension RandomSource {
  /// The share of a random colour that all its channels have in common.
  private static let commonShare = 0.6

  /// A random level, uniform on [0, 1), for one channel; for several, colours of moderate
  /// saturation: 0.6 of a common level and 0.4 of one of the channel's own.
  mutating func appendColour(channels: Int, to levels: inout [Double]) {
    let common = uniform()
    guard channels > 1 else { return levels.append(common) }
    for _ in 0..<channels {
      levels.append(Self.commonShare * common + (1 - Self.commonShare) * uniform())
    }
  }
}
