import Bilevel
import Tensors

/// An energy that counts what is asked of it, to hold the solvers' ledgers against.
public final class CountingEnergy: Energy {
  /// What was asked so far.
  public private(set) var cost = Cost()
  private let energy: any Energy

  /// The same energy, counted.
  public init(_ energy: any Energy) { self.energy = energy }

  public var shape: Shape { energy.shape }
  public var elementType: ElementType { energy.elementType }
  public var parameterCount: Int { energy.parameterCount }
  public var strongConvexity: Double { energy.strongConvexity }
  public var smoothness: Double { energy.smoothness }
  public var hessianLipschitz: Double { energy.hessianLipschitz }
  public var mixedLipschitz: Double { energy.mixedLipschitz }

  public func value(at x: Tensor) -> Double {
    cost.energies += 1
    return energy.value(at: x)
  }

  public func gradient(at x: Tensor, into gradient: inout Tensor) -> Double {
    cost.gradients += 1
    return energy.gradient(at: x, into: &gradient)
  }

  public func curvature(at x: Tensor) -> any SymmetricOperator {
    CountingOperator(energy.curvature(at: x)) { self.cost.hessianProducts += 1 }
  }

  public func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double]) {
    cost.mixedProducts += 1
    energy.addMixedProduct(at: x, q, to: &theta)
  }

  public func mixedDirection(at x: Tensor, _ direction: [Double], into image: inout Tensor) {
    energy.mixedDirection(at: x, direction, into: &image)
  }

  public func thirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor) {
    energy.thirdProduct(at: x, q, d, into: &image)
  }

  public func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double]
  ) {
    energy.addMixedVariation(at: x, q, along: d, to: &theta)
  }

  public func mixedNormBound(at x: Tensor, radius: Double) -> Double {
    energy.mixedNormBound(at: x, radius: radius)
  }
}

/// A symmetric operator that tells of every product.
private final class CountingOperator: SymmetricOperator {
  private let matrix: any SymmetricOperator
  private let count: () -> Void

  init(_ matrix: any SymmetricOperator, count: @escaping () -> Void) {
    self.matrix = matrix
    self.count = count
  }

  func apply(_ v: Tensor, into product: inout Tensor) {
    count()
    matrix.apply(v, into: &product)
  }
}
