import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Data hypercleaning: training examples with learned weights, one sample.
///
///     g(x, θ) = (1/n) Σ_i σ(θ_i) CE(x a_i, label_i) + λ ‖x‖²,   σ(t) = 1/(1 + e^−t).
///
/// What a clean validation set says of x̂ tells which examples are corrupted: their weights fall. x as in
/// `LogisticRegression`. θ is one block, `logits` {n}, and starts at 0. x starts at 0.
///
/// μ = 2 λ, L = c ‖A‖² max σ/n + 2 λ with c = ¼ or ½. Column i of ∂²g/∂x∂θ is σ′(θ_i) ∇CE_i/n; its
/// bounds: `CrossEntropyTerm`. A gradient reads A once, a mixed product once more.
///
/// L. Franceschi et al., Forward and reverse gradient-based hyperparameter optimization, 2017, section
/// 5.1; settings: M. Dagréou, P. Ablin, S. Vaiter, T. Moreau, A framework for bilevel optimization that
/// enables stochastic and global variance reduction algorithms, 2022.
public struct Hypercleaning: LowerLevel {
  /// The arguments of `bl.energy.hypercleaning`.
  public struct Options: Sendable {
    /// One example per row.
    public var features: Tensor?
    /// −1 and 1, or 1 … C.
    public var labels: Tensor?
    /// C, where not every class has an example.
    public var classes: Int?
    /// λ > 0.
    public var ridge = 0.2
    /// Nothing given.
    public init() {}
  }

  private let given: Options
  private let data: CrossEntropyData
  private let shape: Shape

  /// The energy of the given examples; throws a misuse error where they do not fit.
  public init(_ options: Options) throws {
    let name = "bl.energy.hypercleaning"
    given = options
    data = try CrossEntropyData(features: options.features, labels: options.labels, of: name)
    shape = try data.shape(classes: options.classes, of: name)
  }

  /// 1: all examples make one energy.
  public var sampleCount: Int { 1 }
  /// That of the features.
  public var elementType: ElementType { data.features.elementType }
  /// `logits` {n}.
  public var layout: ParameterLayout { ParameterLayout([ParameterBlock("logits", [data.count])]) }
  /// 0: all weights are ½.
  public func initialParameters(_ random: RandomSource) -> Parameters { Parameters(zeros: layout) }
  /// 0.
  public func initialPoint(_ index: Int) -> Tensor { Tensor(zeros: shape, elementType) }

  /// Features and labels.
  public var dataTensors: [Tensor] { [given.features, given.labels].compactMap(\.self) }

  /// The weights and their derivatives.
  public func prepared(for theta: Parameters) -> any PreparedLowerLevel {
    Prepared(data: data, shape: shape, ridge: given.ridge, logits: theta.values)
  }

  /// The same in Float64, at an x that leaves no score far from 0.
  public func toy(_ random: RandomSource) throws -> (lower: any LowerLevel, x: Tensor) {
    var options = given
    options.features = options.features?.converted(to: .float64)
    return (try Hypercleaning(options), data.point(of: shape, random))
  }

  private final class Prepared: PreparedLowerLevel {
    let data: CrossEntropyData
    let shape: Shape
    let ridge: Double  // λ
    let weights: [Double]  // σ(θ_i)/n
    let slopes: [Double]  // σ′(θ_i)/n

    init(data: CrossEntropyData, shape: Shape, ridge: Double, logits: [Double]) {
      let count = Double(data.count)
      self.data = data
      self.shape = shape
      self.ridge = ridge
      weights = logits.map { 1 / (1 + exp(-$0)) / count }
      slopes = logits.map { 1 / (2 + exp($0) + exp(-$0)) / count }
    }

    func energy(_ index: Int, in workspace: Workspace, workers: Int) -> any Energy {
      EnergyCache.of(workspace).energy(of: self, for: shape) { Evaluator(self, workers: workers) }
    }
  }

  private final class Evaluator: Energy, SymmetricOperator {
    let shape: Shape
    let smoothness: Double
    let hessianLipschitz: Double
    let mixedLipschitz: Double
    private let ridge: Double  // λ
    private let slopes: [Double]  // σ′(θ_i)/n
    private let term: CrossEntropyTerm

    init(_ prepared: Prepared, workers: Int) {
      let data = prepared.data
      let constants = CrossEntropyConstants(prepared.shape)
      let scale = data.squaredNorm * (prepared.weights.max() ?? 0)
      let steepest = prepared.slopes.max() ?? 0
      shape = prepared.shape
      ridge = prepared.ridge
      slopes = prepared.slopes
      smoothness = constants.curvature * scale + 2 * prepared.ridge
      hessianLipschitz = constants.third * data.largestNorm * scale
      // Σ s_i t_i ⟨Δp_i, v a_i⟩ with ‖Δp_i‖ ≤ c ‖Δ‖ ‖a_i‖ and Σ ‖v a_i‖² ≤ ‖A‖² ‖v‖².
      mixedLipschitz =
        constants.curvature * steepest * data.largestNorm * data.squaredNorm.squareRoot()
      term = CrossEntropyTerm(data, shape: shape, weights: prepared.weights, workers: workers)
    }

    var elementType: ElementType { term.data.features.elementType }
    var parameterCount: Int { slopes.count }
    var strongConvexity: Double { 2 * ridge }

    func value(at x: Tensor) -> Double { term.value(at: x) + ridge * x.squaredNorm }

    func gradient(at x: Tensor, into gradient: inout Tensor) -> Double {
      gradient.setCombination(2 * ridge, x, 0, x)
      return term.addGradient(at: x, to: &gradient) + ridge * x.squaredNorm
    }

    func curvature(at x: Tensor) -> any SymmetricOperator {
      term.prepareCurvature(at: x)
      return self
    }

    func apply(_ v: Tensor, into product: inout Tensor) {
      product.setCombination(2 * ridge, v, 0, v)
      term.addHessianProduct(v, to: &product)
    }

    func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double]) {
      term.addSlopes(at: x, q, weights: slopes, to: &theta)
    }

    func mixedDirection(at x: Tensor, _ direction: [Double], into image: inout Tensor) {
      image.fill(with: 0)
      term.addGradient(at: x, weights: zip(slopes, direction).map { $0 * $1 }, to: &image)
    }

    func thirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor) {
      image.fill(with: 0)
      term.addThirdProduct(at: x, q, d, to: &image)
    }

    func addMixedVariation(
      at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double]
    ) { term.addBends(at: x, q, along: d, weights: slopes, to: &theta) }

    func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
      radius == 0 ? 0 : term.hessianVariationBound(q, radius: radius)
    }

    func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
      radius == 0 ? 0 : term.slopeVariationBound(q, weights: slopes, radius: radius)
    }

    func mixedNormBound(at x: Tensor, radius: Double) -> Double {
      term.slopeNormBound(at: x, weights: slopes, radius: radius)
    }
  }
}

extension Hypercleaning: Scriptable {
  /// `bl.energy.hypercleaning`.
  public static let declaration = Declaration(
    Hypercleaning.self, "hypercleaning",
    "Cross-entropy of training examples with learned weights, to find those that are corrupted.",
    details: """
      1/n sum of sigmoid(theta_i) times the cross-entropy of example i, plus ridge |x|^2; x and labels \
      as in bl.energy.logistic_regression. Learn theta with bl.loss.cross_entropy on clean examples.
      """,
    example: """
      bl.energy.hypercleaning { features = bl.randn {6, 2, seed = 1}, labels = \
      bl.tensor {1, 2, 3, 1, 2, 3} }
      """,
    source: "Franceschi et al. 2017, section 5.1; Dagréou et al. 2022"
  ) {
    Constructor(Options(), recorded: \Hypercleaning.given) {
      Field("features", \.features, .data, "{count, features}, an example per row", required: true)
      Field("labels", \.labels, .data, "{count}: -1 and 1, or 1 ... C", required: true)
      Field(
        "classes", \.classes, .optional(CrossEntropyData.classes),
        "C; the largest label when absent")
      Field("ridge", \.ridge, .positive, "lambda of lambda |x|^2, without a half")
    } build: {
      try Hypercleaning($0)
    }
  }
}
