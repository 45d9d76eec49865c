import Tensors

/// Convolutions one after the other, W = C_L ∘ … ∘ C_1, each with as many pixels as the image: channels
/// and sizes, and where the coefficients of each layer lie in a flat list of all.
struct ConvolutionStack: Sendable, Hashable {
  /// Channels of the image.
  let imageChannels: Int
  /// Channels that each layer makes.
  let channels: [Int]
  /// Extent of each layer's filters.
  let sizes: [Int]
  /// Where each layer's coefficients begin, and where the last one's end.
  let offsets: [Int]

  init(imageChannels: Int, channels: [Int], sizes: [Int]) {
    precondition(channels.count == sizes.count && !channels.isEmpty, "Every layer has a size.")
    self.imageChannels = imageChannels
    self.channels = channels
    self.sizes = sizes
    let inputs = [imageChannels] + channels
    offsets = channels.indices.reduce(into: [0]) { offsets, layer in
      let taps = inputs[layer] * sizes[layer] * sizes[layer]
      offsets.append(offsets[offsets.count - 1] + channels[layer] * taps)
    }
  }

  /// Number of layers L.
  var count: Int { channels.count }
  /// Coefficients of all layers.
  var weightCount: Int { offsets[count] }
  /// Filters of the last layer.
  var filters: Int { channels[count - 1] }

  /// Channels that a layer sees.
  func inputs(of layer: Int) -> Int { layer == 0 ? imageChannels : channels[layer - 1] }

  /// Coefficients of one filter of a layer.
  func taps(of layer: Int) -> Int { inputs(of: layer) * sizes[layer] * sizes[layer] }

  /// The coefficients of one layer in the flat list.
  func range(of layer: Int) -> Range<Int> { offsets[layer]..<offsets[layer + 1] }

  /// {outputs, inputs, size, size}.
  func shape(of layer: Int) -> Shape {
    [channels[layer], inputs(of: layer), sizes[layer], sizes[layer]]
  }

  /// The stack without its last layer; nil where nothing is left.
  var inner: ConvolutionStack? {
    count == 1
      ? nil
      : ConvolutionStack(
        imageChannels: imageChannels, channels: Array(channels.dropLast()),
        sizes: Array(sizes.dropLast()))
  }

  /// Subtracts from each filter of the first layer its mean: an orthogonal projection.
  func center(_ coefficients: UnsafeMutablePointer<Double>) {
    let taps = taps(of: 0)
    for filter in 0..<channels[0] {
      let start = coefficients + filter * taps
      var sum = 0.0
      for i in 0..<taps { sum += start[i] }
      for i in 0..<taps { start[i] -= sum / Double(taps) }
    }
  }
}
