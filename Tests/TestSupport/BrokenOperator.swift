import Imaging
import Tensors

/// The identity with one mistake in it, for checks that must find it.
public struct BrokenOperator: ForwardOperator, PreparedOperator {
  /// What is wrong.
  public enum Mistake: String, Sendable, CaseIterable {
    case adjoint, norm, offset, normal
  }

  let mistake: Mistake
  public private(set) var domain: Shape = [1, 8, 8]
  public private(set) var elementType = ElementType.float64

  /// The operator with the mistake.
  public init(_ mistake: Mistake) { self.mistake = mistake }

  public func prepared(
    for domain: Shape, _ elementType: ElementType
  ) throws -> any PreparedOperator {
    var prepared = self
    prepared.domain = domain
    prepared.elementType = elementType
    return prepared
  }
  public func domain(ofMeasurements codomain: Shape) throws -> Shape { codomain }

  public var codomain: Shape { domain }
  public var normBound: Double { mistake == .norm ? 0.99 : 1.1 }
  public var normalLowerBound: Double { 0 }
  public func application(workers: Int) -> any OperatorApplication { Application(mistake) }

  private final class Application: OperatorApplication {
    let mistake: Mistake
    init(_ mistake: Mistake) { self.mistake = mistake }

    func apply(_ image: Tensor, into measurement: inout Tensor) {
      measurement = image
      if mistake == .offset { measurement[flat: 0] += 1 }
    }
    func applyAdjoint(_ measurement: Tensor, into image: inout Tensor) {
      image = measurement
      if mistake == .adjoint { image[flat: 1] *= -1 }
    }
    func applyNormal(_ image: Tensor, into product: inout Tensor) {
      product = image
      if mistake == .normal { product.scale(by: 1.001) }
    }
  }
}
