import Tensors

/// A linear forward operator A from images to measurements: an immutable description.
///
/// A description fits images of many shapes; `prepared(for:_:)` fixes one. Its life has three
/// stages, as a regularizer's has: description → prepared (shared by all workers, holds what is
/// computed once: symbols, masks, bounds) → application (one worker's, holds scratch).
///
/// Laws, for every prepared operator and all x, y of its domain and codomain:
/// 1. A(a x + b x′) = a Ax + b Ax′ (linear);
/// 2. ⟨Ax, y⟩ = ⟨x, A*y⟩ (exact adjoint, up to rounding);
/// 3. ‖Ax‖ ≤ `normBound` ‖x‖;
/// 4. ‖Ax‖² ≥ `normalLowerBound` ‖x‖²;
/// 5. `applyNormal` is `applyAdjoint` after `apply`.
public protocol ForwardOperator: Sendable {
  /// The operator on images of the given shape and element type.
  ///
  /// Throws a misuse error when images of that shape do not fit.
  func prepared(for domain: Shape, _ elementType: ElementType) throws -> any PreparedOperator

  /// The shape of the images whose measurements have the given shape.
  ///
  /// Throws a misuse error when there are none.
  func domain(ofMeasurements codomain: Shape) throws -> Shape
  /// The shape of the images where the operator fits one shape only; nil where it fits many.
  var onlyDomain: Shape? { get }
  /// A shape whose `normBound` holds for images of every shape that fits; nil where the norm depends on it.
  var normDomain: Shape? { get }
}

extension ForwardOperator {
  /// Images of many shapes fit.
  public var onlyDomain: Shape? { nil }
  /// The only shape that fits, if it is one.
  public var normDomain: Shape? { onlyDomain }
}

/// A forward operator on images of one shape: bounds and data that all workers share.
public protocol PreparedOperator: Sendable {
  /// Shape of an image x.
  var domain: Shape { get }
  /// Shape of a measurement Ax.
  var codomain: Shape { get }
  /// Element type of both.
  var elementType: ElementType { get }
  /// A true upper bound of the operator norm ‖A‖.
  var normBound: Double { get }
  /// A true lower bound, at least 0, of the smallest eigenvalue of A*A: what a fidelity adds to the
  /// strong convexity of the energy.
  var normalLowerBound: Double { get }
  /// Whether A is the identity, so that callers may use x in the place of Ax.
  var isIdentity: Bool { get }
  /// One worker's handle, with scratch of its own. `workers` > 1 lets it split one image over that
  /// many threads, with the same bits.
  func application(workers: Int) -> any OperatorApplication
  /// An image whose measurement is near the given one: A⁺y, or what is used in its place; nil where
  /// there is nothing better than A*y/‖A‖².
  func pseudoInverse(of measurement: Tensor) -> Tensor?
}

extension PreparedOperator {
  /// Most operators are not the identity.
  public var isIdentity: Bool { false }
  /// Most operators have none.
  public func pseudoInverse(of measurement: Tensor) -> Tensor? { nil }
}

/// One worker's access to A and A*.
///
/// Owns scratch; allocates nothing once made. The two arguments of a function never share storage with
/// each other.
public protocol OperatorApplication: AnyObject {
  /// measurement ← A image.
  func apply(_ image: Tensor, into measurement: inout Tensor)
  /// image ← A* measurement.
  func applyAdjoint(_ measurement: Tensor, into image: inout Tensor)
  /// product ← A*A image.
  func applyNormal(_ image: Tensor, into product: inout Tensor)
}

extension PreparedOperator {
  /// A image, in a new tensor; for single use, not for loops.
  public func apply(_ image: Tensor) -> Tensor {
    var measurement = Tensor(zeros: codomain, elementType)
    application(workers: 1).apply(image, into: &measurement)
    return measurement
  }

  /// A* measurement, in a new tensor; for single use, not for loops.
  public func applyAdjoint(_ measurement: Tensor) -> Tensor {
    var image = Tensor(zeros: domain, elementType)
    application(workers: 1).applyAdjoint(measurement, into: &image)
    return image
  }
}
