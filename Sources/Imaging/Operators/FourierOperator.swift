import Kernels
import Script
import Tensors

/// A x = m ⊙ F x, the discrete Fourier transform of each channel at the frequencies of a mask m, for
/// magnetic resonance imaging: real images {c, h, w} become {2c, h, w}, real parts first in each channel.
///
/// F is unitary, zero frequency first; unmeasured frequencies are 0. Without mask and pattern all are
/// measured. The mask is given, {h, w}, or drawn (see `SamplingPattern`). On real images A*A has the
/// eigenvalues (m(k)² + m(−k)²)/2: norm and lower bound are their extremes, to rounding; `pinv` divides by
/// those that are not 0. Any extents, fast where they have no prime factor above 7: two real transforms
/// for A*A, about 5 n log₂ n operations for n pixels.
public struct FourierOperator: ForwardOperator {
  /// The arguments of `bl.operator.fourier`.
  struct Options: Sendable {
    var mask: Tensor?
    var pattern: SamplingPattern?
    var acceleration: Double?
    var lines: Int?
    var power: Double?
    var centre: Double?
    var seed: Int?

    /// What a pattern needs; where absent, the usual values.
    var settings: SamplingPattern.Settings {
      var settings = SamplingPattern.Settings()
      settings.acceleration = acceleration ?? settings.acceleration
      settings.power = power ?? settings.power
      settings.centre = centre ?? settings.centre
      settings.lines = lines
      settings.seed = seed ?? settings.seed
      return settings
    }
  }

  let options: Options
  private let cache = PreparedOperatorCache()

  /// All frequencies.
  public init() { options = Options() }

  /// The frequencies of a mask, {height, width}, zero frequency first.
  ///
  /// Throws a misuse error where it has another rank, an entry that is not finite, or only zeros.
  public init(mask: Tensor) throws { try self.init(Options(mask: mask)) }

  /// A pattern that keeps one frequency of `acceleration`.
  public init(pattern: SamplingPattern, acceleration: Double = 4, seed: Int = 0) throws {
    try self.init(Options(pattern: pattern, acceleration: acceleration, seed: seed))
  }

  init(_ options: Options) throws {
    var options = options
    try Self.checkPattern(options)
    if let mask = options.mask {
      guard options.pattern == nil else {
        throw ScriptError("bl.operator.fourier: give either 'mask' or 'pattern'")
      }
      guard mask.shape.rank == 2, mask.elements.allSatisfy(\.isFinite), mask.norm > 0,
        mask.norm.isFinite
      else {
        throw ScriptError(
          "bl.operator.fourier: 'mask' must have the shape {height, width}, be finite and not zero, "
            + "got \(mask.shape)")
      }
    } else if let pattern = options.pattern {
      let settings = options.settings
      (options.acceleration, options.power) = (settings.acceleration, settings.power)
      options.centre = settings.centre
      if pattern != .radial { options.seed = options.seed ?? Session.shared.nextSeed() }
    }
    self.options = options
  }

  /// Throws for what would say nothing without a pattern, or without this one.
  private static func checkPattern(_ options: Options) throws {
    let ofPatterns: [(String, Any?)] = [
      ("acceleration", options.acceleration), ("lines", options.lines), ("power", options.power),
      ("centre", options.centre),
    ]
    if options.pattern == nil, let (name, _) = ofPatterns.first(where: { $0.1 != nil }) {
      throw ScriptError(
        "bl.operator.fourier: '\(name)' needs a 'pattern', such as \"cartesian\"")
    }
    if options.lines != nil && options.pattern != .radial {
      throw ScriptError("bl.operator.fourier: 'lines' belongs to the pattern \"radial\"")
    }
  }

  /// The mask for images of one size, {height, width}, zero frequency first.
  public func mask(height: Int, width: Int) throws -> Tensor {
    if let mask = options.mask {
      guard mask.shape == [height, width] else {
        throw ScriptError(
          "bl.operator.fourier: a mask \(mask.shape) does not fit images of size "
            + "{\(height), \(width)}")
      }
      return mask.converted(to: .float64)
    }
    guard let pattern = options.pattern else {
      return Tensor(repeating: 1, shape: [height, width])
    }
    return Tensor(
      pattern.mask(height: height, width: width, options.settings), shape: [height, width])
  }

  /// The transform of images of one shape.
  public func prepared(
    for domain: Shape, _ elementType: ElementType
  ) throws -> any PreparedOperator {
    let image = try domain.image(for: "fourier")
    let mask = try mask(height: image.height, width: image.width)
    return cache.prepared(for: domain, elementType) {
      PreparedFourier(domain, elementType, weights: mask.elements)
    }
  }

  /// Half the channels.
  public func domain(ofMeasurements codomain: Shape) throws -> Shape {
    try PreparedFourier.domain(ofMeasurements: codomain, "fourier")
  }

  /// The size of a given mask.
  public var onlyDomain: Shape? { options.mask.map { [1, $0.shape[0], $0.shape[1]] } }

  /// The size of a given mask; the norm of the whole transform is always 1.
  public var normDomain: Shape? { options.pattern == nil ? onlyDomain ?? [1, 1, 1] : nil }
}

/// m ⊙ F on images of one shape.
public struct PreparedFourier: PreparedOperator {
  /// {c, h, w}.
  public let domain: Shape
  /// Of images and measurements.
  public let elementType: ElementType
  /// m, {h, w}.
  public let weights: [Double]
  /// The root of the largest eigenvalue.
  public let normBound: Double
  /// The least eigenvalue.
  public let normalLowerBound: Double

  /// The transform with the given weights.
  public init(_ domain: Shape, _ elementType: ElementType, weights: [Double]) {
    self.domain = domain
    self.elementType = elementType
    self.weights = weights
    let squares = FourierSampling.symmetricSquares(weights, height: domain[1], width: domain[2])
    // What rounding adds to the transform and to the weights.
    let margin = 32 * elementType.unitRoundoff
    normBound = (squares.max() ?? 0).squareRoot() * (1 + margin)
    normalLowerBound = (squares.min() ?? 0) * (1 - 2 * margin)
  }

  /// {2c, h, w}.
  public var codomain: Shape { [2 * domain[0], domain[1], domain[2]] }

  /// The shape of real images whose transforms have the given one.
  static func domain(ofMeasurements codomain: Shape, _ name: String) throws -> Shape {
    let image = try codomain.image(for: name)
    guard image.channels % 2 == 0 else {
      throw ScriptError(
        "bl.operator.\(name): measurements have two channels for each of the image's, got \(codomain)"
      )
    }
    return [image.channels / 2, image.height, image.width]
  }

  /// One worker's transforms.
  public func application(workers: Int) -> any OperatorApplication { FourierApplication(self) }

  /// The image of least norm with these measurements, as far as there is one.
  public func pseudoInverse(of measurement: Tensor) -> Tensor? {
    var image = Tensor(zeros: domain, elementType)
    FourierApplication(self).applyPseudoInverse(measurement, into: &image)
    return image
  }
}

/// One worker's transforms.
final class FourierApplication: OperatorApplication {
  private let sampling: FourierSampling
  private let channels: Int
  private let bytes: Int  // of a plane

  init(_ prepared: PreparedFourier) {
    let shape = prepared.domain
    sampling = FourierSampling(
      height: shape[1], width: shape[2], weights: prepared.weights,
      singlePrecision: prepared.elementType == .float32)
    channels = shape[0]
    bytes = shape[1] * shape[2] * prepared.elementType.byteCount
  }

  func apply(_ image: Tensor, into measurement: inout Tensor) {
    forEachPlane(image, &measurement) { x, y, channel in
      let real = y + 2 * channel * bytes
      sampling.apply(x + channel * bytes, into: real, real + bytes)
    }
  }

  func applyAdjoint(_ measurement: Tensor, into image: inout Tensor) {
    forEachPlane(measurement, &image) { y, x, channel in
      let real = y + 2 * channel * bytes
      sampling.applyAdjoint(real, real + bytes, into: x + channel * bytes)
    }
  }

  func applyPseudoInverse(_ measurement: Tensor, into image: inout Tensor) {
    forEachPlane(measurement, &image) { y, x, channel in
      let real = y + 2 * channel * bytes
      sampling.applyPseudoInverse(real, real + bytes, into: x + channel * bytes)
    }
  }

  func applyNormal(_ image: Tensor, into product: inout Tensor) {
    forEachPlane(image, &product) { x, y, channel in
      sampling.applyNormal(x + channel * bytes, into: y + channel * bytes)
    }
  }

  private func forEachPlane(
    _ source: Tensor, _ target: inout Tensor,
    _ body: (UnsafeRawPointer, UnsafeMutableRawPointer, Int) -> Void
  ) {
    target.withMutableBytes { target in
      source.withBytes { source in
        for channel in 0..<channels { body(source, target, channel) }
      }
    }
  }
}

extension FourierOperator: Scriptable {
  /// The script face of magnetic resonance imaging.
  public static let declaration = Declaration(
    FourierOperator.self, "fourier", "The Fourier transform, at all frequencies or at some.",
    details: """
      Real images {c, h, w} become {2c, h, w}: real and imaginary part of each channel, zero frequency \
      first, unitary. Unmeasured frequencies are 0.
      """,
    example: "local A = bl.operator.fourier { pattern = \"cartesian\", acceleration = 4, seed = 1 }"
  ) {
    Constructor(Options(), recorded: \.options) {
      Field("mask", \.mask, .optional(.object(Tensor.self)), "{height, width}, 1 where measured")
      Field("pattern", \.pattern, .optional(.choice), "what is measured, where no mask is given")
      Field(
        "acceleration", \.acceleration, .optional(.number(atLeast: 1, atMost: 1e6)),
        "of a pattern: one of so many lines or frequencies is measured; 4 when absent")
      Field(
        "lines", \.lines, .optional(.integer(atLeast: 1, atMost: 100_000)),
        "lines of a radial pattern; from the acceleration when absent")
      Field(
        "power", \.power, .optional(.number(atLeast: 0, atMost: 100)),
        "of a pattern's density (1 - distance)^power; 3 when absent")
      Field(
        "centre", \.centre, .optional(.number(atLeast: 0, atMost: 1)),
        "of a pattern: share of the frequencies' range that is measured fully in the middle; 0.08 "
          + "when absent")
      Field("seed", \.seed, "of what is random; drawn when absent")
    } build: {
      try FourierOperator($0)
    }
    Method(
      "mask", "The mask, zero frequency first.",
      Argument(
        "size", .list(of: .integer(atLeast: 1), count: 2...2), "{height, width} of the images"),
      returns: "a tensor {height, width}"
    ) { (forward: FourierOperator, size: [Int]) in
      _ = try Shape(checked: size)
      return try forward.mask(height: size[0], width: size[1])
    }
    OperatorMembers.all
  }
}
