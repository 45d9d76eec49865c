import Kernels
import Script
import Tensors

/// A difference of two input-convex networks: R(x) = e^{α − 2t} (N₁(e^t x) − N₂(e^t x)) (Zhang and Leong 2025).
///
/// N₁ and N₂ are as in `ICNN`, each with blocks of its own: those of N₁ begin with `convex_`, those of N₂ with
/// `concave_`. R is weakly convex: its Hessian is at least minus a certified bound of N₂'s, so that a lower
/// level with a strongly convex data term stays convex where that bound is small enough.
public struct IDCNN: Regularizer {
  /// What both networks have in common: extents, activation, where they start; its weights are those of
  /// the pair.
  public var common: ICNN

  /// Two networks of the given extents.
  public init(_ common: ICNN = ICNN()) { self.common = common }

  /// The same activation with trained weights and their extents; throws a `Mismatch` where they do not fit.
  public func adopting(_ weights: PretrainedWeights) throws -> IDCNN {
    try weights.check(are: .networkDifference)
    let names = [("convex_", "regularizer.icnn1."), ("concave_", "regularizer.icnn2.")].map {
      ConvexNetwork.Names(weights, blocks: $0, module: $1)
    }
    try weights.checkNames(names.flatMap(\.all) + ScaledNetworks.keys)
    // Both have the extents of the first.
    let network = try ConvexNetwork(weights, names[0], activation: common.potential)
    var adopted = IDCNN(common.with(network, of: weights))
    adopted.trained =
      try names.flatMap { try network.values(of: weights, $0) }
      + ScaledNetworks.scalars(weights)
    return adopted
  }

  private var trained: [Double]?
  private var network: ConvexNetwork { common.network }

  /// The blocks of N₁ and N₂, `alpha` {1} and `scale` {1}.
  public var layout: ParameterLayout {
    ParameterLayout(
      network.blocks("convex_") + network.blocks("concave_") + ScaledNetworks.blocks)
  }

  /// The trained weights; or both networks as `ICNN` starts, independent of each other.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    if let trained { return Parameters(trained, layout: layout) }
    var random = random
    let convex = network.initialValues(common.start, &random)
    let concave = network.initialValues(common.start, &random)
    return Parameters(convex + concave + [0, 0], layout: layout)
  }

  /// Images of another number of channels.
  public func misfit(of shape: Shape) -> String? {
    shape.channelMisfit(common.imageChannels, of: "idcnn")
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
      ICNN.fields(\IDCNN.common)
    } build: { options in
      try options.common.weights.map { try options.adopting($0) } ?? options
    }
    RegularizerMembers.shared
  }
}
