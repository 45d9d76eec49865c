import Script
import Tensors

/// The quadratic lower level g(x, θ) = ½ ‖A x + B θ − b‖², one sample, whose solution is known:
/// x̂ = (AᵀA)⁻¹ Aᵀ(b − B θ).
///
/// A is rows × n with independent columns, B rows × p. H = AᵀA and AᵀB are formed once, so a gradient or
/// a Hessian product costs n² multiply-adds. μ and L are the extreme eigenvalues of H, to rounding;
/// all third derivatives vanish. θ is one block, `theta` {p}, and starts at 0.
///
/// M. S. Salehi, S. Mukherjee, L. Roberts, M. J. Ehrhardt, "An adaptively inexact first-order method
/// for bilevel optimization with application to hyperparameter learning", 2025, section 4.1, where g
/// has no factor ½; that changes neither x̂ nor accuracies, nor what they cost.
public struct Quadratic: LowerLevel {
  /// The arguments of `bl.energy.quadratic`.
  public struct Options: Sendable {
    /// A.
    public var matrix: Tensor?
    /// B.
    public var parameterMatrix: Tensor?
    /// b.
    public var target: Tensor?
    /// Where x starts; 0 when nil.
    public var start: Tensor?
    /// Nothing given.
    public init() {}
  }

  /// Element type of A, and so of x.
  public let elementType: ElementType
  private let given: Options
  private let hessian: DenseMap  // H = AᵀA, n × n
  private let mixed: DenseMap  // AᵀB, n × p
  private let force: [Double]  // Aᵀb
  private let start: Tensor
  private let strongConvexity: Double
  private let smoothness: Double
  private let mixedNorm: Double  // ‖AᵀB‖

  /// The energy of the given matrices.
  ///
  /// Throws a misuse error where shapes do not fit, an element is not finite, or the columns of A are
  /// not independent.
  public init(_ options: Options) throws {
    let name = "bl.energy.quadratic"
    let matrix = try options.matrix.required("matrix", of: name, axes: ["rows", "n"])
    let parameterMatrix = try options.parameterMatrix.required(
      "parameter_matrix", of: name, axes: ["rows", "p"], [matrix.shape[0], nil])
    let target = try options.target.required(
      "target", of: name, axes: ["rows"], [matrix.shape[0]])
    let count = matrix.shape[1]
    let start = try options.start.map {
      try Tensor?.some($0).required("start", of: name, axes: ["n"], [count])
    }

    given = options
    elementType = matrix.elementType
    let wide = matrix.converted(to: .float64)
    let transposed = wide.transposed()
    let gram = try GramSpectrum.gram(of: matrix)
    let spectrum = GramSpectrum(
      gram: gram, count: count, rows: matrix.shape[0],
      roundoff: elementType == .float64 ? 0 : elementType.unitRoundoff)
    guard spectrum.smallest > 0 else {
      throw ScriptError(
        "\(name): the columns of 'matrix' must be independent (the smallest eigenvalue of its Gram "
          + "matrix is not above \(Float(spectrum.smallest)))")
    }
    strongConvexity = spectrum.smallest
    smoothness = spectrum.largest
    let product = try transposed.multiplied(by: parameterMatrix.converted(to: .float64))
    mixedNorm = try GramSpectrum.largest(of: product).squareRoot()
    hessian = DenseMap(Tensor(gram, shape: [count, count], elementType))
    mixed = DenseMap(product.converted(to: elementType))
    force = try transposed.multiplied(by: target.converted(to: .float64)).elements
    self.start = start?.converted(to: elementType) ?? Tensor(zeros: [count], elementType)
  }

  /// 1.
  public var sampleCount: Int { 1 }
  /// `theta` {p}.
  public var layout: ParameterLayout {
    ParameterLayout([ParameterBlock("theta", [mixed.columns])])
  }
  /// 0; nothing is random.
  public func initialParameters(_ random: RandomSource) -> Parameters { Parameters(zeros: layout) }
  /// The given start, or 0.
  public func initialPoint(_ index: Int) -> Tensor { start }

  /// A, B, b and the start.
  public var dataTensors: [Tensor] {
    [given.matrix, given.parameterMatrix, given.target, given.start].compactMap(\.self)
  }

  /// Aᵀ(b − Bθ) and ½ ‖b − Bθ‖²: rows × p operations.
  public func prepared(for theta: Parameters) throws -> any PreparedLowerLevel {
    guard let parameterMatrix = given.parameterMatrix, let target = given.target else {
      preconditionFailure("A quadratic was made of all of its parts.")
    }
    let coordinates = Tensor(theta.values, shape: [theta.values.count])
    var residual = target.converted(to: .float64)
    residual.add(
      try parameterMatrix.converted(to: .float64).multiplied(by: coordinates), times: -1)
    let shift = try mixed.matrix.converted(to: .float64).multiplied(by: coordinates)
    let linear = zip(force, shift.elements).map { $0 - $1 }
    let constant = residual.squaredNorm / 2
    guard constant.isFinite, linear.allSatisfy(\.isFinite) else {
      throw ScriptError(
        "bl.energy.quadratic: the parameters are so large that the energy overflows")
    }
    return Prepared(self, Tensor(linear, shape: start.shape, elementType), constant)
  }

  /// The same in Float64, at random x.
  public func toy(_ random: RandomSource) throws -> (lower: any LowerLevel, x: Tensor) {
    var (random, options) = (random, given)
    options.matrix = options.matrix?.converted(to: .float64)
    return (try Quadratic(options), EnergyLaws.normal(start.shape, &random))
  }

  private final class Prepared: PreparedLowerLevel {
    let lower: Quadratic
    let linear: Tensor  // Aᵀ(b − Bθ)
    let constant: Double  // ½ ‖b − Bθ‖²

    init(_ lower: Quadratic, _ linear: Tensor, _ constant: Double) {
      self.lower = lower
      self.linear = linear
      self.constant = constant
    }

    func energy(_ index: Int, in workspace: Workspace, workers: Int) -> any Energy {
      EnergyCache.of(workspace).energy(of: self, for: lower.start.shape) { Evaluator(self) }
    }
  }

  /// g(x) = ½⟨x, Hx⟩ − ⟨x, c⟩ + ½ ‖b − Bθ‖² with c = Aᵀ(b − Bθ).
  private final class Evaluator: Energy, SymmetricOperator {
    private let lower: Quadratic
    private let linear: Tensor  // c
    private let constant: Double
    private var product: Tensor  // Hx, for values alone
    private var coordinates: Tensor  // a direction in θ, or what becomes one

    init(_ prepared: Prepared) {
      lower = prepared.lower
      linear = prepared.linear
      constant = prepared.constant
      product = Tensor(zeros: lower.start.shape, lower.elementType)
      coordinates = Tensor(zeros: [lower.mixed.columns], lower.elementType)
    }

    var shape: Shape { linear.shape }
    var elementType: ElementType { linear.elementType }
    var parameterCount: Int { coordinates.count }
    var strongConvexity: Double { lower.strongConvexity }
    var smoothness: Double { lower.smoothness }
    var hessianLipschitz: Double { 0 }
    var mixedLipschitz: Double { 0 }

    func value(at x: Tensor) -> Double {
      lower.hessian.apply(x, into: &product)
      return 0.5 * x.dot(product) - x.dot(linear) + constant
    }

    func gradient(at x: Tensor, into gradient: inout Tensor) -> Double {
      lower.hessian.apply(x, into: &gradient)
      gradient.add(linear, times: -1)
      return 0.5 * (x.dot(gradient) - x.dot(linear)) + constant
    }

    func curvature(at x: Tensor) -> any SymmetricOperator { self }

    func apply(_ v: Tensor, into product: inout Tensor) { lower.hessian.apply(v, into: &product) }

    func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double]) {
      coordinates.fill(with: 0)
      lower.mixed.addAdjoint(q, to: &coordinates)
      for i in theta.indices { theta[i] += coordinates[flat: i] }
    }

    func mixedDirection(at x: Tensor, _ direction: [Double], into image: inout Tensor) {
      for i in direction.indices { coordinates[flat: i] = direction[i] }
      lower.mixed.apply(coordinates, into: &image)
    }

    func thirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor) {
      image.fill(with: 0)
    }

    func addMixedVariation(
      at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double]
    ) {}

    func mixedNormBound(at x: Tensor, radius: Double) -> Double { lower.mixedNorm }
  }
}

extension Quadratic: Scriptable {
  /// `bl.energy.quadratic`.
  public static let declaration = Declaration(
    Quadratic.self, "quadratic",
    "g(x, theta) = 1/2 |matrix x + parameter_matrix theta - target|^2, with a known solution.",
    details: """
      One sample; x has n coordinates, theta one block 'theta' of p. With bl.loss.least_squares the \
      whole problem has a closed form: the test of methods that is not an image.
      """,
    example: """
      bl.energy.quadratic { matrix = bl.rand {9, 2, seed = 1}, parameter_matrix = \
      bl.rand {9, 3, seed = 2}, target = bl.ones {9} }
      """,
    source: "Salehi, Mukherjee, Roberts & Ehrhardt 2025, section 4.1"
  ) {
    Constructor(Options(), recorded: \Quadratic.given) {
      Field("matrix", \.matrix, .data, "{rows, n}, with independent columns", required: true)
      Field("parameter_matrix", \.parameterMatrix, .data, "{rows, p}", required: true)
      Field("target", \.target, .data, "{rows}", required: true)
      Field("start", \.start, .data, "where x starts, {n}; 0 when absent")
    } build: {
      try Quadratic($0)
    }
  }
}
