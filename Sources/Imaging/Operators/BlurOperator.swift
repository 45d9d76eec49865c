import Kernels
import Script
import Tensors

/// A x = k * x in every channel, for deblurring: the convolution with a point-spread function k,
/// (k * x)[i, j] = Σ k[a, b] x[i + c − a, j + d − b] with the centre (c, d) = (rows/2, columns/2).
///
/// The result has the size of the image, which `boundary` continues beyond its border. The kernel is
/// given, or a normal density of `sigma` pixels. Whatever is fastest is used: directly 2 operations a tap
/// and pixel, a normal density by rows and by columns; large kernels by Fourier transforms.
/// ‖A‖ ≤ sup |k̂| for zeros outside (a part of the convolution of infinite images), max |k̂| on the
/// image's own frequencies where it is periodic, with min |k̂|² ≤ A*A; mirrored images by Collatz and
/// Wielandt's bound of |k|. As images of any extents fit, only the rank of a shape can be wrong.
public struct BlurOperator: ForwardOperator {
  /// The arguments of `bl.operator.blur`.
  struct Options: Sendable {
    var kernel: Tensor?
    var sigma: Double?
    var size: Int?
    var boundary = Boundary.reflect
    var learnable = false
    var constraint = Constraint.simplex
  }

  /// What learned kernels must be.
  public enum Constraint: String, Sendable, CaseIterable {
    /// Anything.
    case none
    /// Nonnegative, with the sum 1.
    case simplex
  }

  let options: Options
  let kernel: BlurKernel
  private let cache = PreparedOperatorCache()

  /// Convolution with the given kernel, {rows, columns}.
  ///
  /// Throws a misuse error where it has another rank, or an entry that is not finite, or only zeros.
  public init(kernel: Tensor, boundary: Boundary = .reflect) throws {
    try self.init(Options(kernel: kernel, boundary: boundary))
  }

  /// Convolution with a normal density of standard deviation `sigma` > 0 pixels.
  public init(sigma: Double, boundary: Boundary = .reflect) throws {
    try self.init(Options(sigma: sigma, boundary: boundary))
  }

  init(_ options: Options) throws {
    self.options = options
    switch (options.kernel, options.sigma) {
    case (let kernel?, nil):
      try Self.check(kernel, options)
      self.kernel = BlurKernel(
        rows: kernel.shape[0], columns: kernel.shape[1], entries: kernel.elements)
    case (nil, let sigma?):
      self.kernel = BlurKernel(sigma: sigma, size: options.size ?? BlurKernel.size(sigma: sigma))
    default:
      throw ScriptError(
        "bl.operator.blur: give 'kernel' (a tensor), or 'sigma' with or without 'kernel' = \"gaussian\""
      )
    }
  }

  private static func check(_ kernel: Tensor, _ options: Options) throws {
    guard kernel.shape.rank == 2, kernel.count > 0 else {
      throw ScriptError(
        "bl.operator.blur: 'kernel' must have the shape {rows, columns}, got \(kernel.shape)")
    }
    guard max(kernel.shape[0], kernel.shape[1]) <= largestExtent else {
      throw ScriptError(
        "bl.operator.blur: 'kernel' may have \(largestExtent) rows and columns, got \(kernel.shape)"
      )
    }
    guard kernel.norm.isFinite, kernel.norm > 0 else {
      throw ScriptError("bl.operator.blur: 'kernel' must be finite and not zero")
    }
    guard options.size == nil else {
      throw ScriptError("bl.operator.blur: 'size' belongs to 'sigma'; a tensor has its own extents")
    }
  }

  /// How images go on beyond their border.
  public var boundary: Boundary { options.boundary }
  /// Whether the kernel is learned.
  public var isLearnable: Bool { options.learnable }
  /// What learned kernels must be.
  public var constraint: Constraint { options.constraint }
  /// Rows of the kernel.
  public var kernelRows: Int { kernel.rows }
  /// Columns of the kernel.
  public var kernelColumns: Int { kernel.columns }
  /// The kernel, row by row.
  public var kernelEntries: [Double] { kernel.entries }

  /// What rounding may leave of the sum of a kernel.
  private static let sumTolerance = 1e-6

  /// Throws where a learned kernel would not start as it must be.
  func checkStart() throws {
    guard isLearnable, constraint == .simplex else { return }
    let sum = kernelEntries.reduce(0, +)
    guard abs(sum - 1) > Self.sumTolerance || kernelEntries.contains(where: { $0 < 0 }) else {
      return
    }
    let least = kernelEntries.min() ?? 0
    throw ScriptError(
      "bl.operator.blur: a learned 'kernel' must be nonnegative and of sum 1, got the sum \(sum) and the "
        + "least entry \(least); divide it by its sum, or give constraint = \"none\"")
  }

  /// The same blur, with a kernel that is learned.
  public func learnable(_ constraint: Constraint = .simplex) throws -> BlurOperator {
    var options = options
    options.learnable = true
    options.constraint = constraint
    return try BlurOperator(options)
  }

  /// The convolution with another kernel of the same extents.
  public func prepared(
    kernel entries: [Double], _ domain: Shape, _ elementType: ElementType
  ) throws -> any PreparedOperator {
    _ = try domain.image(for: "blur")
    let kernel = BlurKernel(rows: kernelRows, columns: kernelColumns, entries: entries)
    return PreparedBlur(domain, elementType, kernel, boundary)
  }

  /// Rows or columns of a kernel.
  static let largestExtent = 2049
  /// σ whose default extent is that.
  static let largestSigma = 256.0

  /// The convolution of images of one shape.
  public func prepared(
    for domain: Shape, _ elementType: ElementType
  ) throws -> any PreparedOperator {
    _ = try domain.image(for: "blur")
    return cache.prepared(for: domain, elementType) {
      PreparedBlur(domain, elementType, kernel, options.boundary)
    }
  }

  /// The same shape.
  public func domain(ofMeasurements codomain: Shape) -> Shape { codomain }

  /// With zeros outside, sup |k̂| bounds the norm for images of every extent.
  public var normDomain: Shape? { options.boundary == .zero ? [1, 1, 1] : nil }
}

/// The convolution of images of one shape.
struct PreparedBlur: PreparedOperator {
  let domain: Shape
  let elementType: ElementType
  let kernel: BlurKernel
  let boundary: Boundary
  let normBound: Double
  let normalLowerBound: Double

  init(
    _ domain: Shape, _ elementType: ElementType, _ kernel: BlurKernel, _ boundary: Boundary
  ) {
    self.domain = domain
    self.elementType = elementType
    self.kernel = kernel
    self.boundary = boundary
    // What rounding the kernel to the element type may change, and what it does in the sums here.
    let margin = 4 * elementType.unitRoundoff * kernel.sumOfSizes + 1e-13 * kernel.sumOfSizes
    switch boundary {
    case .zero:
      normBound = kernel.symbolBound + margin
      normalLowerBound = 0
    case .periodic:
      let sizes = kernel.symbolSizes(height: domain[1], width: domain[2])
      normBound = sizes.largest + margin
      let least = max(sizes.least - margin, 0)
      normalLowerBound = least * least
    case .reflect:
      let sizes = Self(
        plane: [1, domain[1], domain[2]], kernel: kernel.magnitude, boundary: boundary)
      normBound = CollatzWielandtBound.norm(of: sizes) + 2 * margin
      normalLowerBound = 0
    }
  }

  /// Without bounds, in Float64.
  private init(plane: Shape, kernel: BlurKernel, boundary: Boundary) {
    domain = plane
    elementType = .float64
    self.kernel = kernel
    self.boundary = boundary
    normBound = .infinity
    normalLowerBound = 0
  }

  var codomain: Shape { domain }

  func application(workers: Int) -> any OperatorApplication { BlurApplication(self) }
}

extension BlurOperator: Scriptable {
  private static let kernelWords = "\"gaussian\" or a tensor {rows, columns}"

  /// "gaussian", which needs 'sigma', or a tensor.
  private static let kernelKind = Kind<Tensor?>(
    kernelWords, type: .either(Tensor.scriptType, .string),
    read: { value in
      switch value {
      case .none, .string("gaussian"): return nil
      case .object(let object):
        if let kernel = object.content as? Tensor { return kernel }
      default: break
      }
      throw Mismatch(expected: kernelWords, got: value)
    },
    write: { $0?.scriptValue ?? .none })

  /// The script face of blurs.
  public static let declaration = Declaration(
    BlurOperator.self, "blur", "Convolution with a point-spread function, for deblurring.",
    details: """
      The kernel's centre is the entry at rows/2 + 1, columns/2 + 1 (rounded down). Beyond the border \
      the image is mirrored, repeated, or zero.
      """,
    example: "local A = bl.operator.blur { kernel = \"gaussian\", sigma = 1.5 }"
  ) {
    Constructor(Options(), recorded: \.options) {
      Field("kernel", \.kernel, kernelKind, "the point-spread function")
      Field(
        "sigma", \.sigma, .optional(.number(atLeast: 0.05, atMost: largestSigma)),
        "standard deviation of a normal density", unit: "pixels")
      Field(
        "size", \.size,
        .optional(
          Kind<Int>.integer(atLeast: 1, atMost: largestExtent).restricted(
            to: "an odd integer from 1 to \(largestExtent)"
          ) { $0 % 2 == 1 }),
        "its extent; up to 4 sigma on either side when absent", unit: "pixels")
      Field("boundary", \.boundary, .choice, "how the image goes on beyond its border")
      Field(
        "learnable", \.learnable, "whether the kernel is a block of theta, which starts as given")
      Field("constraint", \.constraint, .choice, "what a learned kernel must be")
    } build: { options in
      let blur = try BlurOperator(options)
      try blur.checkStart()
      return blur
    }
    Method(
      "describe", "The block of theta that a learned kernel is.", returns: "a text"
    ) { blur in
      guard blur.isLearnable else { return "nothing is learned: 'learnable' is false" }
      let size = "kernel {\(blur.kernelRows), \(blur.kernelColumns)}"
      return size + (blur.constraint == .simplex ? ", nonnegative, of sum 1" : "")
    }
    OperatorMembers.all
  }
}
