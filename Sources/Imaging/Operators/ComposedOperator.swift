import Script
import Tensors

/// A x = A₁(A₂ x): the second operator first.
///
/// ‖A‖ ≤ ‖A₁‖ ‖A₂‖, and the lower bounds of the normal operators multiply too. Costs both.
public struct ComposedOperator: ForwardOperator {
  /// A₁.
  public let outer: any ForwardOperator
  /// A₂.
  public let inner: any ForwardOperator

  /// A₁ after A₂.
  public init(_ outer: any ForwardOperator, after inner: any ForwardOperator) {
    self.outer = outer
    self.inner = inner
  }

  /// Both, the outer one on the measurements of the inner one; throws what they throw.
  public func prepared(
    for domain: Shape, _ elementType: ElementType
  ) throws -> any PreparedOperator {
    let inner = try inner.prepared(for: domain, elementType)
    let outer = try outer.prepared(for: inner.codomain, elementType)
    return PreparedComposition(outer: outer, inner: inner)
  }

  /// That of the inner operator; throws what they throw.
  public func domain(ofMeasurements codomain: Shape) throws -> Shape {
    try inner.domain(ofMeasurements: outer.domain(ofMeasurements: codomain))
  }

  /// That of the inner operator, or the one that leads to the outer's.
  public var onlyDomain: Shape? {
    inner.onlyDomain ?? outer.onlyDomain.flatMap { try? inner.domain(ofMeasurements: $0) }
  }
}

private struct PreparedComposition: PreparedOperator {
  let outer: any PreparedOperator
  let inner: any PreparedOperator

  var domain: Shape { inner.domain }
  var codomain: Shape { outer.codomain }
  var elementType: ElementType { inner.elementType }
  var normBound: Double { outer.normBound * inner.normBound }
  var normalLowerBound: Double { outer.normalLowerBound * inner.normalLowerBound }
  var isIdentity: Bool { outer.isIdentity && inner.isIdentity }

  func application(workers: Int) -> any OperatorApplication {
    Application(
      outer.application(workers: workers), inner.application(workers: workers),
      between: Tensor(zeros: inner.codomain, elementType))
  }

  /// A₂⁺ A₁⁺ y where both have one.
  func pseudoInverse(of measurement: Tensor) -> Tensor? {
    outer.pseudoInverse(of: measurement).flatMap { inner.pseudoInverse(of: $0) }
  }

  private final class Application: OperatorApplication {
    private let outer: any OperatorApplication
    private let inner: any OperatorApplication
    private var between: Tensor
    private var normal: Tensor

    init(_ outer: any OperatorApplication, _ inner: any OperatorApplication, between: Tensor) {
      self.outer = outer
      self.inner = inner
      self.between = between
      normal = Tensor(zeros: between.shape, between.elementType)
    }

    func apply(_ image: Tensor, into measurement: inout Tensor) {
      inner.apply(image, into: &between)
      outer.apply(between, into: &measurement)
    }
    func applyAdjoint(_ measurement: Tensor, into image: inout Tensor) {
      outer.applyAdjoint(measurement, into: &between)
      inner.applyAdjoint(between, into: &image)
    }
    func applyNormal(_ image: Tensor, into product: inout Tensor) {
      inner.apply(image, into: &between)
      outer.applyNormal(between, into: &normal)
      inner.applyAdjoint(normal, into: &product)
    }
  }
}

extension ComposedOperator: Scriptable {
  /// The script face of compositions.
  public static let declaration = Declaration(
    ComposedOperator.self, "compose", "A x = outer(inner(x)).",
    example: """
      local A = bl.operator.compose(bl.operator.downsample { factor = 2 }, bl.operator.blur { \
      kernel = "gaussian", sigma = 1 })
      """
  ) {
    Constructor(
      Argument("outer", .object((any ForwardOperator).self, "an operator"), "applied second"),
      Argument("inner", .object((any ForwardOperator).self, "an operator"), "applied first")
    ) { outer, inner in ComposedOperator(outer, after: inner) }
    Text<ComposedOperator> { "compose(\(text(of: $0.outer)), \(text(of: $0.inner)))" }
    OperatorMembers.all
  }
}
