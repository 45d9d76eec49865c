import Kernels
import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A x = line integrals of x along parallel rays, for computed tomography: {c, h, w} becomes
/// {c, angles, detectors}.
///
/// Ray k of angle θ is x cos θ + y sin θ = k − (detectors − 1)/2 in pixels, x right, y up, from the image's
/// centre; integrals by Joseph's method (1982), linear interpolation where a ray crosses the rows or
/// columns of pixels. The adjoint has the same weights. ‖A‖ by Collatz and Wielandt's bound, as no weight
/// is negative. `pinv` is filtered back projection. About 6 operations for each ray and row of pixels.
public struct RadonOperator: ForwardOperator {
  /// The arguments of `bl.operator.radon`.
  struct Options: Sendable {
    var angles = Angles.count(60)
    var detectors: Int?
    var size: [Int]?
  }

  /// How the angles are given.
  enum Angles: Sendable {
    case count(Int)
    case list([Double])
  }

  let options: Options
  private let angles: [Double]
  private let cache = PreparedOperatorCache()

  /// Rays or pixels of a side beyond which positions would be too coarse.
  private static let largestExtent = 16_384

  /// So many angles πi/n, with as many detectors as the image's diagonal has pixels.
  public init(angles count: Int) { self.init(Options(angles: .count(count))) }

  /// The given angles in radians.
  public init(angles: [Double], detectors: Int? = nil, size: (height: Int, width: Int)? = nil) {
    self.init(
      Options(
        angles: .list(angles), detectors: detectors, size: size.map { [$0.height, $0.width] }))
  }

  init(_ options: Options) {
    self.options = options
    switch options.angles {
    case .count(let count): angles = (0..<count).map { .pi * Double($0) / Double(count) }
    case .list(let list): angles = list
    }
    precondition(!angles.isEmpty, "There is an angle.")
  }

  /// The rays through images of one shape, {channels, height, width}.
  ///
  /// Throws a misuse error where the image has another size than the one asked for, or is too large.
  public func prepared(
    for domain: Shape, _ elementType: ElementType
  ) throws -> any PreparedOperator {
    let image = try domain.image(for: "radon")
    if let size = options.size, size != [image.height, image.width] {
      throw ScriptError(
        "bl.operator.radon: images must have the size {\(size[0]), \(size[1])}, got \(domain)")
    }
    guard max(image.height, image.width) <= Self.largestExtent else {
      throw ScriptError(
        "bl.operator.radon: images may have \(Self.largestExtent) pixels a side, got \(domain)")
    }
    return cache.prepared(for: domain, elementType) {
      let geometry = ProjectionGeometry(
        height: image.height, width: image.width, angles: angles,
        detectors: options.detectors ?? Self.detectors(image.height, image.width))
      return PreparedRadon(domain, elementType, geometry)
    }
  }

  /// So many as the diagonal has pixels.
  private static func detectors(_ height: Int, _ width: Int) -> Int {
    Int(hypot(Double(height), Double(width)).rounded(.up))
  }

  /// The size that was asked for, or the square image with so many detectors.
  public func domain(ofMeasurements codomain: Shape) throws -> Shape {
    guard codomain.rank == 3, codomain[1] == angles.count, codomain.count > 0,
      codomain[2] == options.detectors ?? codomain[2]
    else {
      let detectors = options.detectors.map { String($0) } ?? "detectors"
      throw ScriptError(
        "bl.operator.radon: measurements have the shape {channels, \(angles.count), \(detectors)}, "
          + "got \(codomain)")
    }
    if let size = options.size { return [codomain[0], size[0], size[1]] }
    let side = Int(Double(codomain[2]) / 2.0.squareRoot())
    for candidate in max(1, side - 1)...side + 1
    where options.detectors == nil && Self.detectors(candidate, candidate) == codomain[2] {
      return [codomain[0], candidate, candidate]
    }
    throw ScriptError(
      "bl.operator.radon: the size of the image cannot be told from measurements \(codomain); give "
        + "'size'")
  }

  /// The size that was asked for.
  public var onlyDomain: Shape? { options.size.map { [1, $0[0], $0[1]] } }
}

/// The rays through images of one shape.
private struct PreparedRadon: PreparedOperator {
  let domain: Shape
  let elementType: ElementType
  let normBound: Double
  private let geometry: ProjectionGeometry

  init(_ domain: Shape, _ elementType: ElementType, _ geometry: ProjectionGeometry) {
    self.domain = domain
    self.elementType = elementType
    self.geometry = geometry
    let plane = Self(plane: [1, domain[1], domain[2]], geometry)
    // Float32 rounds weights and sums.
    normBound = CollatzWielandtBound.norm(of: plane) * (1 + 16 * elementType.unitRoundoff)
  }

  /// Without a bound, in Float64.
  private init(plane: Shape, _ geometry: ProjectionGeometry) {
    domain = plane
    elementType = .float64
    normBound = .infinity
    self.geometry = geometry
  }

  var codomain: Shape { [domain[0], geometry.angles.count, geometry.detectors] }
  var normalLowerBound: Double { 0 }

  func application(workers: Int) -> any OperatorApplication {
    Application(geometry, channels: domain[0], elementType)
  }

  /// Filtered back projection: each view convolved with the band-limited ramp (Ramachandran and
  /// Lakshminarayanan 1971), then A*, each view weighted by the angle that it stands for.
  func pseudoInverse(of measurement: Tensor) -> Tensor? {
    let (views, detectors) = (geometry.angles.count, geometry.detectors)
    let kernel = (0..<2 * detectors - 1).map { Self.ramp($0 - (detectors - 1)) }
    let filter = FourierConvolution(
      height: views, width: detectors, rows: 1, columns: kernel.count, kernel: kernel,
      boundary: .zero, singlePrecision: elementType == .float32)
    var filtered = Tensor(zeros: codomain, elementType)
    let bytes = views * detectors * elementType.byteCount
    filtered.withMutableBytes { target in
      measurement.withBytes { source in
        for channel in 0..<domain[0] {
          filter.apply(source + channel * bytes, into: target + channel * bytes)
        }
      }
    }
    filtered.setProduct(weights, Tensor(reshaping: filtered, to: filtered.shape))
    return applyAdjoint(filtered)
  }

  /// The ramp filter |ω|/2π, |ω| ≤ π, at a whole number.
  private static func ramp(_ n: Int) -> Double {
    if n == 0 { return 0.25 }
    return n % 2 == 0 ? 0 : -1 / (.pi * .pi * Double(n * n))
  }

  /// For each view half the angle between its neighbours, modulo π.
  private var weights: Tensor {
    let turn = geometry.angles.map { angle in
      let rest = angle.truncatingRemainder(dividingBy: .pi)
      return rest < 0 ? rest + .pi : rest
    }
    let order = turn.indices.sorted { (turn[$0], $0) < (turn[$1], $1) }
    var shares = turn
    for (place, index) in order.enumerated() {
      let before = place > 0 ? turn[order[place - 1]] : turn[order[order.count - 1]] - .pi
      let after = place + 1 < order.count ? turn[order[place + 1]] : turn[order[0]] + .pi
      shares[index] = 0.5 * (after - before)
    }
    let elements = (0..<codomain.count).map { i in
      shares[i / geometry.detectors % geometry.angles.count]
    }
    return Tensor(elements, shape: codomain, elementType)
  }

  private final class Application: OperatorApplication {
    private let projection: ParallelProjection
    private let channels: Int
    private let imageBytes: Int
    private let measurementBytes: Int
    private var between: Tensor

    init(_ geometry: ProjectionGeometry, channels: Int, _ elementType: ElementType) {
      projection = ParallelProjection(geometry, singlePrecision: elementType == .float32)
      self.channels = channels
      let size = elementType.byteCount
      imageBytes = geometry.height * geometry.width * size
      measurementBytes = geometry.angles.count * geometry.detectors * size
      between = Tensor(
        zeros: [channels, geometry.angles.count, geometry.detectors], elementType)
    }

    func apply(_ image: Tensor, into measurement: inout Tensor) {
      measurement.withMutableBytes { y in
        image.withBytes { x in
          for channel in 0..<channels {
            projection.apply(x + channel * imageBytes, into: y + channel * measurementBytes)
          }
        }
      }
    }

    func applyAdjoint(_ measurement: Tensor, into image: inout Tensor) {
      image.withMutableBytes { x in
        measurement.withBytes { y in
          for channel in 0..<channels {
            projection.applyAdjoint(y + channel * measurementBytes, into: x + channel * imageBytes)
          }
        }
      }
    }

    func applyNormal(_ image: Tensor, into product: inout Tensor) {
      apply(image, into: &between)
      applyAdjoint(between, into: &product)
    }
  }
}

extension RadonOperator: Scriptable {
  private static let largestCount = 10_000

  private static let anglesKind = Kind<Angles>.either(
    Kind<Int>.integer(atLeast: 1, atMost: largestCount).map(
      Angles.count, back: { if case .count(let n) = $0 { n } else { 0 } }),
    Kind<[Double]>.list(of: .number(atLeast: -1e6, atMost: 1e6), count: 1...largestCount).map(
      Angles.list, back: { if case .list(let list) = $0 { list } else { [] } }),
    write: { angles in
      switch angles {
      case .count(let count): .integer(count)
      case .list(let list): .list(list.map { .number($0) })
      }
    })

  /// The script face of tomography.
  public static let declaration = Declaration(
    RadonOperator.self, "radon", "Line integrals along parallel rays, for tomography.",
    details: """
      {channels, height, width} becomes {channels, angles, detectors}; detectors are a pixel apart. \
      The norm is far from 1: weigh the fidelity by 1 / A:norm(shape)^2 to compare with denoising. \
      A:pinv(y) is filtered back projection.
      """,
    example: "local A = bl.operator.radon { angles = 60 }", source: "Joseph 1982"
  ) {
    Constructor(Options(), recorded: \.options) {
      Field(
        "angles", \.angles, anglesKind, "how many, equally spaced over half a turn, or the list",
        unit: "radians")
      Field(
        "detectors", \.detectors, .optional(.integer(atLeast: 1, atMost: largestExtent)),
        "rays of an angle; as many as the diagonal has pixels when absent")
      Field(
        "size", \.size,
        .optional(.list(of: .integer(atLeast: 1, atMost: largestExtent), count: 2...2)),
        "{height, width} of the images, needed for adjoint and pinv unless they are square and "
          + "'detectors' is absent")
    } build: {
      RadonOperator($0)
    }
    OperatorMembers.all
  }
}
