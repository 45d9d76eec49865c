import KernelInterface

/// The activation a of a two-layer network, with smoothing τ > 0: convex and non-decreasing.
public enum Activation: String, Sendable, CaseIterable {
  /// a(t) = 0 up to 0, t²/(2τ) up to τ and t − τ/2 beyond; a″ ≤ 1/τ jumps, so that it has no Lipschitz
  /// constant.
  case smoothedRamp = "smoothed_relu"
  /// a(t) = τ log(1 + e^(t/τ)); a″ ≤ 1/(4τ), |a‴| ≤ 1/(6√3 τ²).
  case softplus
}

/// Weights of a convolutional network of two layers, packed once and shared by all workers:
/// R(x) = Σ_c w_c Σ_p a((Wz a(Wx x + bx) + bz)_cp), with zeros outside of the image.
///
/// Wx takes the channels of the image to features, Wz features to as many features; both are
/// cross-correlations with filters of one size.
public final class NetworkKernel: @unchecked Sendable {
  /// What a network is made for.
  public struct Description: Sendable, Equatable {
    /// Channels of the images.
    public var channels: Int
    /// Features of either layer.
    public var features: Int
    /// Width and height of the filters: 3, 5, 7, 9, 11 or 13.
    public var size: Int
    /// a.
    public var activation: Activation
    /// Whether images hold Float32, not Float64.
    public var singlePrecision: Bool

    /// A description.
    public init(
      channels: Int, features: Int, size: Int, activation: Activation, singlePrecision: Bool
    ) {
      self.channels = channels
      self.features = features
      self.size = size
      self.activation = activation
      self.singlePrecision = singlePrecision
    }

    /// Where the parts of a vector of all parameters begin.
    public var offsets: Offsets { Offsets(self) }
  }

  /// Where the parts of a vector of all parameters begin: Wx, bx, Wz, bz, log w, log τ.
  public struct Offsets: Sendable {
    /// bx.
    public let firstBiases: Int
    /// Wz.
    public let second: Int
    /// bz.
    public let secondBiases: Int
    /// log w.
    public let weights: Int
    /// log τ.
    public let smoothing: Int
    /// How many parameters there are.
    public let count: Int

    init(_ description: Description) {
      let features = description.features
      let filter = description.size * description.size
      firstBiases = features * description.channels * filter
      second = firstBiases + features
      secondBiases = second + features * features * filter
      weights = secondBiases + features
      smoothing = weights + features
      count = smoothing + 1
    }
  }

  /// What the network is made for.
  public let description: Description
  /// The instruction set that it uses.
  public let instructionSet: InstructionSet

  let first: ConvolutionKernel
  let second: ConvolutionKernel
  let pointwise: @Sendable (NetworkPointwise) -> Void
  /// τ.
  let smoothing: Double
  private let parameters: Memory  // bx, bz and w

  /// Packs a vector of parameters, ordered Wx, bx, Wz, bz, w, τ.
  ///
  /// w_c may have either sign: a network of negative weights is subtracted.
  public init(
    _ description: Description, parameters values: [Double],
    instructionSet: InstructionSet = .preferred
  ) {
    let offsets = description.offsets
    precondition(values.count == offsets.count, "There is a value for every parameter.")
    precondition(values[offsets.smoothing] > 0, "The smoothing is positive.")
    self.description = description
    self.instructionSet = instructionSet
    first = NetworkKernel.layer(
      description, description.channels, Array(values[..<offsets.firstBiases]), instructionSet)
    second = NetworkKernel.layer(
      description, description.features, Array(values[offsets.second..<offsets.secondBiases]),
      instructionSet)
    pointwise = instructionSet.table.network.pointwise
    smoothing = values[offsets.smoothing]
    let features = description.features
    parameters = Memory(count: 3 * features, stride: MemoryLayout<Double>.stride)
    for c in 0..<features {
      parameters.doubles[c] = values[offsets.firstBiases + c]
      parameters.doubles[features + c] = values[offsets.secondBiases + c]
      parameters.doubles[2 * features + c] = values[offsets.weights + c]
    }
  }

  /// bx.
  var firstBiases: UnsafePointer<Double> { UnsafePointer(parameters.doubles) }
  /// bz.
  var secondBiases: UnsafePointer<Double> {
    UnsafePointer(parameters.doubles + description.features)
  }
  /// w.
  var weights: UnsafePointer<Double> {
    UnsafePointer(parameters.doubles + 2 * description.features)
  }

  private static func layer(
    _ description: Description, _ inputs: Int, _ coefficients: [Double],
    _ instructionSet: InstructionSet
  ) -> ConvolutionKernel {
    ConvolutionKernel(
      ConvolutionKernel.Description(
        inputChannels: inputs, outputChannels: description.features, size: description.size,
        boundary: .zero, singlePrecision: description.singlePrecision),
      coefficients: coefficients, instructionSet: instructionSet)
  }
}
