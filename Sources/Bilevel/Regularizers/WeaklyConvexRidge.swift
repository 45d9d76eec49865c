import Kernels
import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The weakly convex ridge regularizer, in which large responses cost nothing more.
///
/// Goujon, Neumayer and Unser 2024, with the parameters of Hertrich et al. 2025:
///
///     R̃(x; θ) = e^(α − 2s) R(e^s x),
///     R(x) = Σ_k e^(−2σ_k) Σ_p [e^(−β) φ(e^(β + σ_k) (Ŵx)_kp) − φ(e^(σ_k) (Ŵx)_kp)],
///
/// with the same θ as `ConvexRidge`: its summands w_k φ_{ν_k}(t) minus w_k φ_{e^β ν_k}(t), in one pass. Its
/// curvature is at least −e^α ‖Ŵ‖², so with A = I the lower level is strongly convex where
/// e^α ‖Ŵ‖² < 1: the projection keeps e^α at most at `largestConcavity`.
public struct WeaklyConvexRidge: Regularizer {
  /// Everything but the concave part.
  public var convex: ConvexRidge
  /// The projection keeps e^α at most here.
  public var largestConcavity: Double

  /// The counterpart of a convex one.
  public init(_ convex: ConvexRidge = ConvexRidge(), largestConcavity: Double = 0.9) {
    self.convex = convex
    self.largestConcavity = largestConcavity
  }

  /// That of the convex one.
  public var layout: ParameterLayout { convex.layout }

  /// Those of the convex one, projected unless they are trained.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    var theta = convex.initialParameters(random)
    if convex.trained == nil { project(&theta) }
    return theta
  }

  /// α ← min(α, log `largestConcavity`).
  public func project(_ theta: inout Parameters) {
    let alpha = theta.values.count - 2
    theta.values[alpha] = min(theta.values[alpha], log(largestConcavity))
  }

  /// As the convex one.
  public func misfit(of shape: Shape) -> String? {
    convex.misfit(of: shape, named: "weakly_convex_ridge")
  }

  /// Packs the filters and normalises them: some milliseconds.
  public func prepared(
    for theta: Parameters, elementType: ElementType
  ) throws -> any PreparedRegularizer {
    try PreparedConvexRidge(convex, theta.values, elementType, isWeaklyConvex: true)
  }
}

extension WeaklyConvexRidge: Scriptable {
  /// `bl.regularizer.weakly_convex_ridge`.
  public static let declaration = Declaration(
    WeaklyConvexRidge.self, "weakly_convex_ridge",
    "A weakly convex function of learned filters in several layers.",
    details: """
      As convex_ridge, with phi(e^(s_k + scale) (W x)_kp) e^(-2 s_k) subtracted from each summand: large \
      responses cost nothing more. Its curvature is at least -e^alpha |W|^2; the projection after each \
      step keeps e^alpha <= largest_concavity, so that denoising stays strongly convex.
      """,
    example: "bl.regularizer.weakly_convex_ridge { potential = \"log_cosh\" }",
    source: "Goujon, Neumayer & Unser 2024; Hertrich et al. 2025"
  ) {
    Constructor(WeaklyConvexRidge(), recorded: \WeaklyConvexRidge.self) {
      ConvexRidge.fields(\WeaklyConvexRidge.convex)
      Field(
        "largest_concavity", \.largestConcavity, .number(above: 0),
        "the projection keeps e^alpha at most here, below what the rest of the lower level brings")
    } build: { record in
      var ridge = record
      ridge.convex = try record.convex.completed("weakly_convex_ridge")
      return ridge
    }
    RegularizerMembers.shared
  }
}
