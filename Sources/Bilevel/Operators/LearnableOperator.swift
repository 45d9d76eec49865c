import Imaging
import Tensors

/// A forward operator with parameters of its own, which become the first blocks of θ: A_θ.
///
/// As a fixed operator it is what it is at its initial parameters. Where `layout` is empty nothing is
/// learned. Data may be weighed too: the energy's data term is D(A_θ x, T_θ y), T_θ the identity for most.
public protocol LearnableOperator: ForwardOperator {
  /// The blocks of its parameters.
  var layout: ParameterLayout { get }
  /// The natural initial parameters, drawn from the given stream where they are random.
  func initialParameters(_ random: RandomSource) -> Parameters
  /// θ ← the nearest admissible θ.
  func project(_ theta: inout Parameters)
  /// The operator at one θ on images of one shape.
  ///
  /// Throws a misuse error where such images do not fit.
  func prepared(
    for theta: Parameters, on domain: Shape, _ elementType: ElementType
  ) throws -> any PreparedLearnableOperator
}

/// A_θ and T_θ at one θ on images of one shape: what all workers share.
public protocol PreparedLearnableOperator: PreparedOperator {
  /// Coordinates of θ.
  var parameterCount: Int { get }
  /// b with ‖A′[d] x‖ ≤ b ‖d‖ ‖x‖ for the derivative A′[d] of A_θ along every d.
  var derivativeBound: Double { get }
  /// Whether T_θ is the identity.
  var keepsObservations: Bool { get }
  /// One worker's handle.
  func learnableApplication(workers: Int) -> any LearnableApplication
}

extension PreparedLearnableOperator {
  /// Most operators take observations as they are.
  public var keepsObservations: Bool { true }
  /// The same handle.
  public func application(workers: Int) -> any OperatorApplication {
    learnableApplication(workers: workers)
  }
}

/// One worker's access to A_θ, T_θ and their derivatives by θ; allocates nothing once made.
///
/// A′[d] is linear in d. Laws: `addParameterProduct` is the adjoint of d ↦ A′[d] x, `derivativeAdjoint` that
/// of x ↦ A′[d] x.
public protocol LearnableApplication: OperatorApplication {
  /// weighed ← T_θ y.
  func weigh(_ observed: Tensor, into weighed: inout Tensor)
  /// theta[j] ← theta[j] + factor ⟨A′[e_j] x, u⟩.
  func addParameterProduct(
    _ x: Tensor, _ u: Tensor, times factor: Double, to theta: inout [Double])
  /// theta[j] ← theta[j] + factor ⟨T′[e_j] y, u⟩.
  func addObservationProduct(
    _ y: Tensor, _ u: Tensor, times factor: Double, to theta: inout [Double])
  /// measurement ← A′[d] x; d are the first coordinates of `direction`.
  func derivative(_ x: Tensor, along direction: [Double], into measurement: inout Tensor)
  /// image ← A′[d]* u.
  func derivativeAdjoint(_ u: Tensor, along direction: [Double], into image: inout Tensor)
  /// measurement ← T′[d] y.
  func observationDerivative(
    _ y: Tensor, along direction: [Double], into measurement: inout Tensor)
  /// A bound of ‖A′[d] x − T′[d] y‖ over all ‖d‖ ≤ 1, if the derivative's bound is the given one.
  func residualBound(_ x: Tensor, _ y: Tensor, derivativeBound: Double) -> Double
}

extension LearnableApplication {
  /// T_θ is the identity.
  public func weigh(_ observed: Tensor, into weighed: inout Tensor) {
    weighed.copyElements(from: observed)
  }
  /// T_θ is the identity.
  public func addObservationProduct(
    _ y: Tensor, _ u: Tensor, times factor: Double, to theta: inout [Double]
  ) {}
  /// T_θ is the identity.
  public func observationDerivative(
    _ y: Tensor, along direction: [Double], into measurement: inout Tensor
  ) {
    measurement.fill(with: 0)
  }
  /// That of A′ alone.
  public func residualBound(_ x: Tensor, _ y: Tensor, derivativeBound: Double) -> Double {
    derivativeBound * x.norm
  }
}
