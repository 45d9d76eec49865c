import Kernels
import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An input-convex network: R(x) = e^{α − 2t} N(e^t x), N(x) = Σ_c e^{s_c} Σ_p a((Wz a(Wx x + bx) + bz)_cp).
///
/// Wz ≥ 0, and there are zeros outside of the image (Amos, Xu and Kolter 2017; Mukherjee et al. 2024).
/// Wx takes the image to `channels` maps, Wz these to as many. The filters of `wx` lose their mean before
/// use; `wz` is projected onto the non-negative numbers after each step of an optimizer. The blocks of θ are
/// `wx`, `wx_bias`, `wz`, `wz_bias`, `scaling` = s, `smoothing` = log τ, `alpha` = α and `scale` = t.
///
/// The activation a has the width τ. The smoothed ReLU (0, t²/(2τ), t − τ/2) is the one that is used in
/// practice; its second derivative jumps, so that no certificate of a hypergradient's error shrinks with
/// that of the lower level. With softplus, R is smooth.
public struct ICNN: Regularizer {
  /// Maps of either layer.
  public var channels: Int
  /// Odd extent of the filters, in pixels: 3 to 13.
  public var size: Int
  /// Layers of activations; there are two.
  public var layers = 2
  /// a.
  public var potential: Activation
  /// Channels of the images.
  public var imageChannels: Int
  /// The mean of log Wz at first.
  public var initialLogHiddenWeight: Double
  /// s_c at first.
  public var initialScaling: Double
  /// log τ at first.
  public var initialSmoothing: Double
  /// A trained network that θ starts from; it also sets the extents.
  public var weights: PretrainedWeights?

  /// A network of the given extents.
  public init(
    channels: Int = 32, size: Int = 5, potential: Activation = .smoothedRamp,
    imageChannels: Int = 1, initialLogHiddenWeight: Double = -10,
    initialScaling: Double = ICNN.usualScaling, initialSmoothing: Double = ICNN.usualSmoothing
  ) {
    self.channels = channels
    self.size = size
    self.potential = potential
    self.imageChannels = imageChannels
    self.initialLogHiddenWeight = initialLogHiddenWeight
    self.initialScaling = initialScaling
    self.initialSmoothing = initialSmoothing
  }

  /// s_c at first: log 0.001.
  public static let usualScaling = log(0.001)
  /// log τ at first: log 0.01.
  public static let usualSmoothing = log(0.01)

  /// The network without weights.
  var network: ConvexNetwork {
    ConvexNetwork(
      features: channels, size: size, imageChannels: imageChannels, activation: potential)
  }

  /// Where its weights start.
  var start: ConvexNetwork.Start {
    ConvexNetwork.Start(
      logHiddenWeight: initialLogHiddenWeight, scaling: initialScaling, smoothing: initialSmoothing)
  }

  /// The extents of a network, with the weights that it comes from.
  func with(_ network: ConvexNetwork, of weights: PretrainedWeights) -> ICNN {
    var adopted = self
    adopted.weights = weights
    (adopted.channels, adopted.size) = (network.features, network.size)
    adopted.imageChannels = network.imageChannels
    return adopted
  }

  /// The same activation with trained weights and their extents; throws a `Mismatch` where they do not fit.
  public func adopting(_ weights: PretrainedWeights) throws -> ICNN {
    try weights.check(are: .network)
    let names = ConvexNetwork.Names(weights, blocks: "", module: "regularizer.icnn.")
    try weights.checkNames(names.all + ScaledNetworks.keys)
    let network = try ConvexNetwork(weights, names, activation: potential)
    var adopted = with(network, of: weights)
    adopted.trained = try network.values(of: weights, names) + ScaledNetworks.scalars(weights)
    return adopted
  }

  private var trained: [Double]?

  /// The network's blocks, `alpha` {1} and `scale` {1}.
  public var layout: ParameterLayout {
    ParameterLayout(network.blocks("") + ScaledNetworks.blocks)
  }

  /// The trained weights; or filters by Glorot and Bengio 2010, small positive Wz, uniform biases and
  /// α = t = 0.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    if let trained { return Parameters(trained, layout: layout) }
    var random = random
    return Parameters(network.initialValues(start, &random) + [0, 0], layout: layout)
  }

  /// Images of another number of channels.
  public func misfit(of shape: Shape) -> String? {
    shape.channelMisfit(imageChannels, of: "icnn")
  }

  /// Wz ← max(Wz, 0).
  public func project(_ theta: inout Parameters) { network.project(&theta.values, from: 0) }

  /// Packs the weights and computes the constants: some milliseconds.
  public func prepared(
    for theta: Parameters, elementType: ElementType
  ) throws -> any PreparedRegularizer {
    try ScaledNetworks.prepared([(network, 1)], theta, elementType, "icnn")
  }
}

/// What regularizers made of networks share: the scalars α and t at the end of θ.
enum ScaledNetworks {
  /// `alpha` {1} and `scale` {1}.
  static let blocks = [ParameterBlock("alpha", [1]), ParameterBlock("scale", [1])]
  /// Their names among trained weights.
  static let keys = ["alpha", "scale"]

  /// α and t of trained weights.
  static func scalars(_ weights: PretrainedWeights) throws -> [Double] {
    try keys.map { try weights.number($0) }
  }

  /// The networks, each with its sign, at θ.
  static func prepared(
    _ networks: [(ConvexNetwork, sign: Double)], _ theta: Parameters, _ elementType: ElementType,
    _ name: String
  ) throws -> PreparedNetworks {
    let count = theta.values.count
    let (alpha, scale) = (theta.values[count - 2], theta.values[count - 1])
    var start = 0
    let prepared = try networks.map { network, sign in
      let range = start..<start + network.offsets.count
      start = range.upperBound
      let values = network.kernelParameters(
        theta.values[range], alpha: alpha, scale: scale, sign: sign)
      let smoothing = values[network.offsets.smoothing]
      guard values.allSatisfy(\.isFinite), smoothing > 0, (1 / smoothing).isFinite else {
        throw ScriptError(
          "\(name): theta has a value that is not finite, or too large or small for exp")
      }
      return PreparedNetwork(network, values, stretch: exp(scale), sign: sign, elementType)
    }
    return PreparedNetworks(
      prepared, imageChannels: networks[0].0.imageChannels, elementType)
  }
}

extension ICNN: Scriptable {
  /// `bl.regularizer.icnn`.
  public static let declaration = Declaration(
    ICNN.self, "icnn", "An input-convex neural network of two convolutional layers.",
    details: """
      R(x) = e^(alpha - 2 scale) N(e^scale x), N(x) = sum_c e^scaling_c sum_p a((Wz a(Wx x + bx) + bz)_cp), \
      convex in x for Wz >= 0, to which optimizers project. The filters of wx lose their mean before use. \
      a is 0, t^2/(2 tau), t - tau/2 (smoothed_relu) or tau log(1 + e^(t/tau)) (softplus) with \
      tau = e^smoothing. The blocks of theta are wx, wx_bias, wz, wz_bias, scaling, smoothing, alpha and \
      scale. Certified error bounds of hypergradients shrink with the lower level's accuracy for softplus only.
      """,
    example: "bl.regularizer.icnn { channels = 32, size = 5 }",
    source: "Amos, Xu & Kolter 2017, Input Convex Neural Networks"
  ) {
    Constructor(ICNN(), recorded: \.self) {
      Self.fields(\ICNN.self)
      Field(
        "layers", \.layers, .integer.restricted(to: "2, the depth there is") { $0 == 2 },
        "layers of activations")
    } build: {
      options in
      try options.weights.map { try options.adopting($0) } ?? options
    }
    RegularizerMembers.shared
  }

  /// The named arguments of a network, of whatever holds one.
  static func fields<Owner>(_ path: WritableKeyPath<Owner, ICNN>) -> [Field<Owner>] {
    [
      Field(
        "channels", path.appending(path: \.channels),
        .integer(atLeast: 1, atMost: ConvexNetwork.mostFeatures), "maps of either layer"
      ).determined(by: "weights"),
      Field(
        "size", path.appending(path: \.size),
        .integer(atLeast: 3, atMost: 13).restricted(to: "an odd integer from 3 to 13") {
          $0 % 2 == 1
        }, "extent of the filters", unit: "pixels"
      ).determined(by: "weights"),
      Field("potential", path.appending(path: \.potential), .choice, "the activation a"),
      Field(
        "image_channels", path.appending(path: \.imageChannels),
        .integer(atLeast: 1, atMost: ConvexNetwork.mostImageChannels), "channels of the images"
      ).determined(by: "weights"),
      Field(
        "initial_log_hidden_weight", path.appending(path: \.initialLogHiddenWeight),
        .number(atMost: 10), "mean of log Wz at first"
      ).determined(by: "weights"),
      Field(
        "initial_scaling", path.appending(path: \.initialScaling), .number(atMost: 50),
        "scaling at first"
      ).determined(by: "weights"),
      Field(
        "initial_smoothing", path.appending(path: \.initialSmoothing),
        .number(atLeast: -50, atMost: 50), "log tau at first"
      ).determined(by: "weights"),
      Field(
        "weights", path.appending(path: \.weights), .optional(PretrainedWeights.kind),
        "what was trained, to start from, under the names of its PyTorch module or of theta:save; "
          + "sets the extents"),
    ]
  }
}
