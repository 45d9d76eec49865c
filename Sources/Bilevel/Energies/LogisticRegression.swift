import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Logistic regression with learned ridge weights, one sample.
///
///     g(x, θ) = (1/n) Σ_i CE(x a_i, label_i) + ½ Σ_g e^{θ_g} ‖x_g‖².
///
/// With labels −1 and 1, x has the shape {features} and CE = log(1 + exp(−label ⟨x, a⟩)); with labels
/// 1 … C it is {C, features} and CE the multinomial cross-entropy. The groups g are single coordinates,
/// classes, or all of x. x starts at 0.
///
/// μ = min e^{θ_g} and L = c ‖A‖²/n + max e^{θ_g} with c = ¼ (two classes, one score) or ½: a gradient
/// Lipschitz constant is a bound, μ is not derived from it (some published code takes L − 10⁻³ for μ,
/// which certifies nothing). Third derivatives and their bounds: `CrossEntropyTerm`. A gradient reads A
/// once, with 4 n · features multiply-adds for each score.
///
/// F. Pedregosa, Hyperparameter optimization with approximate gradient, 2016, section 5; Salehi,
/// Mukherjee, Roberts & Ehrhardt 2025, section 4.2.
public struct LogisticRegression: LowerLevel {
  /// Which elements of x share a weight.
  public enum Penalty: String, Sendable, CaseIterable {
    /// Every element has its own: `log_weights` of the shape of x.
    case each
    /// Each class has its own: `log_weights` {C}.
    case `class`
    /// There is one: `log_weight` {1}.
    case all
  }

  /// The arguments of `bl.energy.logistic_regression`.
  public struct Options: Sendable {
    /// One example per row.
    public var features: Tensor?
    /// −1 and 1, or 1 … C.
    public var labels: Tensor?
    /// C, where not every class has an example.
    public var classes: Int?
    /// Which elements share a weight.
    public var penalty = Penalty.each
    /// θ at first.
    public var initialLogWeight = -3.0
    /// Nothing given.
    public init() {}
  }

  private let given: Options
  private let data: CrossEntropyData
  private let shape: Shape

  /// The energy of the given examples; throws a misuse error where they do not fit.
  public init(_ options: Options) throws {
    let name = "bl.energy.logistic_regression"
    given = options
    data = try CrossEntropyData(features: options.features, labels: options.labels, of: name)
    shape = try data.shape(classes: options.classes, of: name)
    if options.penalty == .class, shape.rank == 1 {
      throw ScriptError(
        "\(name): 'penalty' = \"class\" needs a score for each class (labels 1 ... C); use \"all\"")
    }
  }

  /// 1.
  public var sampleCount: Int { 1 }
  /// That of the features.
  public var elementType: ElementType { data.features.elementType }

  /// `log_weights`, or `log_weight` where there is one.
  public var layout: ParameterLayout {
    switch given.penalty {
    case .each: ParameterLayout([ParameterBlock("log_weights", shape, .exponential)])
    case .class: ParameterLayout([ParameterBlock("log_weights", [shape[0]], .exponential)])
    case .all: ParameterLayout([ParameterBlock("log_weight", [1], .exponential)])
    }
  }

  /// `initialLogWeight` everywhere.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    let layout = layout
    return Parameters(
      Array(repeating: given.initialLogWeight, count: layout.count), layout: layout)
  }

  /// Features and labels.
  public var dataTensors: [Tensor] { [given.features, given.labels].compactMap(\.self) }

  /// 0.
  public func initialPoint(_ index: Int) -> Tensor { Tensor(zeros: shape, elementType) }

  /// The weights e^θ; throws where one is 0 or infinite.
  public func prepared(for theta: Parameters) throws -> any PreparedLowerLevel {
    let weights = theta.values.map { exp($0) }
    guard weights.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw ScriptError(
        "bl.energy.logistic_regression: a weight e^theta is 0 or infinite in floating point")
    }
    return Prepared(
      data: data, shape: shape,
      ridge: GroupedRidge(weights: weights, size: shape.count / weights.count))
  }

  /// The same in Float64, at an x that leaves no score far from 0.
  public func toy(_ random: RandomSource) throws -> (lower: any LowerLevel, x: Tensor) {
    var options = given
    options.features = options.features?.converted(to: .float64)
    return (try LogisticRegression(options), data.point(of: shape, random))
  }

  private final class Prepared: PreparedLowerLevel {
    let data: CrossEntropyData
    let shape: Shape
    let ridge: GroupedRidge

    init(data: CrossEntropyData, shape: Shape, ridge: GroupedRidge) {
      self.data = data
      self.shape = shape
      self.ridge = ridge
    }

    func energy(_ index: Int, in workspace: Workspace, workers: Int) -> any Energy {
      EnergyCache.of(workspace).energy(of: self, for: shape) { Evaluator(self, workers: workers) }
    }
  }

  private final class Evaluator: Energy, SymmetricOperator {
    let shape: Shape
    let strongConvexity: Double
    let smoothness: Double
    let hessianLipschitz: Double
    let mixedLipschitz: Double
    private let ridge: GroupedRidge
    private let term: CrossEntropyTerm

    init(_ prepared: Prepared, workers: Int) {
      let data = prepared.data
      let constants = CrossEntropyConstants(prepared.shape)
      let scale = data.squaredNorm / Double(data.count)
      let largest = prepared.ridge.weights.max() ?? 0
      shape = prepared.shape
      ridge = prepared.ridge
      strongConvexity = prepared.ridge.weights.min() ?? 0
      smoothness = constants.curvature * scale + largest
      hessianLipschitz = constants.third * data.largestNorm * scale
      mixedLipschitz = largest
      term = CrossEntropyTerm(
        data, shape: shape,
        weights: Array(repeating: 1 / Double(data.count), count: data.count), workers: workers)
    }

    var elementType: ElementType { term.data.features.elementType }
    var parameterCount: Int { ridge.weights.count }

    func value(at x: Tensor) -> Double { term.value(at: x) + ridge.value(at: x) }

    func gradient(at x: Tensor, into gradient: inout Tensor) -> Double {
      gradient.fill(with: 0)
      let data = term.addGradient(at: x, to: &gradient)
      return data + ridge.addGradient(at: x, to: &gradient)
    }

    func curvature(at x: Tensor) -> any SymmetricOperator {
      term.prepareCurvature(at: x)
      return self
    }

    func apply(_ v: Tensor, into product: inout Tensor) {
      product.fill(with: 0)
      term.addHessianProduct(v, to: &product)
      ridge.addGradient(at: v, to: &product)
    }

    func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double]) {
      ridge.addProducts(x, q, to: &theta)
    }

    func mixedDirection(at x: Tensor, _ direction: [Double], into image: inout Tensor) {
      image.fill(with: 0)
      let weights = zip(ridge.weights, direction).map { $0 * $1 }
      GroupedRidge(weights: weights, size: ridge.size).addGradient(at: x, to: &image)
    }

    func thirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor) {
      image.fill(with: 0)
      term.addThirdProduct(at: x, q, d, to: &image)
    }

    func addMixedVariation(
      at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double]
    ) { ridge.addProducts(d, q, to: &theta) }

    func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
      radius == 0 ? 0 : term.hessianVariationBound(q, radius: radius)
    }

    /// Σ_g (w_g ⟨Δ_g, q_g⟩)² ≤ Σ_g w_g² ‖q_g‖² ‖Δ_g‖², at most the largest w_g² ‖q_g‖² times radius².
    func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
      radius == 0 ? 0 : radius * ridge.largestWeightedNorm(q)
    }

    /// The columns w_g x_g of ∂²g/∂x∂θ are orthogonal.
    func mixedNormBound(at x: Tensor, radius: Double) -> Double {
      ridge.largestWeightedNorm(x, radius: radius)
    }
  }
}

extension CrossEntropyData {
  /// A random x in Float64 with scores of about 1.
  func point(of shape: Shape, _ random: RandomSource) -> Tensor {
    var random = random
    var x = EnergyLaws.normal(shape, &random)
    x.scale(by: 1 / max(largestNorm, .leastNormalMagnitude))
    return x
  }
}

extension LogisticRegression: Scriptable {
  /// `bl.energy.logistic_regression`.
  public static let declaration = Declaration(
    LogisticRegression.self, "logistic_regression",
    "Mean cross-entropy of linear scores plus a ridge penalty whose weights are learned.",
    details: """
      With labels -1 and 1, x is {features} and the cross-entropy log(1 + exp(-label <x, a>)); with \
      labels 1 ... C, x is {C, features} and the probabilities are the softmax of x a. The penalty is \
      half the sum of exp(theta) x^2, with a weight for each element, each class or all. For an \
      intercept, append a column of ones to the features.
      """,
    example: """
      bl.energy.logistic_regression { features = bl.randn {9, 2, seed = 1}, labels = \
      bl.tensor {1, 2, 3, 1, 2, 3, 1, 2, 3}, penalty = "class" }
      """,
    source: "Pedregosa 2016, section 5; Salehi, Mukherjee, Roberts & Ehrhardt 2025, section 4.2"
  ) {
    Constructor(Options(), recorded: \LogisticRegression.given) {
      Field("features", \.features, .data, "{count, features}, an example per row", required: true)
      Field("labels", \.labels, .data, "{count}: -1 and 1, or 1 ... C", required: true)
      Field(
        "classes", \.classes, .optional(CrossEntropyData.classes),
        "C; the largest label when absent")
      Field("penalty", \.penalty, .choice, "what has a weight of its own")
      Field("initial_log_weight", \.initialLogWeight, .number, "log weight at first")
    } build: {
      try LogisticRegression($0)
    }
  }
}
