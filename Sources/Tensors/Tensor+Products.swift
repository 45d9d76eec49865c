import Kernels
import Script

/// Products of matrices and kernels.
extension Tensor {
  /// The matrix product {m, k} · {k, n}; 2 m n k operations.
  ///
  /// A vector stands for a row on the left and a column on the right, and its axis goes.
  public func multiplied(by other: Tensor) throws -> Tensor {
    guard elementType == other.elementType else {
      return try converted(to: .float64).multiplied(by: other.converted(to: .float64))
    }
    let depth = shape.rank > 0 ? shape[shape.rank - 1] : -1
    guard (1...2).contains(shape.rank), (1...2).contains(other.shape.rank), other.shape[0] == depth
    else {
      throw ScriptError(
        "matmul: needs matrices {m, k} and {k, n}, or vectors {k}, got \(shape) and \(other.shape)")
    }
    let m = shape.rank == 2 ? shape[0] : 1
    let n = other.shape.rank == 2 ? other.shape[1] : 1
    let target = try Shape(
      checked: Array(shape.extents.dropLast() + other.shape.extents.dropFirst()))
    var result = Tensor(uninitialized: target, elementType)
    switch elementType {
    case .float32: result.setProduct(Float.self, m, n, depth, self, other)
    case .float64: result.setProduct(Double.self, m, n, depth, self, other)
    }
    return result
  }

  /// The cross-correlation out[i, j] = Σ_{a, b} kernel[a, b] · image[i + a − r, j + b − s], of the
  /// size of the image; r and s are half the kernel's odd extents.
  ///
  /// Images are {height, width} or {channels, height, width}. A kernel {k, l} acts on every
  /// channel; a kernel {out, in, k, l} sums over the channels and gives {out, height, width}.
  /// Two operations per tap and pixel.
  public func correlated(with kernel: Tensor, boundary: Boundary = .zero) throws -> Tensor {
    guard elementType == kernel.elementType else {
      return try converted(to: .float64)
        .correlated(with: kernel.converted(to: .float64), boundary: boundary)
    }
    let plan = try CorrelationPlan(image: shape, kernel: kernel.shape)
    var result = Tensor(zeros: plan.result, elementType)
    switch elementType {
    case .float32: result.correlate(Float.self, self, kernel, plan, boundary)
    case .float64: result.correlate(Double.self, self, kernel, plan, boundary)
    }
    return result
  }

  private mutating func setProduct<Element: BinaryFloatingPoint & SIMDScalar>(
    _ type: Element.Type, _ m: Int, _ n: Int, _ k: Int, _ a: Tensor, _ b: Tensor
  ) {
    withMutable(type) { c in
      a.with(type) { p in
        b.with(type) { MatrixKernels.multiply(rows: m, columns: n, depth: k, p, $0, c) }
      }
    }
  }

  private mutating func correlate<Element: BinaryFloatingPoint>(
    _ type: Element.Type, _ image: Tensor, _ kernel: Tensor, _ plan: CorrelationPlan,
    _ boundary: Boundary
  ) {
    guard plan.result.count > 0 else { return }
    let border = (rows: plan.rows / 2, columns: plan.columns / 2)
    let plane = plan.height * plan.width
    var padded = Tensor(
      uninitialized: [plan.height + 2 * border.rows, plan.width + 2 * border.columns], elementType)
    withMutable(type) { out in
      padded.withMutable(type) { padded in
        image.with(type) { source in
          kernel.with(type) { taps in
            for channel in 0..<plan.channels {
              CorrelationKernels.pad(
                source + channel * plane, height: plan.height, width: plan.width, by: border,
                boundary, into: padded)
              for pair in plan.pairs(of: channel) {
                CorrelationKernels.accumulate(
                  height: plan.height, width: plan.width, padded: padded,
                  kernel: taps + pair.kernel * plan.rows * plan.columns, rows: plan.rows,
                  columns: plan.columns, into: out + pair.output * plane)
              }
            }
          }
        }
      }
    }
  }
}

/// Which kernel of a bank connects which channels.
private struct CorrelationPlan {
  let height: Int
  let width: Int
  let rows: Int
  let columns: Int
  let channels: Int
  /// Number of output channels; nil for one kernel that acts on every channel.
  let outputs: Int?
  let result: Shape

  init(image: Shape, kernel: Shape) throws {
    guard image.rank == 2 || image.rank == 3 else {
      throw ScriptError(
        "conv2d: needs an image {height, width} or {channels, height, width}, got \(image)")
    }
    channels = image.rank == 3 ? image[0] : 1
    height = image[image.rank - 2]
    width = image[image.rank - 1]
    guard kernel.rank == 2 || kernel.rank == 4 && kernel[1] == channels else {
      throw ScriptError(
        "conv2d: an image \(image) needs a kernel {k, k} or {out, \(channels), k, k}, got \(kernel)"
      )
    }
    rows = kernel[kernel.rank - 2]
    columns = kernel[kernel.rank - 1]
    guard rows % 2 == 1, columns % 2 == 1 else {
      throw ScriptError("conv2d: the kernel's extents must be odd, got \(kernel)")
    }
    outputs = kernel.rank == 4 ? kernel[0] : nil
    result =
      try outputs.map { try Shape(checked: [$0, image[image.rank - 2], image[image.rank - 1]]) }
      ?? image
  }

  /// The kernels that read an input channel, and the output channels that they add to.
  func pairs(of channel: Int) -> [(kernel: Int, output: Int)] {
    guard let outputs else { return [(0, channel)] }
    return (0..<outputs).map { ($0 * channels + channel, $0) }
  }
}
