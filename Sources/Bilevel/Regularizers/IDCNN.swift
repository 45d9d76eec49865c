import Kernels
import Script
import Tensors

/// A difference of two input-convex networks: R(x) = e^{α − 2t} (N₁(e^t x) − N₂(e^t x)) (Zhang and Leong 2025).
///
/// N₁ and N₂ are as in `ICNN`, each with blocks of its own: those of N₁ begin with `convex_`, those of N₂ with
/// `concave_`. R is weakly convex: its Hessian is at least minus a certified bound of N₂'s, so that a lower
/// level with a strongly convex data term stays convex where that bound is small enough.
public struct IDCNN: Regularizer {
  /// Maps of either layer of each network.
  public var channels: Int
  /// Odd extent of the filters, in pixels: 3 to 13.
  public var size: Int
  /// The activation.
  public var potential: Activation
  /// Channels of the images.
  public var imageChannels: Int
  /// The mean of log Wz at first.
  public var initialLogHiddenWeight: Double
  /// s_c at first.
  public var initialScaling: Double
  /// log τ at first.
  public var initialSmoothing: Double
  /// A trained pair that θ starts from; it also sets the extents.
  public var weights: PretrainedWeights?

  /// Two networks of the given extents.
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

  private var network: ConvexNetwork {
    ConvexNetwork(
      features: channels, size: size, imageChannels: imageChannels, activation: potential)
  }

  /// The same activation with trained weights and their extents; throws a `Mismatch` where they do not fit.
  public func adopting(_ weights: PretrainedWeights) throws -> IDCNN {
    let names = [("convex_", "regularizer.icnn1."), ("concave_", "regularizer.icnn2.")].map {
      ConvexNetwork.Names(weights, blocks: $0, module: $1)
    }
    try weights.checkNames(names.flatMap(\.all) + ScaledNetworks.keys)
    // Both have the extents of the first.
    let network = try ConvexNetwork(weights, names[0], activation: potential)
    var adopted = self
    adopted.weights = weights
    (adopted.channels, adopted.size) = (network.features, network.size)
    adopted.imageChannels = network.imageChannels
    adopted.trained =
      try names.flatMap { try network.values(of: weights, $0) }
      + ScaledNetworks.scalars(weights)
    return adopted
  }

  private var trained: [Double]?

  /// The blocks of N₁ and N₂, `alpha` {1} and `scale` {1}.
  public var layout: ParameterLayout {
    ParameterLayout(
      network.blocks("convex_") + network.blocks("concave_") + ScaledNetworks.blocks)
  }

  /// The trained weights; or both networks as `ICNN` starts, independent of each other.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    if let trained { return Parameters(trained, layout: layout) }
    var random = random
    let start = ConvexNetwork.Start(
      logHiddenWeight: initialLogHiddenWeight, scaling: initialScaling,
      smoothing: initialSmoothing)
    let convex = network.initialValues(start, &random)
    let concave = network.initialValues(start, &random)
    return Parameters(convex + concave + [0, 0], layout: layout)
  }

  /// Images of another number of channels.
  public func misfit(of shape: Shape) -> String? {
    shape[0] == imageChannels
      ? nil : "idcnn is made for \(imageChannels) channels, the images have \(shape[0])"
  }

  /// Wz ← max(Wz, 0) in both networks.
  public func project(_ theta: inout Parameters) {
    network.project(&theta.values, from: 0)
    network.project(&theta.values, from: network.offsets.count)
  }

  /// Packs the weights and computes the constants: some milliseconds.
  public func prepared(
    for theta: Parameters, elementType: ElementType
  ) throws -> any PreparedRegularizer {
    try ScaledNetworks.prepared([(network, 1), (network, -1)], theta, elementType, "idcnn")
  }
}

extension IDCNN: Scriptable {
  /// `bl.regularizer.idcnn`.
  public static let declaration = Declaration(
    IDCNN.self, "idcnn", "A difference of two input-convex neural networks: weakly convex.",
    details: """
      R(x) = e^(alpha - 2 scale) (N1(e^scale x) - N2(e^scale x)) with networks as in icnn. The blocks of \
      theta are those of icnn twice, convex_wx … and concave_wx …, and alpha and scale. The Hessian of R \
      is at least minus a certified bound of N2's, which counts against the strong convexity of the lower level.
      """,
    example: "bl.regularizer.idcnn { channels = 32, size = 5 }",
    source: "Zhang & Leong 2025, arXiv 2502.00240"
  ) {
    Constructor(IDCNN(), recorded: \.self) {
      Field(
        "channels", \.channels, .integer(atLeast: 1, atMost: ConvexNetwork.mostFeatures),
        "maps of either layer of each network")
      Field(
        "size", \.size,
        .integer(atLeast: 3, atMost: 13).restricted(to: "an odd integer from 3 to 13") {
          $0 % 2 == 1
        }, "extent of the filters", unit: "pixels")
      Field("potential", \.potential, .choice, "the activation a")
      Field(
        "image_channels", \.imageChannels,
        .integer(atLeast: 1, atMost: ConvexNetwork.mostImageChannels), "channels of the images")
      Field(
        "initial_log_hidden_weight", \.initialLogHiddenWeight, .number(atMost: 10),
        "mean of log Wz at first")
      Field("initial_scaling", \.initialScaling, .number(atMost: 50), "scaling at first")
      Field(
        "initial_smoothing", \.initialSmoothing, .number(atLeast: -50, atMost: 50),
        "log tau at first")
      Field(
        "weights", \.weights, .optional(PretrainedWeights.kind),
        "a trained pair to start from, under the names of its PyTorch module or of theta:save; "
          + "sets the extents")
    } build: {
      options in
      try options.weights.map { try options.adopting($0) } ?? options
    }
    RegularizerMembers.shared
  }
}
