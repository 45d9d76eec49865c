import Script
import Tensors

/// A x = m ⊙ x for a mask m, for inpainting: 0 where a pixel was not measured.
///
/// The mask is given, {height, width} for all channels or {channels, height, width}, or each pixel is
/// kept with probability `keep` (in all channels at once), by numbers that depend on the seed and the
/// place only. Entries other than 0 and 1 are weights. ‖A‖ = max |m|, A*A ≥ min m². Images that do not
/// fit a given mask are a misuse error. One multiplication a pixel.
public struct MaskOperator: ForwardOperator {
  /// The arguments of `bl.operator.mask`.
  struct Options: Sendable {
    var keep: Double?
    var mask: Tensor?
    var seed: Int?
  }

  let options: Options

  /// The given mask.
  ///
  /// Throws a misuse error where it has another rank than 2 or 3, an entry that is not finite, or
  /// nothing but zeros.
  public init(_ mask: Tensor) throws { try self.init(Options(mask: mask)) }

  /// A random mask.
  public init(keep: Double, seed: Int) throws { try self.init(Options(keep: keep, seed: seed)) }

  init(_ options: Options) throws {
    var options = options
    switch (options.mask, options.keep) {
    case (let mask?, nil): try Self.check(mask)
    case (nil, _?): options.seed = options.seed ?? Session.shared.nextSeed()
    default:
      throw ScriptError(
        "bl.operator.mask: give either 'mask' (a tensor) or 'keep' (the share of pixels that are kept)"
      )
    }
    self.options = options
  }

  private static func check(_ mask: Tensor) throws {
    guard (2...3).contains(mask.shape.rank) else {
      throw ScriptError(
        "bl.operator.mask: 'mask' must have the shape {height, width} or {channels, height, width}, "
          + "got \(mask.shape)")
    }
    let elements = mask.elements
    guard elements.allSatisfy(\.isFinite), elements.contains(where: { $0 != 0 }) else {
      throw ScriptError("bl.operator.mask: 'mask' must be finite and keep at least one pixel")
    }
  }

  /// The mask on images of one shape.
  public func prepared(
    for domain: Shape, _ elementType: ElementType
  ) throws -> any PreparedOperator {
    let image = try domain.image(for: "mask")
    let plane = image.height * image.width
    let entries: [Double]
    if let mask = options.mask {
      entries = mask.elements
      guard mask.shape == domain || mask.shape == [image.height, image.width] else {
        throw ScriptError(
          "bl.operator.mask: a mask \(mask.shape) does not fit images \(domain)")
      }
    } else {
      entries = drawn(image.height, image.width)
    }
    let all =
      entries.count == domain.count
      ? entries : (0..<domain.count).map { entries[$0 % plane] }
    return PreparedMask(Tensor(all, shape: domain, elementType))
  }

  /// Row by row, each with numbers of its own, so that a smaller image has a part of the mask.
  private func drawn(_ height: Int, _ width: Int) -> [Double] {
    let keep = options.keep ?? 1
    return (0..<height).flatMap { row in
      var random = RandomSource(seed: options.seed ?? 0, .mask, index: row)
      return (0..<width).map { _ in random.uniform() < keep ? 1.0 : 0.0 }
    }
  }

  /// The same shape.
  public func domain(ofMeasurements codomain: Shape) -> Shape { codomain }

  /// The shape of a mask with channels.
  public var onlyDomain: Shape? {
    options.mask.map { $0.shape.rank == 3 ? $0.shape : Shape([1] + $0.shape.extents) }
  }
}

/// x ↦ m ⊙ x with m of the shape of x.
private struct PreparedMask: PreparedOperator {
  let mask: Tensor
  let square: Tensor
  let normBound: Double
  let normalLowerBound: Double

  init(_ mask: Tensor) {
    self.mask = mask
    var square = mask
    square.setProduct(mask, mask)
    self.square = square
    let sizes = mask.elements.map(abs)
    normBound = sizes.max() ?? 0
    let least = sizes.min() ?? 0
    normalLowerBound = least * least
  }

  var domain: Shape { mask.shape }
  var codomain: Shape { mask.shape }
  var elementType: ElementType { mask.elementType }

  func application(workers: Int) -> any OperatorApplication { Application(mask, square) }

  /// What was measured, divided by its weight; 0 elsewhere.
  func pseudoInverse(of measurement: Tensor) -> Tensor? {
    let quotients = zip(measurement.elements, mask.elements).map { $1 == 0 ? 0 : $0 / $1 }
    return Tensor(quotients, shape: domain, elementType)
  }

  private final class Application: OperatorApplication {
    private let mask: Tensor
    private let square: Tensor

    init(_ mask: Tensor, _ square: Tensor) {
      self.mask = mask
      self.square = square
    }

    func apply(_ image: Tensor, into measurement: inout Tensor) {
      measurement.setProduct(mask, image)
    }
    func applyAdjoint(_ measurement: Tensor, into image: inout Tensor) {
      image.setProduct(mask, measurement)
    }
    func applyNormal(_ image: Tensor, into product: inout Tensor) {
      product.setProduct(square, image)
    }
  }
}

extension MaskOperator: Scriptable {
  /// The script face of masks.
  public static let declaration = Declaration(
    MaskOperator.self, "mask", "A x = mask * x, for inpainting.",
    details: """
      Either a given mask, or pixels that are kept at random, in all channels at once. Its normal \
      operator has the eigenvalue 0: give bl.problem a 'strong_convexity'.
      """,
    example: "local A = bl.operator.mask { keep = 0.7, seed = 1 }"
  ) {
    Constructor(Options(), recorded: \.options) {
      Field(
        "keep", \.keep, .optional(.number(above: 0, atMost: 1)), "share of pixels that are kept")
      Field("seed", \.seed, "of the random mask; drawn when absent")
      Field(
        "mask", \.mask, .optional(.object(Tensor.self)),
        "{height, width} or {channels, height, width}, in the place of 'keep'")
    } build: {
      try MaskOperator($0)
    }
    OperatorMembers.all
  }
}
