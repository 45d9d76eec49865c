import Kernels
import Tensors

/// One worker's convolution: by Fourier transforms, in one pass, or in one by columns and one by rows.
final class BlurApplication: OperatorApplication {
  private let passes: [PlaneConvolution]
  private let fourier: FourierConvolution?
  private let channels: Int
  private let planeBytes: Int
  private var between: Tensor
  private var blurred: Tensor

  init(_ prepared: PreparedBlur) {
    let shape = prepared.domain
    fourier = Self.fourier(prepared)
    passes = fourier == nil ? Self.passes(prepared) : []
    channels = shape[0]
    planeBytes = shape[1] * shape[2] * prepared.elementType.byteCount
    between = Tensor(zeros: [1, shape[1], shape[2]], prepared.elementType)
    blurred = Tensor(zeros: shape, prepared.elementType)
  }

  /// Operations of transforms that take as long as one of a direct pass, measured.
  private static let costOfTransforms = 2.5

  /// Convolution by transforms, where it takes less time.
  private static func fourier(_ prepared: PreparedBlur) -> FourierConvolution? {
    let (shape, kernel) = (prepared.domain, prepared.kernel)
    let taps = kernel.factors == nil ? kernel.rows * kernel.columns : kernel.rows + kernel.columns
    let transforms = FourierConvolution.operations(
      height: shape[1], width: shape[2], rows: kernel.rows, columns: kernel.columns)
    guard costOfTransforms * transforms < Double(2 * taps * shape[1] * shape[2]) else { return nil }
    return FourierConvolution(
      height: shape[1], width: shape[2], rows: kernel.rows, columns: kernel.columns,
      kernel: kernel.entries, boundary: prepared.boundary,
      singlePrecision: prepared.elementType == .float32)
  }

  private static func passes(_ prepared: PreparedBlur) -> [PlaneConvolution] {
    let (shape, kernel) = (prepared.domain, prepared.kernel)
    func pass(_ rows: Int, _ columns: Int, _ entries: [Double]) -> PlaneConvolution {
      let workspace = PlaneConvolution(
        height: shape[1], width: shape[2], rows: rows, columns: columns,
        boundary: prepared.boundary, singlePrecision: prepared.elementType == .float32)
      workspace.setKernel(entries)
      return workspace
    }
    return kernel.factors.map { [pass(kernel.rows, 1, $0[0]), pass(1, kernel.columns, $0[1])] }
      ?? [pass(kernel.rows, kernel.columns, kernel.entries)]
  }

  func apply(_ image: Tensor, into measurement: inout Tensor) {
    forEachPlane(image, &measurement) { x, between, y in
      if let fourier { return fourier.apply(x, into: y) }
      passes[0].apply(x, into: passes.count == 1 ? y : between)
      if passes.count == 2 { passes[1].apply(between, into: y) }
    }
  }

  func applyAdjoint(_ measurement: Tensor, into image: inout Tensor) {
    forEachPlane(measurement, &image) { y, between, x in
      if let fourier { return fourier.applyAdjoint(y, into: x) }
      if passes.count == 2 { passes[1].applyAdjoint(y, into: between) }
      passes[0].applyAdjoint(passes.count == 1 ? y : UnsafeRawPointer(between), into: x)
    }
  }

  func applyNormal(_ image: Tensor, into product: inout Tensor) {
    apply(image, into: &blurred)
    applyAdjoint(blurred, into: &product)
  }

  private func forEachPlane(
    _ source: Tensor, _ target: inout Tensor,
    _ body: (UnsafeRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Void
  ) {
    target.withMutableBytes { target in
      source.withBytes { source in
        between.withMutableBytes { between in
          for channel in 0..<channels {
            body(source + channel * planeBytes, between, target + channel * planeBytes)
          }
        }
      }
    }
  }
}
