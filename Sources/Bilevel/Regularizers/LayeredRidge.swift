import Kernels
import Tensors

/// One worker's ridge energy over the maps of a chain of convolutions, E(z) with z = C_{L−1} … C_1 x, and
/// its derivatives by x.
final class LayeredRidge {
  let chain: FilterChain
  let ridge: RidgeWorkspace
  private var point: [Tensor]
  private var second: [Tensor] = []
  private var third: [Tensor] = []
  private var cotangents: [Tensor]

  init(_ prepared: PreparedConvexRidge, _ kernel: RidgeKernel, _ shape: Shape, _ workers: Int) {
    chain = FilterChain(
      prepared.innerKernels, prepared.stack.offsets, shape: shape, prepared.elementType,
      workers: workers)
    ridge = RidgeWorkspace(kernel, height: shape[1], width: shape[2], workers: workers)
    point = chain.maps()
    cotangents = chain.maps()
  }

  /// E(z).
  func value(at x: Tensor) -> Double {
    chain.forward(x, &point)
    return (point.last ?? x).withBytes { ridge.value($0) }
  }

  /// gradient ← gradient + (∂z/∂x)ᵀ ∇E(z); returns E(z).
  func addGradient(at x: Tensor, to gradient: inout Tensor) -> Double {
    chain.forward(x, &point)
    let z = point.last ?? x
    return carryBack(to: &gradient) { output in
      z.withBytes { ridge.gradient($0, output, wantsValue: true) }
    }
  }

  /// Stores E″(z) for the products that follow.
  func prepareCurvature(at x: Tensor) {
    chain.forward(x, &point)
    (point.last ?? x).withBytes { ridge.prepareCurvature($0) }
  }

  /// product ← product + (∂z/∂x)ᵀ E″(z) (∂z/∂x) v at the prepared x.
  func addHessianProduct(_ v: Tensor, to product: inout Tensor) {
    chain.forward(v, &point)
    let z = point.last ?? v
    carryBack(to: &product) { output in z.withBytes { ridge.hessianProduct($0, output) } }
  }

  /// image ← image + (∂z/∂x)ᵀ E‴(z)[(∂z/∂x) q, (∂z/∂x) d].
  func addThirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, to image: inout Tensor) {
    if third.isEmpty { (second, third) = (chain.maps(), chain.maps()) }
    chain.forward(x, &point)
    chain.forward(q, &second)
    chain.forward(d, &third)
    let (z, p, e) = (point.last ?? x, second.last ?? q, third.last ?? d)
    carryBack(to: &image) { output in
      z.withBytes { z in
        p.withBytes { p in e.withBytes { ridge.thirdProduct(z, p, $0, output) } }
      }
    }
  }

  /// Lets a kernel add to an image of maps, and carries what it adds back to the image.
  private func carryBack<R>(
    to image: inout Tensor, _ body: (UnsafeMutableRawPointer) -> R
  ) -> R {
    if chain.isEmpty { return image.withMutableBytes(body) }
    let last = cotangents.count - 1
    cotangents[last].fill(with: 0)
    let result = cotangents[last].withMutableBytes(body)
    chain.addAdjoint(&cotangents, to: &image)
    return result
  }
}
