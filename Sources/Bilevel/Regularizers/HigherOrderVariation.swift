import Kernels
import Script
import Tensors

/// Smoothed total variation of first and second order:
/// R(x; θ) = β₁ Σ_p Σ_j √((D_j x)_p² + ν₁²) + β₂ Σ_p Σ_j √((D²_j x)_p² + ν₂²), θ = (log β, log ν).
///
/// D are the two forward differences, D² the second differences along both axes and √2 times the
/// mixed one, so that Σ_j (D²_j x)² is the squared Frobenius norm of the discrete Hessian; channel
/// by channel. Second differences vanish on slopes, which total variation breaks into steps. It is
/// the sum in the place of the infimal convolution of total generalized variation (Bredies,
/// Kunisch & Pock 2010), which has another unknown, and anisotropic: each difference has a root of
/// its own. Convex. Each pass is one of Fields of Experts with 5 filters 3×3 a channel.
public struct HigherOrderVariation: FrameRegularizer, Hashable {
  /// What the differences see outside of the image.
  public var boundary: Boundary
  /// Channels of the images.
  public var channels: Int
  /// log β₁ and log β₂ at first.
  public var initialLogWeights: [Double]
  /// log ν₁ and log ν₂ at first.
  public var initialLogSmoothing: Double

  /// The variation with the given start.
  public init(
    boundary: Boundary = .reflect, channels: Int = 1, initialLogWeights: [Double] = [-3.5, -3.5],
    initialLogSmoothing: Double = -4
  ) {
    self.boundary = boundary
    self.channels = channels
    self.initialLogWeights = initialLogWeights
    self.initialLogSmoothing = initialLogSmoothing
  }

  /// Two first and three second differences on 3×3 pixels.
  public var frame: FilterFrame {
    let root = 2.0.squareRoot()
    return FilterFrame(
      planes: [
        [0, 0, 0, 0, -1, 1, 0, 0, 0], [0, 0, 0, 0, -1, 0, 0, 1, 0],
        [0, 0, 0, 1, -2, 1, 0, 0, 0], [0, 1, 0, 0, -2, 0, 0, 1, 0],
        [0, 0, 0, 0, root, -root, 0, -root, root],
      ], size: 3, channels: channels, boundary: boundary, weightGroups: [0, 0, 1, 1, 1],
      smoothingGroups: [0, 0, 1, 1, 1])
  }

  /// The given logarithms; nothing is random.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    Parameters(
      initialLogWeights + [initialLogSmoothing, initialLogSmoothing], layout: layout)
  }
}

extension HigherOrderVariation: Scriptable {
  /// `bl.regularizer.higher_order_variation`.
  public static let declaration = Declaration(
    HigherOrderVariation.self, "higher_order_variation",
    "Smoothed total variation of first and second order.",
    details: """
      R(x) = beta_1 sum sqrt((D x)^2 + nu_1^2) + beta_2 sum sqrt((D^2 x)^2 + nu_2^2) with two first \
      and three second differences, each under a root of its own: a relaxation of total generalized \
      variation without its second unknown. The blocks of theta are log_weights {2} (log beta) and \
      log_smoothing {2} (log nu).
      """,
    example: "bl.regularizer.higher_order_variation()",
    source: "Bredies, Kunisch & Pock 2010, Total generalized variation"
  ) {
    Constructor(HigherOrderVariation()) {
      Field("boundary", \.boundary, .choice, "what the differences see outside of the image")
      Field("channels", \.channels, .integer(atLeast: 1, atMost: 16), "channels of the images")
      Field(
        "initial_log_weights", \.initialLogWeights, .list(of: .number, count: 2...2),
        "log beta_1 and log beta_2 at first")
      Field(
        "initial_log_smoothing", \.initialLogSmoothing, .number, "log nu of both orders at first")
    }
    FrameMembers.shared
    RegularizerMembers.shared
  }
}

/// What all frames answer in scripts.
enum FrameMembers {
  /// `R:filters()`.
  static var shared: [Member] {
    Member.shared(by: (any FrameRegularizer).self) {
      Method(
        "filters", "The filters, which are not learned.",
        returns: "a tensor {filters, channels, size, size}"
      ) { $0.frame.tensor }
    }
  }
}
