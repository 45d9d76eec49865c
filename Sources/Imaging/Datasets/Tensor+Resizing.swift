import Tensors

/// Change of an image's extent.
extension Tensor {
  /// The image {channels, height, width} resampled to another extent.
  ///
  /// Antialiased bilinear: the triangle filter, widened by the factor of reduction, with weights
  /// that sum to 1 at the borders as well; rows first, then columns, in Float64. The convention of
  /// pixel centres is (i + ½) · scale − ½. Cost: two to four products an element and axis, times the
  /// factor of reduction.
  public func resized(to extent: Extent) -> Tensor {
    precondition(shape.rank == 3 && shape.count > 0, "An image has three axes and pixels.")
    precondition(extent.height > 0 && extent.width > 0, "An image has pixels.")
    if extent == Extent(height: shape[1], width: shape[2]) { return self }
    let columns = ResamplingWeights(from: shape[2], to: extent.width)
    let rows = ResamplingWeights(from: shape[1], to: extent.height)
    let values = converted(to: .float64)
    var wide = Tensor(zeros: [shape[0], shape[1], extent.width])
    var result = Tensor(zeros: [shape[0], extent.height, extent.width])
    let lines = shape[0] * shape[1]
    values.with(Double.self) { source in
      wide.withMutable(Double.self) { target in
        for line in 0..<lines {
          columns.apply(source + line * shape[2], 1, target + line * extent.width, 1)
        }
      }
    }
    wide.with(Double.self) { source in
      result.withMutable(Double.self) { target in
        for channel in 0..<shape[0] {
          for column in 0..<extent.width {
            rows.apply(
              source + channel * shape[1] * extent.width + column, extent.width,
              target + channel * extent.count + column, extent.width)
          }
        }
      }
    }
    return result.converted(to: elementType)
  }
}

extension Extent {
  /// Number of pixels.
  public var count: Int { height * width }

  /// The extent of the same proportions whose shorter side has the given length.
  public func scaled(shorterSide: Int) -> Extent {
    let factor = Double(shorterSide) / Double(min(height, width))
    func scaled(_ side: Int) -> Int { max(1, Int((Double(side) * factor).rounded())) }
    return Extent(height: scaled(height), width: scaled(width))
  }
}

/// For each target position along one axis, the source positions and weights that make it.
private struct ResamplingWeights {
  private var starts: [Int] = []
  private var weights: [[Double]] = []

  init(from sourceCount: Int, to targetCount: Int) {
    let scale = Double(sourceCount) / Double(targetCount)
    let support = max(scale, 1)
    for target in 0..<targetCount {
      let centre = (Double(target) + 0.5) * scale
      let first = max(0, Int((centre - support).rounded(.down)))
      let last = min(sourceCount - 1, Int((centre + support).rounded(.up)))
      var line = (first...last).map { source in
        max(0, 1 - abs(Double(source) + 0.5 - centre) / support)
      }
      let sum = line.reduce(0, +)
      for i in line.indices { line[i] /= sum }
      starts.append(first)
      weights.append(line)
    }
  }

  func apply(
    _ source: UnsafePointer<Double>, _ sourceStride: Int, _ target: UnsafeMutablePointer<Double>,
    _ targetStride: Int
  ) {
    for i in weights.indices {
      var sum = 0.0
      for (offset, weight) in weights[i].enumerated() {
        sum += weight * source[(starts[i] + offset) * sourceStride]
      }
      target[i * targetStride] = sum
    }
  }
}
