import Tensors

/// Cuts and turns of images {channels, height, width}.
extension Tensor {
  /// The part of the given extent with its upper left pixel at (row, column).
  public func cropped(row: Int, column: Int, to extent: Extent) -> Tensor {
    precondition(
      shape.rank == 3 && row >= 0 && column >= 0 && row + extent.height <= shape[1]
        && column + extent.width <= shape[2], "A crop lies inside of the image.")
    var result = Tensor(zeros: [shape[0], extent.height, extent.width], elementType)
    let bytes = elementType.byteCount
    let (height, width) = (shape[1], shape[2])
    let rows = shape[0] * extent.height
    withBytes { source in
      result.withMutableBytes { target in
        for i in 0..<rows {
          let from = (i / extent.height * height + row + i % extent.height) * width + column
          (target + i * extent.width * bytes).copyMemory(
            from: source + from * bytes, byteCount: extent.width * bytes)
        }
      }
    }
    return result
  }

  /// The image mirrored left to right, if so asked, then turned counterclockwise.
  public func oriented(quarterTurns: Int, mirrored: Bool) -> Tensor {
    precondition(shape.rank == 3, "An image has three axes.")
    let turns = ((quarterTurns % 4) + 4) % 4
    if turns == 0 && !mirrored { return self }
    switch elementType {
    case .float32: return oriented(turns, mirrored, Float.self)
    case .float64: return oriented(turns, mirrored, Double.self)
    }
  }

  private func oriented<Element>(_ turns: Int, _ mirrored: Bool, _ type: Element.Type) -> Tensor {
    let (height, width) = (shape[1], shape[2])
    let extent = turns % 2 == 0 ? (height, width) : (width, height)
    var result = Tensor(zeros: [shape[0], extent.0, extent.1], elementType)
    with(type) { source in
      result.withMutable(type) { target in
        for channel in 0..<shape[0] {
          let plane = source + channel * height * width
          var next = target + channel * height * width
          for i in 0..<extent.0 {
            for j in 0..<extent.1 {
              let (row, column) =
                switch turns {
                case 0: (i, j)
                case 1: (j, width - 1 - i)
                case 2: (height - 1 - i, width - 1 - j)
                default: (height - 1 - j, i)
                }
              next.pointee = plane[row * width + (mirrored ? width - 1 - column : column)]
              next += 1
            }
          }
        }
      }
    }
    return result
  }
}
