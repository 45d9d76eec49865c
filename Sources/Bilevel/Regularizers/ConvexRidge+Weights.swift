import Script
import Tensors

/// Trained models: the names of the LearnedRegularizers code, or those of the blocks of θ.
extension ConvexRidge {
  /// The description with what its trained model says, where there is one.
  ///
  /// Throws a misuse error where layers lack a channel or size, or arrays do not fit each other.
  func completed(_ name: String) throws -> ConvexRidge {
    let ridge = try weights.map { try ConvexRidge(self, trainedAs: $0) } ?? self
    guard ridge.channels.count == ridge.sizes.count, !ridge.channels.isEmpty else {
      throw ScriptError(
        "bl.regularizer.\(name): 'channels' and 'sizes' must have one number per layer each, got "
          + "\(channels.count) and \(sizes.count)")
    }
    try ridge.checkExtent(name)
    return ridge
  }

  /// Throws for layers that would be too large to normalise.
  private func checkExtent(_ name: String) throws {
    let inner = channels.dropLast().max() ?? 1
    for (what, count, most) in [
      ("layers", channels.count, Self.mostLayers),
      ("image channels", imageChannels, Self.mostImageChannels),
      ("channels in all layers but the last", inner, Self.mostInnerChannels),
      ("filters in the last layer", channels[channels.count - 1], Self.mostFilters),
    ] where count > most {
      throw ScriptError("bl.regularizer.\(name): at most \(most) \(what), got \(count)")
    }
  }

  /// The same with the channels, sizes and parameters of a trained model.
  public init(_ template: ConvexRidge, trainedAs weights: PretrainedWeights) throws {
    self = template
    try weights.check(are: .ridge)
    let names = TrainedRidgeNames(weights)
    (channels, sizes) = ([], [])
    var values: [Double] = []
    for layer in 0..<names.layers {
      let tensor = try Self.filters(weights, names.filters(layer), after: channels.last)
      if layer == 0 { imageChannels = tensor.shape[1] }
      channels.append(tensor.shape[0])
      sizes.append(tensor.shape[2])
      values += tensor.elements
    }
    let filters = channels[channels.count - 1]
    values += try weights.tensor(names.scaling, "a tensor of \(filters) numbers") {
      $0.count == filters
    }.elements
    for name in [names.beta, "alpha", "scale"] { values.append(try weights.number(name)) }
    try weights.checkNames(names.all)
    trained = values
    self.weights = weights
  }

  /// One layer's filters: square, of a size that there are kernels for, with as many inputs as the layer
  /// before has outputs.
  private static func filters(
    _ weights: PretrainedWeights, _ name: String, after inputs: Int?
  ) throws -> Tensor {
    let count = inputs.map(String.init) ?? "inputs"
    let words =
      "a tensor of shape {outputs, \(count), size, size}, the size odd and from 3 to 13"
    return try weights.tensor(name, words) { shape in
      shape.rank == 4 && shape[2] == shape[3] && (3...13).contains(shape[2]) && shape[2] % 2 == 1
        && shape[0] > 0 && shape[1] > 0 && shape[1] == inputs ?? shape[1]
    }
  }
}

/// What the arrays of a trained ridge regularizer are called.
private struct TrainedRidgeNames {
  /// Whether they are called as the blocks of θ.
  private let isOwn: Bool
  /// Number of layers, at least 1.
  private(set) var layers = 1

  init(_ weights: PretrainedWeights) {
    isOwn = weights.tensors["filters_1"] != nil
    while weights.tensors[filters(layers)] != nil { layers += 1 }
  }

  func filters(_ layer: Int) -> String {
    if isOwn { return "filters_\(layer + 1)" }
    return layer == 0
      ? "regularizer.filters.0.parametrizations.weight.original"
      : "regularizer.filters.\(layer).weight"
  }

  var scaling: String { isOwn ? "scaling" : "regularizer.scaling" }
  var beta: String { isOwn ? "beta" : "regularizer.beta" }
  var all: [String] { (0..<layers).map(filters) + [scaling, beta, "alpha", "scale"] }
}
