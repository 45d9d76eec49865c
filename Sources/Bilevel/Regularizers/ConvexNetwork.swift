import Imaging
import Kernels
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A convolutional network that is convex in its input: N(x) = Σ_c e^{s_c} Σ_p a((Wz a(Wx x + bx) + bz)_cp)
/// (Amos, Xu and Kolter 2017), as a part of a regularizer R̃(x) = e^{α − 2t} N(e^t x).
///
/// a is convex and does not decrease, so that N is convex for Wz ≥ 0. The filters of Wx are those of the
/// block `wx` minus their mean. The blocks are `wx` {features, channels, size, size}, `wx_bias`
/// {features}, `wz` {features, features, size, size}, `wz_bias` {features}, `scaling` = s {features} and
/// `smoothing` = log τ {1}; α and t belong to the regularizer.
struct ConvexNetwork: Sendable {
  var features: Int
  var size: Int
  var imageChannels: Int
  var activation: Activation

  /// The most maps of a layer.
  static let mostFeatures = 512
  /// The most channels of an image.
  static let mostImageChannels = 16

  func kernelDescription(singlePrecision: Bool) -> NetworkKernel.Description {
    NetworkKernel.Description(
      channels: imageChannels, features: features, size: size, activation: activation,
      singlePrecision: singlePrecision)
  }

  /// Where the blocks begin: in raw coordinates as in the kernel's.
  var offsets: NetworkKernel.Offsets { kernelDescription(singlePrecision: false).offsets }

  /// The blocks, their names after a prefix.
  func blocks(_ prefix: String) -> [ParameterBlock] {
    [
      ParameterBlock(prefix + "wx", [features, imageChannels, size, size]),
      ParameterBlock(prefix + "wx_bias", [features]),
      ParameterBlock(prefix + "wz", [features, features, size, size]),
      ParameterBlock(prefix + "wz_bias", [features]),
      ParameterBlock(prefix + "scaling", [features]),
      ParameterBlock(prefix + "smoothing", [1]),
    ]
  }

  /// Wz ← max(Wz, 0) in raw coordinates that begin at `start`.
  func project(_ values: inout [Double], from start: Int) {
    let offsets = offsets
    for i in start + offsets.second..<start + offsets.secondBiases {
      // Not max, which would hide a value that is not a number.
      if values[i] < 0 { values[i] = 0 }
    }
  }

  /// w ← w minus its mean over each of the filters that begin at `start`: the reparametrisation of Wx,
  /// which is its own adjoint.
  func removeMeans(_ values: inout [Double], from start: Int) {
    let taps = imageChannels * size * size
    for f in 0..<features {
      let range = start + f * taps..<start + (f + 1) * taps
      var sum = 0.0
      for i in range { sum += values[i] }
      let mean = sum / Double(taps)
      for i in range { values[i] -= mean }
    }
  }

  // MARK: Initial values

  /// Where the logarithms start.
  struct Start: Sendable {
    /// Mean of log Wz.
    var logHiddenWeight: Double
    /// s_c.
    var scaling: Double
    /// log τ.
    var smoothing: Double
  }

  /// Deviation of log Wz at first.
  static let hiddenDeviation = 0.1

  /// Wx by Glorot and Bengio 2010, minus the means; Wz = exp of normal numbers of deviation 0.1; biases
  /// uniform within ±1/√(what one output sees).
  func initialValues(_ start: Start, _ random: inout RandomSource) -> [Double] {
    let plane = size * size
    let deviation = (2 / Double((imageChannels + features) * plane)).squareRoot()
    var wx = Tensor(
      normal: [features * imageChannels * plane], deviation: deviation, from: &random
    ).elements
    removeMeans(&wx, from: 0)
    let wxBias = biases(seeing: imageChannels * plane, &random)
    let wz = Tensor(
      normal: [features * features * plane], deviation: Self.hiddenDeviation, from: &random
    ).elements.map { exp(start.logHiddenWeight + $0) }
    let wzBias = biases(seeing: features * plane, &random)
    let scaling = Array(repeating: start.scaling, count: features)
    return wx + wxBias + wz + wzBias + scaling + [start.smoothing]
  }

  private func biases(seeing inputs: Int, _ random: inout RandomSource) -> [Double] {
    let largest = 1 / Double(inputs).squareRoot()
    return (0..<features).map { _ in random.uniform(-largest, largest) }
  }

  // MARK: Weights that were trained elsewhere

  /// What the arrays of a trained network are called: as the blocks of θ, after the prefix `blocks`, where
  /// the weights have these; else as in its PyTorch module, after the prefix `module`.
  struct Names {
    /// Those of Wx, bx, Wz, bz, s and log τ.
    let all: [String]

    init(_ weights: PretrainedWeights, blocks: String, module: String) {
      all =
        weights.tensors[blocks + "wx"] != nil
        ? ["wx", "wx_bias", "wz", "wz_bias", "scaling", "smoothing"].map { blocks + $0 }
        : [
          "wx.parametrizations.weight.original", "wx.bias", "wz.weight", "wz.bias", "scaling",
          "smoothing",
        ].map { module + $0 }
    }
  }

  /// The network whose arrays have these names: its extents are those of Wx.
  init(_ weights: PretrainedWeights, _ names: Names, activation: Activation) throws {
    let filters = try weights.tensor(
      names.all[0],
      "a tensor {features, channels, size, size} of up to \(Self.mostFeatures) features, "
        + "\(Self.mostImageChannels) channels and an odd size from 3 to 13"
    ) { shape in
      shape.rank == 4 && (1...Self.mostFeatures).contains(shape[0])
        && (1...Self.mostImageChannels).contains(shape[1]) && shape[2] == shape[3]
        && RidgeKernel.sizes.contains(shape[2])
    }
    features = filters.shape[0]
    imageChannels = filters.shape[1]
    size = filters.shape[2]
    self.activation = activation
  }

  /// A network of given extents.
  init(features: Int, size: Int, imageChannels: Int, activation: Activation) {
    self.features = features
    self.size = size
    self.imageChannels = imageChannels
    self.activation = activation
  }

  /// The raw coordinates of such arrays.
  func values(of weights: PretrainedWeights, _ names: Names) throws -> [Double] {
    let (n, name) = (features, names.all)
    var values = try weights.tensor(name[0], [n, imageChannels, size, size]).elements
    values += try weights.tensor(name[1], [n]).elements
    values += try weights.tensor(name[2], [n, n, size, size]).elements
    values += try weights.tensor(name[3], [n]).elements
    values += try weights.tensor(name[4], "a tensor of \(n) numbers") { $0.count == n }.elements
    values.append(try weights.number(name[5]))
    project(&values, from: 0)
    return values
  }

  // MARK: From raw coordinates to the kernel's, and back

  /// The kernel's parameters: e^t Wx, bx, Wz, bz, ±e^{s + α − 2t}, τ.
  func kernelParameters(
    _ raw: ArraySlice<Double>, alpha: Double, scale: Double, sign: Double
  ) -> [Double] {
    let offsets = offsets
    var values = Array(raw)
    removeMeans(&values, from: 0)
    for i in 0..<offsets.firstBiases { values[i] *= exp(scale) }
    for i in offsets.weights..<offsets.smoothing {
      values[i] = sign * exp(values[i] + alpha - 2 * scale)
    }
    values[offsets.smoothing] = exp(values[offsets.smoothing])
    return values
  }
}
