import Kernels
import Tensors

/// One worker's convex or weakly convex ridge regularizer: the layers' kernels, and the chain rule to raw
/// coordinates.
final class ConvexRidgeEvaluator: RegularizerEvaluator {
  let prepared: PreparedConvexRidge
  let shape: Shape
  let smoothness: Double
  private let layers: LayeredRidge
  private let parameters: RidgeParameterPasses

  init(_ prepared: PreparedConvexRidge, _ shape: Shape, _ workers: Int) {
    if let misfit = prepared.description.misfit(of: shape) { preconditionFailure(misfit) }
    self.prepared = prepared
    self.shape = shape
    smoothness = prepared.smoothness(for: shape, workers: workers)
    layers = LayeredRidge(prepared, prepared.kernel, shape, workers)
    parameters = RidgeParameterPasses(prepared, shape, workers)
  }

  func value(at x: Tensor) -> Double { layers.value(at: x) }

  func addGradient(at x: Tensor, to gradient: inout Tensor) -> Double {
    layers.addGradient(at: x, to: &gradient)
  }

  func prepareCurvature(at x: Tensor) { layers.prepareCurvature(at: x) }

  func addHessianProduct(_ v: Tensor, to product: inout Tensor) {
    layers.addHessianProduct(v, to: &product)
  }

  func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double], offset: Int) {
    parameters.addMixedProduct(at: x, q, to: &theta, offset: offset)
  }

  func addMixedDirection(at x: Tensor, _ direction: [Double], offset: Int, to image: inout Tensor) {
    parameters.addMixedDirection(at: x, direction, offset: offset, to: &image)
  }

  func addThirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, to image: inout Tensor) {
    layers.addThirdProduct(at: x, q, d, to: &image)
  }

  func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double], offset: Int
  ) {
    parameters.addMixedVariation(at: x, q, along: d, to: &theta, offset: offset)
  }
}
