import Script
import Tensors

/// A = I, for denoising: norm 1, every image fits, costs a copy.
public struct IdentityOperator: ForwardOperator, Hashable {
  /// The identity.
  public init() {}

  /// The identity on images of one shape; never throws.
  public func prepared(for domain: Shape, _ elementType: ElementType) -> any PreparedOperator {
    Prepared(domain: domain, elementType: elementType)
  }

  /// The same shape; never throws.
  public func domain(ofMeasurements codomain: Shape) -> Shape { codomain }

  /// The norm is always 1.
  public var normDomain: Shape? { [1, 1, 1] }

  private struct Prepared: PreparedOperator {
    let domain: Shape
    let elementType: ElementType
    var codomain: Shape { domain }
    var normBound: Double { 1 }
    var normalLowerBound: Double { 1 }
    var isIdentity: Bool { true }
    func application(workers: Int) -> any OperatorApplication { Application() }
  }

  private final class Application: OperatorApplication {
    func apply(_ image: Tensor, into measurement: inout Tensor) {
      measurement.copyElements(from: image)
    }
    func applyAdjoint(_ measurement: Tensor, into image: inout Tensor) {
      image.copyElements(from: measurement)
    }
    func applyNormal(_ image: Tensor, into product: inout Tensor) {
      product.copyElements(from: image)
    }
  }
}

extension IdentityOperator: Scriptable {
  /// The script face of the identity.
  public static let declaration = Declaration(
    IdentityOperator.self, "identity", "A x = x, for denoising.",
    example: "local A = bl.operator.identity()"
  ) {
    Constructor { IdentityOperator() }
    Text<IdentityOperator> { _ in "identity()" }
    OperatorMembers.all
  }
}
