import Imaging
import Kernels
import Script
import Tensors

/// A blur whose kernel is learned: one block, `kernel` {rows, columns}, from the given kernel on.
///
/// A′[d] x = d * x. Continued images are no larger than √m times the image, m the most often that a pixel
/// is read, and a convolution is bounded by Σ |d| ≤ √n ‖d‖ for n entries. By default kernels are kept
/// nonnegative and of sum 1 by projection, the nearest such kernel.
extension BlurOperator: LearnableOperator {
  /// `kernel` {rows, columns}; empty unless the kernel is learned.
  public var layout: ParameterLayout {
    ParameterLayout(
      isLearnable ? [ParameterBlock("kernel", [kernelRows, kernelColumns])] : [])
  }

  /// The given kernel; nothing is random.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    Parameters(isLearnable ? kernelEntries : [], layout: layout)
  }

  /// The nearest nonnegative kernel of sum 1, unless any kernel will do.
  public func project(_ theta: inout Parameters) {
    if constraint == .simplex && isLearnable { theta.values = Self.nearest(theta.values) }
  }

  /// x − τ, cut at 0, with τ such that the sum is 1 (Held, Wolfe and Crowder 1974).
  private static func nearest(_ values: [Double]) -> [Double] {
    var (sum, shift) = (0.0, 0.0)
    for (i, value) in values.sorted(by: >).enumerated() {
      sum += value
      let candidate = (sum - 1) / Double(i + 1)
      if value > candidate { shift = candidate }
    }
    return values.map { max($0 - shift, 0) }
  }

  /// The blur with the kernel of θ.
  public func prepared(
    for theta: Parameters, on domain: Shape, _ elementType: ElementType
  ) throws -> any PreparedLearnableOperator {
    PreparedLearnableBlur(
      blur: try prepared(
        kernel: theta.values, domain, elementType), kernel: theta.values, rows: kernelRows,
      columns: kernelColumns, boundary: boundary)
  }
}

private struct PreparedLearnableBlur: PreparedLearnableOperator {
  let blur: any PreparedOperator
  let kernel: [Double]
  let rows: Int
  let columns: Int
  let boundary: Boundary

  var domain: Shape { blur.domain }
  var codomain: Shape { blur.codomain }
  var elementType: ElementType { blur.elementType }
  var normBound: Double { blur.normBound }
  var normalLowerBound: Double { blur.normalLowerBound }
  var parameterCount: Int { kernel.count }

  var derivativeBound: Double {
    let repeats = mostReads(rows, domain[1]) * mostReads(columns, domain[2])
    return (Double(kernel.count) * Double(repeats)).squareRoot()
  }

  /// The most often that a pixel stands in an axis, continued for kernels of the given extent; 1 where it is
  /// periodic, as each entry of the kernel shifts the image and nothing else.
  private func mostReads(_ extent: Int, _ count: Int) -> Int {
    if boundary != .reflect { return 1 }
    var reads = [Int](repeating: 0, count: count)
    for i in 0..<count + extent - 1 {
      if let source = boundary.source(of: i - (extent - 1 - extent / 2), extent: count) {
        reads[source] += 1
      }
    }
    return reads.max() ?? 1
  }

  func learnableApplication(workers: Int) -> any LearnableApplication {
    LearnableBlurApplication(self)
  }
}

private final class LearnableBlurApplication: LearnableApplication {
  private let blur: any OperatorApplication
  private let derivative: PlaneConvolution
  private let channels: Int
  private let bytes: Int  // of a plane

  init(_ prepared: PreparedLearnableBlur) {
    blur = prepared.blur.application(workers: 1)
    let shape = prepared.domain
    derivative = PlaneConvolution(
      height: shape[1], width: shape[2], rows: prepared.rows, columns: prepared.columns,
      boundary: prepared.boundary, singlePrecision: prepared.elementType == .float32)
    channels = shape[0]
    bytes = shape[1] * shape[2] * prepared.elementType.byteCount
  }

  func apply(_ image: Tensor, into measurement: inout Tensor) {
    blur.apply(image, into: &measurement)
  }
  func applyAdjoint(_ measurement: Tensor, into image: inout Tensor) {
    blur.applyAdjoint(measurement, into: &image)
  }
  func applyNormal(_ image: Tensor, into product: inout Tensor) {
    blur.applyNormal(image, into: &product)
  }

  func addParameterProduct(
    _ x: Tensor, _ u: Tensor, times factor: Double, to theta: inout [Double]
  ) {
    theta.withUnsafeMutableBufferPointer { theta in
      guard let sums = theta.baseAddress else { return }
      x.withBytes { x in
        u.withBytes { u in
          for channel in 0..<channels {
            derivative.addDerivative(
              x + channel * bytes, u + channel * bytes, times: factor, to: sums)
          }
        }
      }
    }
  }

  func derivative(_ x: Tensor, along direction: [Double], into measurement: inout Tensor) {
    convolve(x, direction, into: &measurement) { workspace, source, target in
      workspace.apply(source, into: target)
    }
  }

  func derivativeAdjoint(_ u: Tensor, along direction: [Double], into image: inout Tensor) {
    convolve(u, direction, into: &image) { workspace, source, target in
      workspace.applyAdjoint(source, into: target)
    }
  }

  private func convolve(
    _ source: Tensor, _ direction: [Double], into target: inout Tensor,
    _ body: (PlaneConvolution, UnsafeRawPointer, UnsafeMutableRawPointer) -> Void
  ) {
    derivative.setKernel(direction)
    target.withMutableBytes { target in
      source.withBytes { source in
        for channel in 0..<channels {
          body(derivative, source + channel * bytes, target + channel * bytes)
        }
      }
    }
  }
}
