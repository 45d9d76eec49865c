/// Extension of images beyond their border, and its adjoint.
struct ImageExtension {
  let layout: PaddedPlanes
  let boundary: Boundary

  /// The pixel that stands for `index` outside of 0..<`count`.
  private func source(_ index: Int, _ count: Int) -> Int {
    switch boundary {
    case .zero: index
    case .periodic: index < 0 ? index + count : (index >= count ? index - count : index)
    case .reflect: index < 0 ? -index : (index >= count ? 2 * (count - 1) - index : index)
    }
  }

  /// Writes channels × height × width into a padded image, whose outside is zero before.
  func extend<Element>(_ image: UnsafePointer<Element>, _ padded: UnsafeMutablePointer<Element>) {
    let (height, width, radius) = (layout.height, layout.width, layout.radius)
    let outside = boundary == .zero ? 0 : radius
    for channel in 0..<layout.channels {
      let plane = padded + channel * layout.planeStride
      for row in -outside..<(height + outside) {
        let from = image + (channel * height + source(row, height)) * width
        let to = plane + layout.offset(row: row, column: 0)
        to.update(from: from, count: width)
        for column in 0..<outside {
          to[-1 - column] = from[source(-1 - column, width)]
          to[width + column] = from[source(width + column, width)]
        }
      }
    }
  }

  /// Adds a padded image to channels × height × width by the adjoint of `extend`.
  func fold<Element: BinaryFloatingPoint>(
    _ padded: UnsafePointer<Element>, _ image: UnsafeMutablePointer<Element>
  ) {
    let (height, width) = (layout.height, layout.width)
    let outside = boundary == .zero ? 0 : layout.radius
    for channel in 0..<layout.channels {
      let plane = padded + channel * layout.planeStride
      for row in -outside..<(height + outside) {
        let from = plane + layout.offset(row: row, column: 0)
        let to = image + (channel * height + source(row, height)) * width
        for column in 0..<width { to[column] += from[column] }
        for column in 0..<outside {
          to[source(-1 - column, width)] += from[-1 - column]
          to[source(width + column, width)] += from[width + column]
        }
      }
    }
  }
}
