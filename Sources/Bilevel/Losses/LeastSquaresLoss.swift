import Script
import Tensors

/// ℓ(x) = w ‖A x − b‖² with data of its own; ∇ℓ = 2 w Aᵀ(A x − b), L_ℓ = 2 w ‖A‖².
///
/// w = 1 is the convention of the papers, w = ½ that of some codes. One product with A and one with Aᵀ.
public struct LeastSquaresLoss: UpperLoss {
  /// The arguments of `bl.loss.least_squares`.
  public struct Options: Sendable {
    /// A, rows × n.
    public var matrix: Tensor?
    /// b.
    public var target: Tensor?
    /// w > 0.
    public var weight = 1.0
    /// Nothing given.
    public init() {}
  }

  /// 2 w ‖A‖², an upper bound.
  public let smoothness: Double
  private let given: Options
  private let map: DenseMap
  private let target: Tensor
  private let weight: Double

  /// The loss of the given data; throws a misuse error where shapes do not fit.
  public init(_ options: Options) throws {
    let name = "bl.loss.least_squares"
    let matrix = try options.matrix.required("matrix", of: name, axes: ["rows", "n"])
    let target = try options.target.required(
      "target", of: name, axes: ["rows"], [matrix.shape[0]])
    let smoothness = 2 * options.weight * (try GramSpectrum.largest(of: matrix))
    self.init(options, matrix, target.converted(to: matrix.elementType), smoothness)
  }

  private init(_ given: Options, _ matrix: Tensor, _ target: Tensor, _ smoothness: Double) {
    self.given = given
    self.smoothness = smoothness
    self.target = target
    map = DenseMap(matrix)
    weight = given.weight
  }

  /// It is.
  public var isConvex: Bool { true }
  /// It has data of its own.
  public var needsTruth: Bool { false }

  /// A and b.
  public var dataTensors: [Tensor] { [given.matrix, given.target].compactMap(\.self) }

  /// x must have as many elements as A has columns.
  public func misfit(of shape: Shape) -> String? {
    shape.count == map.columns
      ? nil : "its matrix \(map.matrix.shape) needs an x of \(map.columns) elements, not \(shape)"
  }

  /// A and b in another element type.
  public func converted(to elementType: ElementType) -> any UpperLoss {
    LeastSquaresLoss(
      given, map.matrix.converted(to: elementType), target.converted(to: elementType), smoothness)
  }

  /// w ‖Ax − b‖².
  public func value(at x: Tensor, truth: Tensor) -> Double { weight * residual(x).squaredNorm }

  /// gradient ← 2 w Aᵀ(Ax − b); returns the value.
  public func gradient(at x: Tensor, truth: Tensor, into gradient: inout Tensor) -> Double {
    let residual = residual(x)
    gradient.fill(with: 0)
    map.addAdjoint(residual, to: &gradient)
    gradient.scale(by: 2 * weight)
    return weight * residual.squaredNorm
  }

  private func residual(_ x: Tensor) -> Tensor {
    var residual = target
    map.apply(x, into: &residual)
    residual.add(target, times: -1)
    return residual
  }
}

extension LeastSquaresLoss: Scriptable {
  /// `bl.loss.least_squares`.
  public static let declaration = Declaration(
    LeastSquaresLoss.self, "least_squares", "weight |matrix x - target|^2, without a truth.",
    example: "bl.loss.least_squares { matrix = bl.eye(3), target = bl.ones {3}, weight = 0.5 }"
  ) {
    Constructor(Options(), recorded: \LeastSquaresLoss.given) {
      Field("matrix", \.matrix, .data, "{rows, n} for an x of n elements", required: true)
      Field("target", \.target, .data, "{rows}", required: true)
      Field("weight", \.weight, .positive, "1, or 0.5 for half the squared norm")
    } build: {
      try LeastSquaresLoss($0)
    }
  }
}
