import Bilevel
import Tensors

/// g(x, θ) = ½⟨x, Hx⟩ − ⟨x, Bθ + c⟩ with the spectrum of H given: everything in closed form.
public final class QuadraticEnergy: Energy {
  public let shape: Shape
  public let elementType: ElementType
  public let parameterCount: Int
  public let strongConvexity: Double
  public let smoothness: Double
  public let hessianLipschitz = 0.0
  public let mixedLipschitz = 0.0

  /// H = V diag(spectrum) Vᵀ.
  public let hessian: DenseMatrix
  /// B.
  public let mixed: DenseMatrix
  private let constant: [Double]  // c
  private let force: [Double]  // Bθ + c
  private let mixedNorm: Double

  /// The energy at θ with a random eigenbasis, B and c.
  public init(
    spectrum: [Double], theta: [Double], elementType: ElementType = .float64,
    _ random: inout RandomSource
  ) {
    let count = spectrum.count
    shape = Shape([count])
    self.elementType = elementType
    parameterCount = theta.count
    strongConvexity = spectrum.min() ?? 1
    smoothness = spectrum.max() ?? 1
    let v = DenseMatrix.orthogonal(count, &random)
    hessian = DenseMatrix(rows: count, columns: count) { i, j in
      (0..<count).reduce(0) { $0 + v[$1, i] * spectrum[$1] * v[$1, j] }
    }
    mixed = .normal(rows: count, columns: theta.count, &random)
    constant = (0..<count).map { _ in random.normal() }
    force = zip(mixed * theta, constant).map { $0 + $1 }
    mixedNorm = norm(mixed.entries)  // Frobenius
  }

  /// x̂ = H⁻¹(Bθ + c).
  public var minimizer: [Double] { hessian.solve(force) }

  /// ∇f = Bᵀ H⁻¹ ∇ℓ(x̂).
  public func hypergradient(lossGradient: [Double]) -> [Double] {
    mixed.transposed * hessian.solve(lossGradient)
  }

  public func value(at x: Tensor) -> Double {
    var product = Tensor(zeros: shape, elementType)
    multiply(x, into: &product)
    return x.dot(product) / 2 - zip(x.elements, force).reduce(0) { $0 + $1.0 * $1.1 }
  }

  public func gradient(at x: Tensor, into gradient: inout Tensor) -> Double {
    multiply(x, into: &gradient)
    let round = Rounding(elementType: elementType)
    var value = x.dot(gradient) / 2
    for i in 0..<x.count {
      value -= x[flat: i] * force[i]
      gradient[flat: i] = round(gradient[flat: i] - round(force[i]))
    }
    return value
  }

  public func curvature(at x: Tensor) -> any SymmetricOperator { Product(energy: self) }

  public func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double]) {
    let product = mixed.transposed * q.elements
    for i in theta.indices { theta[i] -= product[i] }
  }

  public func mixedDirection(at x: Tensor, _ direction: [Double], into image: inout Tensor) {
    let product = mixed * direction
    for i in 0..<image.count { image[flat: i] = -product[i] }
  }

  public func thirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor) {
    image.fill(with: 0)
  }

  public func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double]
  ) {}

  public func mixedNormBound(at x: Tensor, radius: Double) -> Double { mixedNorm }

  private func multiply(_ x: Tensor, into product: inout Tensor) {
    let round = Rounding(elementType: elementType)
    for i in 0..<x.count { product[flat: i] = round.dot({ hessian[i, $0] }, x) }
  }

  private final class Product: SymmetricOperator {
    let energy: QuadraticEnergy
    init(energy: QuadraticEnergy) { self.energy = energy }
    func apply(_ v: Tensor, into product: inout Tensor) { energy.multiply(v, into: &product) }
  }
}
