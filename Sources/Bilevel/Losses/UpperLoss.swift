import Tensors

/// The upper-level loss ℓ(x) of one sample: an immutable description.
///
/// It compares x with the sample's truth x*, or with data of its own; then `truth` is empty and ignored.
/// Law: ∇ℓ is `smoothness`-Lipschitz.
public protocol UpperLoss: Sendable {
  /// L_ℓ: Lipschitz constant of ∇ℓ.
  var smoothness: Double { get }
  /// Whether ℓ is convex, which sharpens the lower bound of the loss.
  var isConvex: Bool { get }
  /// Whether ℓ compares x with a truth that the lower level must have.
  var needsTruth: Bool { get }
  /// Why an x of this shape does not fit the loss or its own data, in words; nil if it does.
  func misfit(of shape: Shape) -> String?
  /// The same loss with its own data in the given element type, which will be that of x.
  func converted(to elementType: ElementType) -> any UpperLoss
  /// All tensors that it was made of, by which problems are told apart.
  var dataTensors: [Tensor] { get }
  /// ℓ(x).
  func value(at x: Tensor, truth: Tensor) -> Double
  /// gradient ← ∇ℓ(x); returns ℓ(x).
  func gradient(at x: Tensor, truth: Tensor, into gradient: inout Tensor) -> Double
}

extension UpperLoss {
  /// It compares x with a truth.
  public var needsTruth: Bool { true }
  /// Every x fits.
  public func misfit(of shape: Shape) -> String? { nil }
  /// There are none.
  public var dataTensors: [Tensor] { [] }
  /// There is no data to convert.
  public func converted(to elementType: ElementType) -> any UpperLoss { self }
}
