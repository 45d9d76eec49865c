import Kernels
import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Fields of Experts: R(x; θ) = Σ_k β_k Σ_p φ((c_k ⋆ x)_p; ν_k) with learned filters c_k (Roth and Black 2009).
///
/// ⋆ is the cross-correlation that gives as many responses as the image has pixels, summed over the
/// channels; φ is convex and smooth. The blocks of θ are `filters` (filters × channels × size × size),
/// `log_weights` = log β and `log_smoothing` = log ν (one number per filter each).
public struct FieldsOfExperts: Regularizer, Hashable {
  /// Where the filters start.
  public enum Initialization: String, Sendable, CaseIterable {
    /// Independent normal coefficients of deviation 1/√(channels · size²) (Glorot and Bengio 2010), minus
    /// the mean of each filter.
    case random
    /// The non-constant atoms of the discrete cosine transform of the largest extent of which there are
    /// no more than filters, in the middle of the filters; then those of the full extent, by frequency;
    /// where there are more filters than atoms, the others are random. The same on all channels up to
    /// the factor 1/√channels.
    case dct
  }

  /// Number of filters K.
  public var filters: Int
  /// Odd extent of the filters, in pixels: 3 to 13.
  public var size: Int
  /// What the filters see outside of the image.
  public var boundary: Boundary
  /// φ.
  public var potential: Potential
  /// Channels of the images.
  public var channels: Int
  /// Where the filters start.
  public var initialization: Initialization
  /// The initial log β_k, were the filters' norm 1, of a filter of mean frequency; nil for
  /// `defaultLogWeight`.
  ///
  /// β_k is in proportion to the frequency of an atom, as the responses of natural images are
  /// inversely.
  public var initialLogWeight: Double?
  /// The initial log ν_k of all filters, were their norm 1.
  public var initialLogSmoothing: Double
  /// The norm s of the initial filters.
  ///
  /// R is the same for (s c, β/s, s ν) whatever s, but its gradient
  /// by the filters is as 1/s: s says how far a descent step moves filters in comparison with log β and
  /// log ν, a diagonal preconditioner without another parameter. At 1 the filters are so stiff that
  /// steps have to be tiny; from 50 to 200 both move alike.
  public var initialFilterNorm: Double

  /// K filters of size × size.
  public init(
    filters: Int = 30, size: Int = 7, boundary: Boundary = .reflect,
    potential: Potential = .smoothedAbsolute, channels: Int = 1,
    initialization: Initialization = .random, initialLogWeight: Double? = nil,
    initialLogSmoothing: Double = -4.5, initialFilterNorm: Double = 100
  ) {
    self.filters = filters
    self.size = size
    self.boundary = boundary
    self.potential = potential
    self.channels = channels
    self.initialization = initialization
    self.initialLogWeight = initialLogWeight
    self.initialLogSmoothing = initialLogSmoothing
    self.initialFilterNorm = initialFilterNorm
  }

  /// What the weights of all filters add up to at first: with filters of norm 1, about what total
  /// variation needs against noise of deviation 0.1.
  public static let initialTotalWeight = 0.22

  /// log(`initialTotalWeight`/K).
  public var defaultLogWeight: Double { log(Self.initialTotalWeight / Double(filters)) }

  /// `filters` {K, C, s, s}, `log_weights` {K}, `log_smoothing` {K}.
  public var layout: ParameterLayout {
    ParameterLayout([
      ParameterBlock("filters", [filters, channels, size, size]),
      ParameterBlock("log_weights", [filters], .exponential),
      ParameterBlock("log_smoothing", [filters], .exponential),
    ])
  }

  /// Images of another number of channels, or too small to be extended beyond their border.
  public func misfit(of shape: Shape) -> String? {
    if let misfit = shape.channelMisfit(channels, of: "fields_of_experts", argument: "channels") {
      return misfit
    }
    if boundary != .zero, min(shape[1], shape[2]) <= size / 2 {
      return "images of \(shape[1]) × \(shape[2]) pixels are too small for filters of size \(size)"
    }
    return nil
  }

  /// Packs the filters and computes the constants: some milliseconds.
  public func prepared(
    for theta: Parameters, elementType: ElementType
  ) throws -> any PreparedRegularizer {
    guard theta.values.allSatisfy(\.isFinite) else {
      throw ScriptError("fields_of_experts: theta has a value that is not finite")
    }
    return PreparedFieldsOfExperts(self, theta.values, elementType)
  }
}

extension FieldsOfExperts: Scriptable {
  /// `bl.regularizer.fields_of_experts`.
  public static let declaration = Declaration(
    FieldsOfExperts.self, "fields_of_experts",
    "A sum of smoothed absolute values of learned filters' responses.",
    details: """
      R(x) = sum_k beta_k sum_p phi((c_k * x)_p; nu_k), convex in x. The blocks of theta are \
      filters {filters, channels, size, size}, log_weights (log beta) and log_smoothing (log nu), \
      which scripts also read as weights and smoothing.
      """,
    example: "bl.regularizer.fields_of_experts { filters = 30, size = 7 }",
    source: "Roth & Black 2009, Fields of Experts"
  ) {
    Constructor(FieldsOfExperts()) {
      Field("filters", \.filters, .integer(atLeast: 1, atMost: 4096), "number of filters")
      Field(
        "size", \.size,
        .integer(atLeast: 3, atMost: 13).restricted(to: "an odd integer from 3 to 13") {
          $0 % 2 == 1
        }, "extent of the filters", unit: "pixels")
      Field("boundary", \.boundary, .choice, "what the filters see outside of the image")
      Field("potential", \.potential, .choice, "phi")
      Field("channels", \.channels, .integer(atLeast: 1, atMost: 512), "channels of the images")
      Field("initialization", \.initialization, .choice, "where the filters start")
      Field(
        "initial_log_weight", \.initialLogWeight, .optional(.number),
        "log beta at first; log(\(FieldsOfExperts.initialTotalWeight) / filters) when absent")
      Field(
        "initial_log_smoothing", \.initialLogSmoothing, .number,
        "log nu at first, for filters of norm 1")
      Field(
        "initial_filter_norm", \.initialFilterNorm, .number(above: 0),
        "norm of the initial filters; the larger, the less a step moves them beside the logarithms")
    }
    RegularizerMembers.shared
  }
}
