import Kernels
import Tensors

/// One network at one θ: packed weights and constants.
final class PreparedNetwork: Sendable {
  let network: ConvexNetwork
  let kernel: NetworkKernel
  /// 1, or −1 for a network that is subtracted.
  let sign: Double
  /// e^t Wx, which the kernel has.
  let filters: [Double]
  /// bx.
  let biases: [Double]
  /// w, with its sign.
  let weights: [Double]
  /// e^t.
  let stretch: Double
  let bounds: NetworkBounds

  /// The network with the kernel's parameters `values`, in which Wx is stretched by e^t.
  init(
    _ network: ConvexNetwork, _ values: [Double], stretch: Double, sign: Double,
    _ elementType: ElementType
  ) {
    self.network = network
    self.sign = sign
    self.stretch = stretch
    let description = network.kernelDescription(singlePrecision: elementType == .float32)
    let offsets = description.offsets
    kernel = NetworkKernel(description, parameters: values)
    filters = Array(values[..<offsets.firstBiases])
    biases = Array(values[offsets.firstBiases..<offsets.second])
    weights = Array(values[offsets.weights..<offsets.smoothing])
    bounds = NetworkBounds(network, values)
  }

  /// raw ← raw + the derivatives by the raw coordinates; returns those by α and t.
  ///
  /// The kernel's Wx is e^t P Wx with the removal of means P, and its log w is s + α − 2t: so
  /// d/dα = Σ_c d/d log w_c, and d/dt = ⟨e^t P Wx, d/d(e^t P Wx)⟩ − 2 Σ_c d/d log w_c.
  func pullBack(
    _ derivatives: inout [Double], to raw: inout [Double], offset: Int
  ) -> (alpha: Double, scale: Double) {
    let offsets = network.offsets
    var alpha = 0.0
    for i in offsets.weights..<offsets.smoothing { alpha += derivatives[i] }
    var scale = -2 * alpha
    for i in filters.indices { scale += filters[i] * derivatives[i] }
    network.removeMeans(&derivatives, from: 0)
    for i in filters.indices { derivatives[i] *= stretch }
    for i in 0..<offsets.count { raw[offset + i] += derivatives[i] }
    return (alpha, scale)
  }

  /// The direction of the kernel's parameters, w itself included, along one of raw coordinates.
  func pushForward(
    _ raw: [Double], offset: Int, alpha: Double, scale: Double, to direction: inout [Double]
  ) {
    let offsets = network.offsets
    for i in 0..<offsets.count { direction[i] = raw[offset + i] }
    network.removeMeans(&direction, from: 0)
    for i in filters.indices { direction[i] = stretch * direction[i] + scale * filters[i] }
    for c in weights.indices {
      let i = offsets.weights + c
      direction[i] = weights[c] * (direction[i] + alpha - 2 * scale)
    }
  }
}

/// A sum of networks with signs at one θ = (the networks' blocks, α, t): constants that hold for images of
/// any shape.
///
/// Each network's Hessian lies between −below and above, see `NetworkBounds`; so the sum of the aboves
/// and the sum of the belows bound the whole.
final class PreparedNetworks: PreparedRegularizer {
  let networks: [PreparedNetwork]
  let imageChannels: Int
  let elementType: ElementType

  init(_ networks: [PreparedNetwork], imageChannels: Int, _ elementType: ElementType) {
    self.networks = networks
    self.imageChannels = imageChannels
    self.elementType = elementType
  }

  var parameterCount: Int { networks.reduce(2) { $0 + $1.network.offsets.count } }
  var strongConvexity: Double { -networks.reduce(0) { $0 + $1.bounds.below($1.sign) } }
  var above: Double { networks.reduce(0) { $0 + $1.bounds.above($1.sign) } }
  var smoothness: Double { max(above, -strongConvexity) }
  var hessianLipschitz: Double { networks.reduce(0) { $0 + $1.bounds.hessianLipschitz } }
  /// The derivative with respect to Wx contains x itself, which is not bounded.
  var mixedLipschitz: Double { .infinity }

  func smoothness(for shape: Shape) -> Double { smoothness }

  func evaluator(for shape: Shape, workers: Int) -> any RegularizerEvaluator {
    NetworksEvaluator(self, shape, workers)
  }
}

/// One worker's sum of networks: the kernels, and the chain rule to raw coordinates.
final class NetworksEvaluator: RegularizerEvaluator {
  let prepared: PreparedNetworks
  let shape: Shape
  private let workspaces: [NetworkWorkspace]
  private var natural: [Double]  // derivatives by a kernel's parameters, or a direction of them
  private let scalars: Int  // where α and t stand in θ

  init(_ prepared: PreparedNetworks, _ shape: Shape, _ workers: Int) {
    precondition(
      shape.rank == 3 && shape[0] == prepared.imageChannels, "The images have these channels.")
    self.prepared = prepared
    self.shape = shape
    workspaces = prepared.networks.map {
      NetworkWorkspace($0.kernel, height: shape[1], width: shape[2], workers: workers)
    }
    let counts = prepared.networks.map(\.network.offsets.count)
    natural = Array(repeating: 0, count: counts.max() ?? 0)
    scalars = prepared.parameterCount - 2
  }

  var smoothness: Double { prepared.smoothness }

  func value(at x: Tensor) -> Double {
    var value = 0.0
    for workspace in workspaces { value += x.withBytes { workspace.value($0) } }
    return value
  }

  func addGradient(at x: Tensor, to gradient: inout Tensor) -> Double {
    var value = 0.0
    for workspace in workspaces {
      value += x.withBytes { x in gradient.withMutableBytes { workspace.gradient(x, $0) } }
    }
    return value
  }

  func prepareCurvature(at x: Tensor) {
    for workspace in workspaces { x.withBytes { workspace.prepareCurvature($0) } }
  }

  func addHessianProduct(_ v: Tensor, to product: inout Tensor) {
    for workspace in workspaces {
      v.withBytes { v in product.withMutableBytes { workspace.hessianProduct(v, $0) } }
    }
  }

  func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double], offset: Int) {
    accumulate(to: &theta, offset) { workspace, sums in
      x.withBytes { x in q.withBytes { workspace.mixedProduct(x, $0, to: sums) } }
    }
  }

  func addMixedDirection(at x: Tensor, _ direction: [Double], offset: Int, to image: inout Tensor) {
    var start = offset
    for (network, workspace) in zip(prepared.networks, workspaces) {
      network.pushForward(
        direction, offset: start, alpha: direction[offset + scalars],
        scale: direction[offset + scalars + 1], to: &natural)
      x.withBytes { x in
        image.withMutableBytes { image in
          natural.withUnsafeBufferPointer {
            workspace.mixedDirection(x, $0.baseAddress!, image)
          }
        }
      }
      start += network.network.offsets.count
    }
  }

  func addThirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, to image: inout Tensor) {
    for workspace in workspaces {
      x.withBytes { x in
        q.withBytes { q in
          d.withBytes { d in image.withMutableBytes { workspace.thirdProduct(x, q, d, $0) } }
        }
      }
    }
  }

  func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double], offset: Int
  ) {
    accumulate(to: &theta, offset) { workspace, sums in
      x.withBytes { x in
        q.withBytes { q in d.withBytes { workspace.mixedVariation(x, q, $0, to: sums) } }
      }
    }
  }

  /// Runs a kernel that adds derivatives by its parameters, and adds those by the raw coordinates.
  private func accumulate(
    to theta: inout [Double], _ offset: Int,
    _ body: (NetworkWorkspace, UnsafeMutablePointer<Double>) -> Void
  ) {
    var start = offset
    for (network, workspace) in zip(prepared.networks, workspaces) {
      natural.withUnsafeMutableBufferPointer {
        $0.update(repeating: 0)
        body(workspace, $0.baseAddress!)
      }
      let (alpha, scale) = network.pullBack(&natural, to: &theta, offset: start)
      theta[offset + scalars] += alpha
      theta[offset + scalars + 1] += scale
      start += network.network.offsets.count
    }
  }
}
