import Kernels
import Script
import Tensors

/// A x = means of blocks of factor × factor pixels, for super-resolution: {c, h, w} becomes
/// {c, h/f, w/f}.
///
/// The detector model of super-resolution: each coarse pixel is the mean of what it covers. A A* = I/f²,
/// so ‖A‖ = 1/f exactly; A⁺y = f² A*y repeats each pixel. Extents must be multiples of f, which is a
/// misuse error otherwise. One addition a pixel.
public struct DownsamplingOperator: ForwardOperator, Hashable {
  /// f ≥ 1.
  public var factor: Int

  /// Means over blocks of factor × factor.
  public init(factor: Int = 2) {
    precondition(factor >= 1, "The factor of downsampling is at least 1.")
    self.factor = factor
  }

  /// The operator on images of one shape.
  public func prepared(
    for domain: Shape, _ elementType: ElementType
  ) throws -> any PreparedOperator {
    let image = try domain.image(for: "downsample")
    guard image.height % factor == 0, image.width % factor == 0 else {
      throw ScriptError(
        "bl.operator.downsample: height and width must be multiples of \(factor), got \(domain)")
    }
    return Prepared(domain: domain, elementType: elementType, factor: factor)
  }

  /// Height and width times the factor.
  public func domain(ofMeasurements codomain: Shape) throws -> Shape {
    let image = try codomain.image(for: "downsample")
    return try Shape(checked: [image.channels, image.height * factor, image.width * factor])
  }

  /// The norm is always 1/f.
  public var normDomain: Shape? { [1, factor, factor] }

  private struct Prepared: PreparedOperator {
    let domain: Shape
    let elementType: ElementType
    let factor: Int

    var codomain: Shape { [domain[0], domain[1] / factor, domain[2] / factor] }
    var normBound: Double { 1 / Double(factor) }
    var normalLowerBound: Double { factor == 1 ? 1 : 0 }
    var isIdentity: Bool { factor == 1 }
    func application(workers: Int) -> any OperatorApplication { Application(self) }

    func pseudoInverse(of measurement: Tensor) -> Tensor? {
      var image = applyAdjoint(measurement)
      image.scale(by: Double(factor * factor))
      return image
    }
  }

  private final class Application: OperatorApplication {
    private let kernel: BlockMeans
    private let isSingle: Bool
    private var coarse: Tensor

    init(_ prepared: Prepared) {
      let shape = prepared.codomain
      kernel = BlockMeans(rows: shape[0] * shape[1], columns: shape[2], factor: prepared.factor)
      isSingle = prepared.elementType == .float32
      coarse = Tensor(zeros: shape, prepared.elementType)
    }

    func apply(_ image: Tensor, into measurement: inout Tensor) {
      measurement.withMutableBytes { y in
        image.withBytes { kernel.apply($0, singlePrecision: isSingle, into: y) }
      }
    }
    func applyAdjoint(_ measurement: Tensor, into image: inout Tensor) {
      image.withMutableBytes { x in
        measurement.withBytes { kernel.applyAdjoint($0, singlePrecision: isSingle, into: x) }
      }
    }
    func applyNormal(_ image: Tensor, into product: inout Tensor) {
      apply(image, into: &coarse)
      applyAdjoint(coarse, into: &product)
    }
  }
}

extension DownsamplingOperator: Scriptable {
  /// The script face of downsampling.
  public static let declaration = Declaration(
    DownsamplingOperator.self, "downsample", "Means over blocks of pixels, for super-resolution.",
    example: "local A = bl.operator.downsample { factor = 2 }"
  ) {
    Constructor(DownsamplingOperator()) {
      Field(
        "factor", \.factor, .integer(atLeast: 1, atMost: 1024), "side of a block", unit: "pixels")
    }
    OperatorMembers.all
  }
}
