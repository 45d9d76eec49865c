import Kernels
import Tensors

// MARK: By the Lanczos method

extension StackNorm {
  /// Falls short of the true ‖W‖² at most by this, with all but a probability of 10⁻¹⁰.
  static let looseness = 0.02

  /// ‖W‖² of the very operator on square images, with the border that its layers see, from above.
  ///
  /// The largest Ritz value ξ of WᵀW is at least (1 − ε) ‖W‖², see `LargestEigenvalue`; the value is
  /// ξ/(1 − ε). With the unit Ritz vector u, ∂ξ = 2 ⟨Wu, (∂W)u⟩.
  static func power(
    _ stack: ConvolutionStack, _ coefficients: [Double], boundary: Boundary, side: Int
  ) -> StackNorm {
    let shape: Shape = [stack.imageChannels, side, side]
    let chain = FilterChain(
      stack.kernels(coefficients, boundary: boundary, .float64), stack.offsets, shape: shape,
      .float64, workers: 1)
    var maps = chain.maps()
    let pair = LargestEigenvalue(looseness: looseness).ritzPair(shape: shape) { v, product in
      chain.forward(v, &maps)
      product.fill(with: 0)
      chain.addAdjoint(&maps, to: &product)
    }
    chain.forward(pair.vector, &maps)
    var cotangents = maps
    var derivatives = [Double](repeating: 0, count: stack.weightCount)
    derivatives.withUnsafeMutableBufferPointer {
      chain.addWeightGradient(pair.vector, maps, &cotangents, to: $0.baseAddress!)
    }
    let scale = pair.value > 0 ? 2 / pair.value : 0
    return StackNorm(
      value: pair.value / (1 - looseness), logarithmDerivatives: derivatives.map { scale * $0 })
  }
}

extension ConvolutionStack {
  /// The kernels of all layers.
  func kernels(
    _ coefficients: [Double], boundary: Boundary, _ elementType: ElementType
  ) -> [ConvolutionKernel] {
    (0..<count).map { layer in
      ConvolutionKernel(
        ConvolutionKernel.Description(
          inputChannels: inputs(of: layer), outputChannels: channels[layer], size: sizes[layer],
          boundary: boundary, singlePrecision: elementType == .float32),
        coefficients: Array(coefficients[range(of: layer)]))
    }
  }
}

extension LargestEigenvalue {
  /// The largest Ritz value and its unit vector after as many steps as the looseness asks for, with all
  /// Lanczos vectors kept orthogonal: for small operators.
  func ritzPair(
    shape: Shape, _ apply: (Tensor, inout Tensor) -> Void
  ) -> (value: Double, vector: Tensor) {
    var random = RandomSource(seed: Self.seed)
    var basis = [Tensor(normal: shape, from: &random)]
    basis[0].scale(by: 1 / basis[0].norm)
    var diagonal: [Double] = []
    var offDiagonal: [Double] = []
    var next = Tensor(zeros: shape)
    let limit = min(steps(dimension: shape.count), shape.count)
    while true {
      apply(basis[basis.count - 1], &next)
      diagonal.append(next.dot(basis[basis.count - 1]))
      for _ in 0..<2 {
        for vector in basis { next.add(vector, times: -next.dot(vector)) }
      }
      let coupling = next.norm
      if basis.count == limit || coupling <= Self.exhausted * abs(diagonal[0]) { break }
      offDiagonal.append(coupling)
      next.scale(by: 1 / coupling)
      basis.append(next)
    }
    let system = SymmetricEigensystem(count: basis.count) { i, j in
      i == j ? diagonal[i] : (i - j == 1 ? offDiagonal[j] : 0)
    }
    var vector = Tensor(zeros: shape)
    for (element, direction) in zip(system.vectors[basis.count - 1], basis) {
      vector.add(direction, times: element)
    }
    return (system.values[basis.count - 1], vector)
  }
}
