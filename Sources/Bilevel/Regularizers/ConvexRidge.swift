import Kernels
import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The convex ridge regularizer, a convex function of learned filters in several layers.
///
/// Goujon et al. 2023, with the parameters of Hertrich et al. 2025:
///
///     R̃(x; θ) = e^(α − 2s) R(e^s x),   R(x) = Σ_k e^(−2σ_k) Σ_p e^(−β) φ(e^(β + σ_k) (Ŵx)_kp),
///
/// with Ŵ = W/√‖W‖², W = C_L ∘ … ∘ C_1 convolutions without bias, each of as many pixels as the image, the
/// mean of each filter of C_1 subtracted, and φ of unit width. The blocks of θ are `filters_1` …
/// `filters_L` (outputs × inputs × size × size, as they are before the mean is subtracted), `scaling`
/// (σ, one per filter of the last layer), `beta`, `alpha` and `scale` (s), one number each.
///
/// With t = (Wx)_kp the summands are those of Fields of Experts over the maps of the layer before the
/// last: w_k φ_{ν_k}(t), w_k = e^(α − s − σ_k)/‖W‖, ν_k = e^(−β − σ_k − s) ‖W‖. A gradient costs one pass of each
/// layer and one of its adjoint; the last layer is fused with the potential.
public struct ConvexRidge: Regularizer {
  /// What ‖W‖² stands for.
  public enum Normalization: String, Sendable, CaseIterable {
    /// The largest squared norm of the layers' product of Fourier symbols on a grid of 256 × 256
    /// frequencies; within reach of the border an estimate.
    case fourier
    /// A bound of the squared norm of the very operator on square images of `normalizationSize` pixels,
    /// by the Lanczos method.
    case power
  }

  /// Channels that each layer makes.
  public var channels: [Int]
  /// Odd extent of each layer's filters, in pixels: 3 to 13.
  public var sizes: [Int]
  /// φ.
  public var potential: Potential
  /// What each layer sees outside of its input.
  public var boundary: Boundary
  /// Channels of the images.
  public var imageChannels: Int
  /// How W is normalised.
  public var normalization: Normalization
  /// Extent of the images on which `.power` measures W.
  public var normalizationSize: Int
  /// The initial σ_k: log(2/0.1) suits noise of deviation 0.1.
  public var initialScaling: Double
  /// The initial β.
  public var initialBeta: Double
  /// The arrays of a trained model, from which it was made.
  public var weights: PretrainedWeights?
  /// θ of that model.
  var trained: [Double]?

  /// Layers of the given channels and sizes.
  public init(
    channels: [Int] = [4, 8, 64], sizes: [Int] = [5, 5, 5], potential: Potential = .huber,
    boundary: Boundary = .zero, imageChannels: Int = 1, normalization: Normalization = .fourier,
    normalizationSize: Int = 32, initialScaling: Double = log(20), initialBeta: Double = 4
  ) {
    self.channels = channels
    self.sizes = sizes
    self.potential = potential
    self.boundary = boundary
    self.imageChannels = imageChannels
    self.normalization = normalization
    self.normalizationSize = normalizationSize
    self.initialScaling = initialScaling
    self.initialBeta = initialBeta
  }

  /// The layers of W.
  var stack: ConvolutionStack {
    ConvolutionStack(imageChannels: imageChannels, channels: channels, sizes: sizes)
  }

  /// `filters_1` … `filters_L`, `scaling`, `beta`, `alpha`, `scale`.
  public var layout: ParameterLayout {
    let stack = stack
    return ParameterLayout(
      (0..<stack.count).map { ParameterBlock("filters_\($0 + 1)", stack.shape(of: $0)) }
        + [
          ParameterBlock("scaling", [stack.filters]), ParameterBlock("beta", [1]),
          ParameterBlock("alpha", [1]), ParameterBlock("scale", [1]),
        ])
  }

  /// The trained parameters where there are any; else normal filters of deviation
  /// √(2/(inputs + outputs))/size (Glorot and Bengio 2010), those of the first layer minus their mean,
  /// σ and β as given, α = s = 0.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    if let trained { return Parameters(trained, layout: layout) }
    let stack = stack
    var theta = Parameters(zeros: layout)
    var random = random
    for layer in 0..<stack.count {
      let fans = Double(stack.inputs(of: layer) + stack.channels[layer])
      let deviation = (2 / fans).squareRoot() / Double(stack.sizes[layer])
      let drawn = Tensor(normal: stack.shape(of: layer), deviation: deviation, from: &random)
      theta.values.replaceSubrange(stack.range(of: layer), with: drawn.elements)
    }
    theta.values.withUnsafeMutableBufferPointer { stack.center($0.baseAddress!) }
    for k in 0..<stack.filters { theta.values[stack.weightCount + k] = initialScaling }
    theta.values[stack.weightCount + stack.filters] = initialBeta
    return theta
  }

  /// Images of another number of channels, or too small to be extended beyond their border.
  public func misfit(of shape: Shape) -> String? { misfit(of: shape, named: "convex_ridge") }

  func misfit(of shape: Shape, named name: String) -> String? {
    if let misfit = shape.channelMisfit(imageChannels, of: name) { return misfit }
    let largest = sizes.max() ?? 1
    if boundary != .zero, min(shape[1], shape[2]) <= largest / 2 {
      return
        "images of \(shape[1]) × \(shape[2]) pixels are too small for filters of size \(largest)"
    }
    return nil
  }

  /// Packs the filters and normalises them: some milliseconds.
  public func prepared(
    for theta: Parameters, elementType: ElementType
  ) throws -> any PreparedRegularizer {
    try PreparedConvexRidge(self, theta.values, elementType, isWeaklyConvex: false)
  }
}

extension ConvexRidge: Scriptable {
  /// `bl.regularizer.convex_ridge`.
  public static let declaration = Declaration(
    ConvexRidge.self, "convex_ridge",
    "A convex function of learned filters in several layers.",
    details: """
      R(x) = e^(alpha - 2 scale) sum_k e^(-2 s_k - beta) sum_p phi(e^(beta + s_k + scale) (W x)_kp), \
      s = scaling, with the layers' product W normalised to norm 1 and phi of unit width, convex in x. \
      The blocks of theta are filters_1, filters_2, ... {outputs, inputs, size, size}, scaling, beta, \
      alpha and scale. weights is a trained model: the tensors of the LearnedRegularizers code \
      (regularizer.filters.0.parametrizations.weight.original, ...) or of theta:save; they say \
      channels and sizes. Huber's curvature jumps, so no certified bounds exist for it; log_cosh \
      and smoothed_absolute have them.
      """,
    example: "bl.regularizer.convex_ridge { channels = {4, 8, 64}, sizes = {5, 5, 5} }",
    source: "Goujon et al. 2023; Hertrich et al. 2025, Learning Regularization Functionals"
  ) {
    Constructor(ConvexRidge(), recorded: \ConvexRidge.self) {
      Self.fields(\ConvexRidge.self)
    } build: {
      try $0.completed("convex_ridge")
    }
    RegularizerMembers.shared
  }

  /// What scripts can ask for: the kernel of WᵀW, whose norm is measured, grows as the square of channels
  /// that are seen by a layer.
  static let mostImageChannels = 16
  static let mostInnerChannels = 64
  static let mostFilters = 1024
  static let mostLayers = 8

  /// The named arguments, of whatever holds such a description.
  static func fields<Owner>(_ path: WritableKeyPath<Owner, ConvexRidge>) -> [Field<Owner>] {
    [
      Field(
        "channels", path.appending(path: \.channels),
        .list(of: .integer(atLeast: 1, atMost: mostFilters), count: 1...mostLayers),
        "channels that each layer makes"
      ).determined(by: "weights"),
      Field(
        "sizes", path.appending(path: \.sizes),
        .list(
          of: .integer(atLeast: 3, atMost: 13).restricted(to: "an odd integer from 3 to 13") {
            $0 % 2 == 1
          }, count: 1...mostLayers), "extent of each layer's filters", unit: "pixels"
      ).determined(by: "weights"),
      Field("potential", path.appending(path: \.potential), .choice, "phi"),
      Field(
        "boundary", path.appending(path: \.boundary), .choice,
        "what each layer sees outside of its input"),
      Field(
        "image_channels", path.appending(path: \.imageChannels),
        .integer(atLeast: 1, atMost: mostImageChannels),
        "channels of the images"
      ).determined(by: "weights"),
      Field(
        "normalization", path.appending(path: \.normalization), .choice,
        "how the norm of W is measured: by Fourier transform, or on images with borders"),
      Field(
        "normalization_size", path.appending(path: \.normalizationSize),
        .integer(atLeast: 8, atMost: 256), "extent of these images", unit: "pixels"),
      Field(
        "weights", path.appending(path: \.weights), .optional(PretrainedWeights.kind),
        "a trained model, which says channels and sizes and where to start"),
      Field(
        "initial_scaling", path.appending(path: \.initialScaling), .number, "scaling at first"
      ).determined(by: "weights"),
      Field("initial_beta", path.appending(path: \.initialBeta), .number, "beta at first")
        .determined(by: "weights"),
    ]
  }
}
