import Kernels
import Tensors

/// One worker's Fields of Experts: the fused kernels, and the chain rule to raw coordinates.
final class FieldsOfExpertsEvaluator: RegularizerEvaluator {
  let prepared: PreparedFieldsOfExperts
  let shape: Shape
  let smoothness: Double
  let workspace: RidgeWorkspace
  private var natural: [Double]  // derivatives or directions of β, then of ν
  private let filterCount: Int
  private let coefficientCount: Int

  init(_ prepared: PreparedFieldsOfExperts, _ shape: Shape, _ workers: Int) {
    if let misfit = prepared.description.misfit(of: shape) { preconditionFailure(misfit) }
    self.prepared = prepared
    self.shape = shape
    smoothness = prepared.smoothness(for: shape, workers: workers)
    workspace = RidgeWorkspace(
      prepared.kernel, height: shape[1], width: shape[2], workers: workers)
    filterCount = prepared.symbol.filters
    coefficientCount = filterCount * prepared.symbol.taps
    natural = Array(repeating: 0, count: 2 * filterCount)
  }

  func value(at x: Tensor) -> Double { x.withBytes { workspace.value($0) } }

  func addGradient(at x: Tensor, to gradient: inout Tensor) -> Double {
    x.withBytes { x in
      gradient.withMutableBytes { workspace.gradient(x, $0, wantsValue: true) }
    }
  }

  func prepareCurvature(at x: Tensor) { x.withBytes { workspace.prepareCurvature($0) } }

  func addHessianProduct(_ v: Tensor, to product: inout Tensor) {
    v.withBytes { v in product.withMutableBytes { workspace.hessianProduct(v, $0) } }
  }

  func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double], offset: Int) {
    accumulate(to: &theta, offset) { coefficients, weights, smoothing in
      x.withBytes { x in
        q.withBytes {
          workspace.mixedProduct(
            x, $0, coefficients: coefficients, weights: weights, smoothing: smoothing)
        }
      }
    }
  }

  func addMixedDirection(at x: Tensor, _ direction: [Double], offset: Int, to image: inout Tensor) {
    for k in 0..<filterCount {
      let raw = offset + coefficientCount + k
      natural[k] = prepared.weights[k] * direction[raw]
      natural[filterCount + k] = prepared.smoothing[k] * direction[raw + filterCount]
    }
    x.withBytes { x in
      image.withMutableBytes { image in
        direction.withUnsafeBufferPointer { direction in
          natural.withUnsafeBufferPointer { natural in
            workspace.mixedDirection(
              x, coefficients: direction.baseAddress! + offset, weights: natural.baseAddress!,
              smoothing: natural.baseAddress! + filterCount, image)
          }
        }
      }
    }
  }

  func addThirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, to image: inout Tensor) {
    x.withBytes { x in
      q.withBytes { q in
        d.withBytes { d in image.withMutableBytes { workspace.thirdProduct(x, q, d, $0) } }
      }
    }
  }

  func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double], offset: Int
  ) {
    accumulate(to: &theta, offset) { coefficients, weights, smoothing in
      x.withBytes { x in
        q.withBytes { q in
          d.withBytes {
            workspace.mixedVariation(
              x, q, $0, coefficients: coefficients, weights: weights, smoothing: smoothing)
          }
        }
      }
    }
  }

  /// Runs a kernel that adds natural derivatives; d/d log β = β d/dβ and d/d log ν = ν d/dν.
  private func accumulate(
    to theta: inout [Double], _ offset: Int,
    _ body: (
      UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>
    )
      -> Void
  ) {
    theta.withUnsafeMutableBufferPointer { theta in
      natural.withUnsafeMutableBufferPointer { natural in
        natural.update(repeating: 0)
        let start = theta.baseAddress! + offset
        body(start, natural.baseAddress!, natural.baseAddress! + filterCount)
        for k in 0..<filterCount {
          start[coefficientCount + k] += prepared.weights[k] * natural[k]
          start[coefficientCount + filterCount + k] +=
            prepared.smoothing[k] * natural[filterCount + k]
        }
      }
    }
  }
}
