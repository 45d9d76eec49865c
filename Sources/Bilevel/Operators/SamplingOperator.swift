import Imaging
import Kernels
import Script
import Tensors

/// Learned samples of the Fourier transform: A_θ x = S F x and T_θ y = S y with S = diag(θ), 0 ≤ θ ≤ 1, so
/// that the energy is ½ ‖S (F x − y)‖² + R(x; θ), for fully measured y, and weights enter it as S².
///
/// θ is one block, `sampling`: a weight for each frequency, {height, width}, or for each line of them,
/// {height}; zero frequency first, unitary F. Projection is onto [0, 1]. A weight that comes to 0 is a
/// frequency that need not be measured. On real images ‖A‖² and the least eigenvalue are the extremes of
/// (S(k)² + S(−k)²)/2; ‖A′[d]‖ ≤ max |d|. Images of another size are a misuse error.
///
/// Source: F. Sherry, M. Benning, J. C. De los Reyes, M. J. Graves, G. Maierhofer, G. Williams,
/// C.-B. Schönlieb, M. J. Ehrhardt, "Learning the sampling pattern for MRI", 2020.
public struct SamplingOperator: LearnableOperator, Hashable {
  /// What has a weight of its own.
  public enum Weights: String, Sendable, CaseIterable {
    /// Each line of frequencies along the second axis.
    case lines
    /// Each frequency.
    case entries
  }

  /// Rows of the images.
  public var height: Int
  /// Columns of the images.
  public var width: Int
  /// What has a weight.
  public var weights: Weights
  /// The initial weight of all, in [0, 1].
  public var initial: Double

  /// Samples of images of the given size.
  public init(height: Int, width: Int, weights: Weights = .lines, initial: Double = 0.5) {
    precondition(height > 0 && width > 0, "Extents are positive.")
    precondition(initial >= 0 && initial <= 1, "Weights lie in [0, 1].")
    self.height = height
    self.width = width
    self.weights = weights
    self.initial = initial
  }

  /// `sampling` {height} or {height, width}.
  public var layout: ParameterLayout {
    ParameterLayout([
      ParameterBlock("sampling", weights == .lines ? [height] : [height, width])
    ])
  }

  /// `initial` everywhere; nothing is random.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    Parameters(Array(repeating: initial, count: layout.count), layout: layout)
  }

  /// Onto [0, 1].
  public func project(_ theta: inout Parameters) {
    for i in theta.values.indices { theta.values[i] = min(max(theta.values[i], 0), 1) }
  }

  /// S F on images of one shape.
  public func prepared(
    for theta: Parameters, on domain: Shape, _ elementType: ElementType
  ) throws -> any PreparedLearnableOperator {
    guard domain.rank == 3, domain[1] == height, domain[2] == width, domain[0] > 0 else {
      throw ScriptError(
        "bl.operator.sampling: images must have the size {\(height), \(width)}, got \(domain)")
    }
    let repeats = weights == .lines ? width : 1
    let all = theta.values.flatMap { Array(repeating: $0, count: repeats) }
    return PreparedSampling(
      transform: PreparedFourier(domain, elementType, weights: all),
      weights: theta.values, columns: repeats)
  }

  /// At the initial weights.
  public func prepared(for domain: Shape, _ elementType: ElementType) throws
    -> any PreparedOperator
  {
    try prepared(
      for: initialParameters(RandomSource(seed: 0)), on: domain, elementType)
  }

  /// Half the channels.
  public func domain(ofMeasurements codomain: Shape) throws -> Shape {
    try FourierOperator().domain(ofMeasurements: codomain)
  }

  /// One channel of the size.
  public var onlyDomain: Shape? { [1, height, width] }
}

/// S F and S at one θ.
private struct PreparedSampling: PreparedLearnableOperator {
  let transform: PreparedFourier
  let weights: [Double]
  let columns: Int  // frequencies that share a weight

  var domain: Shape { transform.domain }
  var codomain: Shape { transform.codomain }
  var elementType: ElementType { transform.elementType }
  var normBound: Double { transform.normBound }
  var normalLowerBound: Double { transform.normalLowerBound }
  var parameterCount: Int { weights.count }
  var derivativeBound: Double { 1 }
  var keepsObservations: Bool { false }

  func learnableApplication(workers: Int) -> any LearnableApplication {
    SamplingApplication(self)
  }

  func pseudoInverse(of measurement: Tensor) -> Tensor? {
    transform.pseudoInverse(of: measurement)
  }
}

private final class SamplingApplication: LearnableApplication {
  private let weighted: any OperatorApplication
  private let full: any OperatorApplication  // F
  private let rows: WeightedRows
  private let weights: [Double]
  private let planes: Int
  private let bytes: Int  // of a plane of frequencies
  private var spectrum: Tensor
  private var product: Tensor

  init(_ prepared: PreparedSampling) {
    let (domain, type) = (prepared.domain, prepared.elementType)
    let ones = Array(repeating: 1.0, count: domain[1] * domain[2])
    weighted = prepared.transform.application(workers: 1)
    full = PreparedFourier(domain, type, weights: ones).application(workers: 1)
    weights = prepared.weights
    rows = WeightedRows(
      rows: weights.count, columns: prepared.columns, singlePrecision: type == .float32)
    planes = prepared.codomain[0]
    bytes = domain[1] * domain[2] * type.byteCount
    spectrum = Tensor(zeros: prepared.codomain, type)
    product = spectrum
  }

  func apply(_ image: Tensor, into measurement: inout Tensor) {
    weighted.apply(image, into: &measurement)
  }
  func applyAdjoint(_ measurement: Tensor, into image: inout Tensor) {
    weighted.applyAdjoint(measurement, into: &image)
  }
  func applyNormal(_ image: Tensor, into product: inout Tensor) {
    weighted.applyNormal(image, into: &product)
  }

  func weigh(_ observed: Tensor, into weighed: inout Tensor) {
    scale(observed, by: weights, into: &weighed)
  }

  func addParameterProduct(
    _ x: Tensor, _ u: Tensor, times factor: Double, to theta: inout [Double]
  ) {
    full.apply(x, into: &spectrum)
    addProducts(spectrum, u, factor, &theta)
  }

  func addObservationProduct(
    _ y: Tensor, _ u: Tensor, times factor: Double, to theta: inout [Double]
  ) {
    addProducts(y, u, factor, &theta)
  }

  func derivative(_ x: Tensor, along direction: [Double], into measurement: inout Tensor) {
    full.apply(x, into: &spectrum)
    scale(spectrum, by: direction, into: &measurement)
  }

  func derivativeAdjoint(_ u: Tensor, along direction: [Double], into image: inout Tensor) {
    scale(u, by: direction, into: &product)
    full.applyAdjoint(product, into: &image)
  }

  func observationDerivative(
    _ y: Tensor, along direction: [Double], into measurement: inout Tensor
  ) {
    scale(y, by: direction, into: &measurement)
  }

  /// ‖d ⊙ (F x − y)‖ ≤ max |d| ‖F x − y‖.
  func residualBound(_ x: Tensor, _ y: Tensor, derivativeBound: Double) -> Double {
    full.apply(x, into: &spectrum)
    return spectrum.squaredDistance(to: y).squareRoot()
  }

  private func scale(_ x: Tensor, by weights: [Double], into result: inout Tensor) {
    weights.withUnsafeBufferPointer { weights in
      guard let start = weights.baseAddress else { return }
      result.withMutableBytes { target in
        x.withBytes { source in
          for plane in 0..<planes {
            rows.apply(start, source + plane * bytes, into: target + plane * bytes)
          }
        }
      }
    }
  }

  private func addProducts(
    _ x: Tensor, _ u: Tensor, _ factor: Double, _ theta: inout [Double]
  ) {
    theta.withUnsafeMutableBufferPointer { theta in
      guard let sums = theta.baseAddress else { return }
      x.withBytes { x in
        u.withBytes { u in
          for plane in 0..<planes {
            rows.addProducts(x + plane * bytes, u + plane * bytes, times: factor, to: sums)
          }
        }
      }
    }
  }
}

extension SamplingOperator: Scriptable {
  private struct Options {
    var size: [Int] = []
    var weights = Weights.lines
    var initial = 0.5
  }
  private var options: Options {
    Options(size: [height, width], weights: weights, initial: initial)
  }

  private static let largestExtent = 16_384

  /// The script face of learned samples.
  public static let declaration = Declaration(
    SamplingOperator.self, "sampling", "Learned samples of the Fourier transform.",
    details: """
      The energy's data term is 1/2 |S (F x - y)|^2 with fully measured y (observe them through \
      bl.operator.fourier()) and weights S in [0, 1], the block 'sampling' of theta. As a fixed operator \
      it is S F at the initial weights. bl.penalty.sampling makes weights 0 or 1.
      """,
    example: "local A = bl.operator.sampling { size = {64, 64}, weights = \"lines\" }",
    source: "Sherry et al. 2020"
  ) {
    Constructor(Options(), recorded: \.options) {
      Field(
        "size", \.size, .list(of: .integer(atLeast: 1, atMost: largestExtent), count: 2...2),
        "{height, width} of the images", required: true)
      Field("weights", \.weights, .choice, "what has a weight of its own")
      Field("initial", \.initial, .number(atLeast: 0, atMost: 1), "the weight of all at first")
    } build: { options in
      SamplingOperator(
        height: options.size[0], width: options.size[1], weights: options.weights,
        initial: options.initial)
    }
    LearnableMembers.shared
    OperatorMembers.all
  }
}

/// What learnable operators answer in scripts, besides what all operators do.
enum LearnableMembers {
  /// `A:describe()`.
  static var shared: [Member] {
    Member.shared(by: (any LearnableOperator).self) {
      Method(
        "describe", "The blocks of theta: name, shape, transform, count.", returns: "a text"
      ) { $0.layout.description }
    }
  }
}
