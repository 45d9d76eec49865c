import Kernels
import Tensors

/// One worker's access to convolutions one after the other, and to their derivatives.
///
/// Maps are a list of the layers' outputs; cotangents are laid out alike, the last one given and the
/// others overwritten. A chain without layers is the identity.
final class FilterChain {
  private let layers: [ConvolutionWorkspace]
  private let offsets: [Int]
  private let shapes: [Shape]
  private let elementType: ElementType

  init(
    _ kernels: [ConvolutionKernel], _ offsets: [Int], shape: Shape, _ elementType: ElementType,
    workers: Int
  ) {
    layers = kernels.map {
      ConvolutionWorkspace($0, height: shape[1], width: shape[2], workers: workers)
    }
    self.offsets = offsets
    self.elementType = elementType
    shapes = kernels.map { [$0.description.outputChannels, shape[1], shape[2]] }
  }

  /// Whether there are no layers.
  var isEmpty: Bool { layers.isEmpty }

  /// Room for the outputs of all layers.
  func maps() -> [Tensor] { shapes.map { Tensor(zeros: $0, elementType) } }

  /// maps ← the outputs of all layers.
  func forward(_ x: Tensor, _ maps: inout [Tensor]) {
    for layer in layers.indices {
      apply(layer, layer == 0 ? x : maps[layer - 1], to: &maps[layer])
    }
  }

  /// image ← image + (C_L ∘ … ∘ C_1)ᵀ of the last cotangent.
  func addAdjoint(_ cotangents: inout [Tensor], to image: inout Tensor) {
    for layer in layers.indices.dropFirst().reversed() {
      cotangents[layer - 1].fill(with: 0)
      addAdjoint(layer, cotangents[layer], to: &cotangents[layer - 1])
    }
    addAdjoint(0, cotangents[0], to: &image)
  }

  /// Adds the derivatives of ⟨last map, last cotangent⟩ by the coefficients of all layers, where `maps`
  /// are those of x.
  func addWeightGradient(
    _ x: Tensor, _ maps: [Tensor], _ cotangents: inout [Tensor],
    to sums: UnsafeMutablePointer<Double>
  ) {
    for layer in layers.indices.reversed() {
      let (input, output) = (layer == 0 ? x : maps[layer - 1], cotangents[layer])
      input.withBytes { input in
        output.withBytes {
          layers[layer].addWeightGradient(input, $0, to: sums + offsets[layer])
        }
      }
      guard layer > 0 else { return }
      cotangents[layer - 1].fill(with: 0)
      addAdjoint(layer, output, to: &cotangents[layer - 1])
    }
  }

  /// variations ← the derivatives of the maps of x along a direction of the coefficients.
  func forward(
    _ x: Tensor, _ maps: [Tensor], along direction: UnsafePointer<Double>,
    _ variations: inout [Tensor], scratch: inout [Tensor]
  ) {
    for layer in layers.indices {
      apply(layer, layer == 0 ? x : maps[layer - 1], to: &variations[layer], direction)
      guard layer > 0 else { continue }
      apply(layer, variations[layer - 1], to: &scratch[layer])
      variations[layer].add(scratch[layer])
    }
  }

  /// image ← image + the derivative of the adjoint of the last cotangent along a direction of the
  /// coefficients, of which the last variation is that of the last cotangent.
  func addAdjoint(
    _ cotangents: inout [Tensor], _ variations: inout [Tensor],
    along direction: UnsafePointer<Double>, to image: inout Tensor
  ) {
    for layer in layers.indices.dropFirst().reversed() {
      variations[layer - 1].fill(with: 0)
      addAdjoint(layer, variations[layer], to: &variations[layer - 1])
      addAdjoint(layer, cotangents[layer], to: &variations[layer - 1], direction)
      cotangents[layer - 1].fill(with: 0)
      addAdjoint(layer, cotangents[layer], to: &cotangents[layer - 1])
    }
    addAdjoint(0, variations[0], to: &image)
    addAdjoint(0, cotangents[0], to: &image, direction)
  }

  private func apply(
    _ layer: Int, _ x: Tensor, to y: inout Tensor, _ direction: UnsafePointer<Double>? = nil
  ) {
    x.withBytes { x in
      y.withMutableBytes { y in
        if let direction {
          layers[layer].forward(x, y, coefficients: direction + offsets[layer])
        } else {
          layers[layer].forward(x, y)
        }
      }
    }
  }

  private func addAdjoint(
    _ layer: Int, _ y: Tensor, to x: inout Tensor, _ direction: UnsafePointer<Double>? = nil
  ) {
    y.withBytes { y in
      x.withMutableBytes { x in
        if let direction {
          layers[layer].addAdjoint(y, to: x, coefficients: direction + offsets[layer])
        } else {
          layers[layer].addAdjoint(y, to: x)
        }
      }
    }
  }
}
