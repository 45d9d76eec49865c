import Kernels
import Tensors

/// Derivatives of a layered ridge energy by its parameters.
///
/// S = ⟨∇E(z), p⟩ with z, p and e the last maps of x, q and d. The last layer's derivatives are those of
/// the ridge energy; the inner ones follow from the cotangents of the maps, z̄ = E″(z) p and
/// p̄ = ∇E(z). Along d they change by E‴(z)[p, e] and E″(z) e, and ē = E″(z) p joins. Scratch is made at
/// the first use of an operation.
final class RidgeParameterPasses {
  private let prepared: PreparedConvexRidge
  private let chain: FilterChain
  private let ridge: RidgeWorkspace  // both potentials at once
  private let parts: [RidgeWorkspace]
  private var natural: [Double]
  private let empty: [Tensor]
  private lazy var point = empty
  private lazy var second = empty
  private lazy var third = empty
  private lazy var cotangents = empty
  private lazy var variations = empty
  private lazy var scratch = empty

  init(_ prepared: PreparedConvexRidge, _ shape: Shape, _ workers: Int) {
    self.prepared = prepared
    chain = FilterChain(
      prepared.innerKernels, prepared.stack.offsets, shape: shape, prepared.elementType,
      workers: workers)
    func workspace(_ kernel: RidgeKernel) -> RidgeWorkspace {
      RidgeWorkspace(kernel, height: shape[1], width: shape[2], workers: workers)
    }
    ridge = workspace(prepared.kernel)
    parts = prepared.isWeaklyConvex ? prepared.parts.map(workspace) : [ridge]
    natural = Array(repeating: 0, count: prepared.naturalCount)
    empty = chain.maps()
  }

  /// theta ← theta + ∂S/∂θ.
  func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double], offset: Int) {
    chain.forward(x, &point)
    chain.forward(q, &second)
    let (z, p) = (point.last ?? x, second.last ?? q)
    accumulate(to: &theta, offset) { sums in
      z.withBytes { z in
        p.withBytes { p in
          eachPart(sums) { part, coefficients, weights, smoothing in
            part.mixedProduct(
              z, p, coefficients: coefficients, weights: weights, smoothing: smoothing)
          }
        }
      }
      if chain.isEmpty { return }
      product(at: z, p)
      chain.addWeightGradient(x, point, &cotangents, to: sums)
      gradient(at: z)
      chain.addWeightGradient(q, second, &cotangents, to: sums)
    }
  }

  /// theta ← theta + d/dt ∂S/∂θ at x + t d.
  func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double], offset: Int
  ) {
    chain.forward(x, &point)
    chain.forward(q, &second)
    chain.forward(d, &third)
    let (z, p, e) = (point.last ?? x, second.last ?? q, third.last ?? d)
    accumulate(to: &theta, offset) { sums in
      z.withBytes { z in
        p.withBytes { p in
          e.withBytes { e in
            eachPart(sums) { part, coefficients, weights, smoothing in
              part.mixedVariation(
                z, p, e, coefficients: coefficients, weights: weights, smoothing: smoothing)
            }
          }
        }
      }
      if chain.isEmpty { return }
      thirdProduct(at: z, p, e)
      chain.addWeightGradient(x, point, &cotangents, to: sums)
      product(at: z, p)
      chain.addWeightGradient(d, third, &cotangents, to: sums)
      product(at: z, e)
      chain.addWeightGradient(q, second, &cotangents, to: sums)
    }
  }

  /// image ← image + the derivative of the gradient along a direction of θ.
  func addMixedDirection(at x: Tensor, _ direction: [Double], offset: Int, to image: inout Tensor) {
    prepared.natural(of: direction, offset: offset, into: &natural)
    chain.forward(x, &point)
    let z = point.last ?? x
    natural.withUnsafeMutableBufferPointer { natural in
      let start = natural.baseAddress!
      if chain.isEmpty {
        image.withMutableBytes { addDirections(at: z, start, $0) }
        return
      }
      chain.forward(x, point, along: start, &second, scratch: &scratch)
      let last = variations.count - 1
      product(at: z, second[last])
      swap(&variations, &cotangents)
      variations[last].withMutableBytes { addDirections(at: z, start, $0) }
      gradient(at: z)
      chain.addAdjoint(&cotangents, &variations, along: start, to: &image)
    }
  }

  /// The parts' mixed directions, from natural directions.
  private func addDirections(
    at z: Tensor, _ natural: UnsafeMutablePointer<Double>, _ image: UnsafeMutableRawPointer
  ) {
    z.withBytes { z in
      eachPart(natural) { part, coefficients, weights, smoothing in
        part.mixedDirection(
          z, coefficients: coefficients, weights: weights, smoothing: smoothing, image)
      }
    }
  }

  // MARK: Last cotangents

  /// The last cotangent ← ∇E(z).
  private func gradient(at z: Tensor) {
    cotangent { output in
      z.withBytes { _ = ridge.gradient($0, output, wantsValue: false) }
    }
  }

  /// The last cotangent ← E″(z) v.
  private func product(at z: Tensor, _ v: Tensor) {
    z.withBytes { ridge.prepareCurvature($0) }
    cotangent { output in v.withBytes { ridge.hessianProduct($0, output) } }
  }

  /// The last cotangent ← E‴(z)[p, e].
  private func thirdProduct(at z: Tensor, _ p: Tensor, _ e: Tensor) {
    cotangent { output in
      z.withBytes { z in
        p.withBytes { p in e.withBytes { ridge.thirdProduct(z, p, $0, output) } }
      }
    }
  }

  private func cotangent(_ body: (UnsafeMutableRawPointer) -> Void) {
    let last = cotangents.count - 1
    cotangents[last].fill(with: 0)
    cotangents[last].withMutableBytes(body)
  }

  // MARK: Natural parameters

  /// Calls `body` for each potential with the places of its coefficients, weights and widths.
  private func eachPart(
    _ natural: UnsafeMutablePointer<Double>,
    _ body: (
      RidgeWorkspace, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>,
      UnsafeMutablePointer<Double>
    ) -> Void
  ) {
    let stack = prepared.stack
    for (index, part) in parts.enumerated() {
      let scales = natural + stack.weightCount + 2 * index * stack.filters
      body(part, natural + stack.offsets[stack.count - 1], scales, scales + stack.filters)
    }
  }

  /// Lets passes add natural derivatives, and adds what follows for θ.
  private func accumulate(
    to theta: inout [Double], _ offset: Int, _ body: (UnsafeMutablePointer<Double>) -> Void
  ) {
    natural.withUnsafeMutableBufferPointer { natural in
      natural.update(repeating: 0)
      body(natural.baseAddress!)
    }
    prepared.addDerivatives(&natural, to: &theta, offset: offset)
  }
}
