import Imaging
import Kernels
import Tensors

/// An operator with a shape of images, on which its laws are tried.
public struct OperatorCase: Sendable, CustomStringConvertible {
  /// What it is.
  public let description: String
  /// A.
  public let forward: any ForwardOperator
  /// Of x.
  public let shape: Shape
  /// ‖A‖ times this is attained: how loose the bound may be.
  public let tightness: Double

  init(_ name: String, _ forward: any ForwardOperator, _ shape: Shape, tightness: Double = 0.98) {
    description = "\(name) on \(shape)"
    self.forward = forward
    self.shape = shape
    self.tightness = tightness
  }
}

/// Every forward operator in its forms, on images of odd and even extents with one and three channels.
public enum OperatorCatalogue {
  /// Extents of images, odd and even.
  public static let shapes: [Shape] = [
    [1, 8, 8], [1, 9, 7], [1, 12, 5], [3, 6, 9], [3, 10, 8], [1, 1, 6], [1, 7, 1], [1, 33, 40],
  ]

  /// All cases.
  public static let cases: [OperatorCase] = {
    do {
      return try shapes.flatMap { try simple($0) + blurs($0) + transforms($0) }
    } catch {
      preconditionFailure("The cases are well-formed: \(error)")
    }
  }()

  private static func normal(_ shape: Shape, seed: UInt64) -> Tensor {
    var random = RandomSource(seed: seed)
    return Tensor(normal: shape, from: &random)
  }

  private static func simple(_ shape: Shape) throws -> [OperatorCase] {
    var cases = [
      OperatorCase("identity", IdentityOperator(), shape),
      OperatorCase("mask, random", try MaskOperator(keep: 0.7, seed: 3), shape),
      OperatorCase("mask, weights", try MaskOperator(normal(shape, seed: 4)), shape),
      OperatorCase(
        "mask, plane", try MaskOperator(normal([shape[1], shape[2]], seed: 5)), shape),
      OperatorCase(
        "matrix, wide", try MatrixOperator(normal([5, shape.count], seed: 6), shape: shape), shape),
      OperatorCase(
        "matrix, tall",
        try MatrixOperator(normal([shape.count + 9, shape.count], seed: 7), shape: shape), shape,
        tightness: 0.9),
    ]
    for factor in [2, 3] where shape[1] % factor == 0 && shape[2] % factor == 0 {
      let means = DownsamplingOperator(factor: factor)
      cases.append(OperatorCase("means of \(factor)", means, shape))
      cases.append(
        OperatorCase(
          "means of \(factor) after blur",
          ComposedOperator(means, after: try BlurOperator(sigma: 1)), shape, tightness: 0.5))
    }
    return cases
  }

  private static func transforms(_ shape: Shape) throws -> [OperatorCase] {
    let size: Shape = [shape[1], shape[2]]
    let angles = (0..<7).map { 0.3 + 0.9 * Double($0) }
    return try [
      OperatorCase("fourier", FourierOperator(), shape, tightness: 0.999),
      OperatorCase(
        "fourier, weights", FourierOperator(mask: normal(size, seed: 20)), shape, tightness: 0.9),
    ]
      + SamplingPattern.allCases.map {
        OperatorCase(
          "fourier, \($0)", try FourierOperator(pattern: $0, acceleration: 3, seed: 1), shape,
          tightness: 0.9)
      } + [
        OperatorCase(
          "radon, list",
          RadonOperator(angles: angles, detectors: 9, size: (shape[1], shape[2])), shape),
        OperatorCase(
          "radon, many detectors",
          RadonOperator(angles: angles, detectors: 64, size: (shape[1], shape[2])), shape),
      ] + (shape[1] == shape[2] ? [OperatorCase("radon", RadonOperator(angles: 12), shape)] : [])
  }

  private static func blurs(_ shape: Shape) throws -> [OperatorCase] {
    try Boundary.allCases.flatMap { boundary -> [OperatorCase] in
      // Zeros outside: the bound is that of infinite images.
      let loose = boundary == .zero ? 0.3 : 0.95
      // Mirrored: the bound is that of the kernel's sizes.
      let signed = boundary == .periodic ? 0.95 : 0.01
      return [
        OperatorCase(
          "normal blur, \(boundary)", try BlurOperator(sigma: 0.8, boundary: boundary), shape,
          tightness: loose),
        OperatorCase(
          "blur 3x3, \(boundary)",
          try BlurOperator(kernel: normal([3, 3], seed: 8), boundary: boundary), shape,
          tightness: signed),
        OperatorCase(
          "blur 4x2, \(boundary)",
          try BlurOperator(kernel: normal([4, 2], seed: 9), boundary: boundary), shape,
          tightness: signed),
        OperatorCase(
          "blur 25x31, \(boundary)",
          try BlurOperator(kernel: normal([25, 31], seed: 19), boundary: boundary), shape,
          tightness: signed),
        OperatorCase(
          "blur 1x11, \(boundary)",
          try BlurOperator(kernel: normal([1, 11], seed: 10), boundary: boundary), shape,
          tightness: signed),
      ]
    }
  }
}
