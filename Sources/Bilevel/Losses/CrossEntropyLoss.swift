import Script
import Tensors

/// ℓ(x) = (1/n) Σ CE(x a_i, label_i) on examples of its own.
///
/// x is {features} for labels −1 and 1, or {C, features} for labels 1 … C. L_ℓ = c ‖A‖²/n with c = ¼
/// or ½. One pass over the examples.
public struct CrossEntropyLoss: UpperLoss {
  /// The arguments of `bl.loss.cross_entropy`.
  public struct Options: Sendable {
    /// One example per row.
    public var features: Tensor?
    /// −1 and 1, or 1 … C.
    public var labels: Tensor?
    /// Nothing given.
    public init() {}
  }

  private let given: Options
  private let data: CrossEntropyData

  /// The loss on the given examples; throws a misuse error where they do not fit.
  public init(_ options: Options) throws {
    given = options
    data = try CrossEntropyData(
      features: options.features, labels: options.labels, of: "bl.loss.cross_entropy")
  }

  private init(_ given: Options, _ data: CrossEntropyData) {
    self.given = given
    self.data = data
  }

  /// c ‖A‖²/n.
  public var smoothness: Double {
    let shape: Shape = data.hasOneScore ? [1] : [2, 1]
    return CrossEntropyConstants(shape).curvature * data.squaredNorm / Double(data.count)
  }
  /// It is.
  public var isConvex: Bool { true }
  /// It has data of its own.
  public var needsTruth: Bool { false }

  /// Features and labels.
  public var dataTensors: [Tensor] { [given.features, given.labels].compactMap(\.self) }

  /// x must score the examples.
  public func misfit(of shape: Shape) -> String? { data.misfit(of: shape) }

  /// The examples in another element type.
  public func converted(to elementType: ElementType) -> any UpperLoss {
    CrossEntropyLoss(given, data.converted(to: elementType))
  }

  /// The mean cross-entropy.
  public func value(at x: Tensor, truth: Tensor) -> Double { term(for: x.shape).value(at: x) }

  /// gradient ← the gradient of the mean; returns the mean.
  public func gradient(at x: Tensor, truth: Tensor, into gradient: inout Tensor) -> Double {
    gradient.fill(with: 0)
    return term(for: x.shape).addGradient(at: x, to: &gradient)
  }

  /// The share of examples whose largest score is not their label's.
  public func errorRate(at x: Tensor) -> Double { term(for: x.shape).errorRate(at: x) }

  private func term(for shape: Shape) -> CrossEntropyTerm {
    let weight = 1 / Double(data.count)
    return CrossEntropyTerm(
      data, shape: shape, weights: Array(repeating: weight, count: data.count))
  }
}

extension CrossEntropyLoss: Scriptable {
  /// `bl.loss.cross_entropy`.
  public static let declaration = Declaration(
    CrossEntropyLoss.self, "cross_entropy",
    "The mean cross-entropy of linear scores on validation data, without a truth.",
    details: """
      x is {features} for labels -1 and 1, {C, features} for labels 1 ... C, as in \
      bl.energy.logistic_regression.
      """,
    example: """
      bl.loss.cross_entropy { features = bl.randn {4, 2, seed = 1}, labels = bl.tensor {1, 2, 1, 3} }
      """
  ) {
    Constructor(Options(), recorded: \CrossEntropyLoss.given) {
      Field("features", \.features, .data, "{count, features}, an example per row", required: true)
      Field("labels", \.labels, .data, "{count}: -1 and 1, or 1 ... C", required: true)
    } build: {
      try CrossEntropyLoss($0)
    }
    Method(
      "value", "The mean cross-entropy.", Argument("x", .object(Tensor.self), "what is learned"),
      returns: "a number"
    ) { loss, x in
      try loss.fitting(x) { $0.value(at: $1, truth: $1) }
    }
    Method(
      "error_rate", "The share of examples whose largest score is not their label's.",
      Argument("x", .object(Tensor.self), "what is learned"), returns: "a number from 0 to 1"
    ) { loss, x in
      try loss.fitting(x) { $0.errorRate(at: $1) }
    }
  }

  private func fitting(_ x: Tensor, _ body: (CrossEntropyLoss, Tensor) -> Double) throws -> Double {
    if let misfit = misfit(of: x.shape) { throw ScriptError("cross_entropy: 'x': \(misfit)") }
    return body(self, x.converted(to: data.features.elementType))
  }
}
