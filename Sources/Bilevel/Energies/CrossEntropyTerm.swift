import Kernels
import Tensors

/// D(x) = Σ_i ω_i CE(x a_i, label_i), as one worker sees it; results accumulate.
///
/// Constants, with S the Hessian of the cross-entropy by the scores, one score or several:
/// - ‖S‖ ≤ `curvature` = ¼ or ½: ⟨u, Su⟩ is the variance of u_j under p, at most a quarter of the squared
///   range, and the range is at most √2 ‖u‖;
/// - |dS[v](u, w)| ≤ `third` ‖u‖ ‖v‖ ‖w‖ with √3/18 or √6/9: a symmetric trilinear form has its norm at
///   equal arguments (Banach), there it is the third central moment of u_j under p; given the mean it is
///   linear in p, so largest for two values, where it is p (1 − p)(1 − 2p) times the cubed range;
/// - ‖p − e‖ ≤ `slope` = 1 or √2.
final class CrossEntropyTerm {
  /// The examples.
  let data: CrossEntropyData
  private let labels: [Int32]
  private let weights: [Double]  // ω
  private let workspace: CrossEntropyWorkspace
  private let constants: CrossEntropyConstants

  /// The term for x of the given shape, which fits.
  init(_ data: CrossEntropyData, shape: Shape, weights: [Double], workers: Int = 1) {
    self.data = data
    self.weights = weights
    labels = data.indices(for: shape)
    constants = CrossEntropyConstants(shape)
    workspace = CrossEntropyWorkspace(
      rows: data.count, features: data.width, scores: shape.rank == 1 ? 1 : shape[0],
      singlePrecision: data.features.elementType == .float32, workers: workers)
  }

  /// D(x).
  func value(at x: Tensor) -> Double { run(.gradient, x) }

  /// gradient ← gradient + ∇D(x); returns D(x).
  func addGradient(at x: Tensor, to gradient: inout Tensor) -> Double {
    run(.gradient, x, to: &gradient)
  }

  /// image ← image + Σ weights_i ∇CE_i(x).
  func addGradient(at x: Tensor, weights: [Double], to image: inout Tensor) {
    run(.gradient, x, weights: weights, to: &image)
  }

  /// Keeps what the Hessian products need.
  func prepareCurvature(at x: Tensor) { run(.prepareCurvature, x) }

  /// product ← product + ∂²D/∂x² v at the prepared x.
  func addHessianProduct(_ v: Tensor, to product: inout Tensor) {
    run(.hessianProduct, v, to: &product)
  }

  /// image ← image + ∂³D/∂x³(x)[q, d].
  func addThirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, to image: inout Tensor) {
    run(.thirdProduct, x, q, d, to: &image)
  }

  /// sums_i ← sums_i + weights_i ⟨∇CE_i(x), q⟩.
  func addSlopes(at x: Tensor, _ q: Tensor, weights: [Double], to sums: inout [Double]) {
    run(.slope, x, q, weights: weights)
    for i in sums.indices { sums[i] += workspace.rowValues[i] }
  }

  /// sums_i ← sums_i + weights_i d/dt ⟨∇CE_i(x + t d), q⟩ at t = 0.
  func addBends(
    at x: Tensor, _ q: Tensor, along d: Tensor, weights: [Double], to sums: inout [Double]
  ) {
    run(.bend, x, q, d, weights: weights)
    for i in sums.indices { sums[i] += workspace.rowValues[i] }
  }

  /// The share of examples whose largest score is not their label's.
  func errorRate(at x: Tensor) -> Double { run(.mistake, x) / Double(data.count) }

  // MARK: Bounds

  /// A bound of ‖(∂²D/∂x²(x′) − ∂²D/∂x²(x)) q‖ over ‖x′ − x‖ ≤ radius.
  ///
  /// Row i contributes ω_i (S′ − S) q a_i, and ‖S′ − S‖ ≤ min(third · radius ‖a_i‖, curvature).
  func hessianVariationBound(_ q: Tensor, radius: Double) -> Double {
    run(.response, q)
    var sum = 0.0
    for i in weights.indices {
      let change = min(constants.third * radius * data.rowNorms[i], constants.curvature)
      let part = weights[i] * change * workspace.rowValues[i]
      sum += part * part
    }
    return (data.squaredNorm * sum).squareRoot()
  }

  /// A bound of the norm of the vector weights_i ⟨∇CE_i(x′) − ∇CE_i(x), q⟩ over ‖x′ − x‖ ≤ radius.
  func slopeVariationBound(_ q: Tensor, weights: [Double], radius: Double) -> Double {
    run(.response, q)
    var sum = 0.0
    for i in weights.indices {
      let change = min(constants.curvature * radius * data.rowNorms[i], constants.slope)
      let part = weights[i] * change * workspace.rowValues[i]
      sum += part * part
    }
    return sum.squareRoot()
  }

  /// A bound of the spectral norm of t ↦ Σ t_i weights_i ∇CE_i(x′) over ‖x′ − x‖ ≤ radius.
  func slopeNormBound(at x: Tensor, weights: [Double], radius: Double) -> Double {
    run(.residual, x)
    var largest = 0.0
    for i in weights.indices {
      let residual =
        workspace.rowValues[i] + constants.curvature * radius * data.rowNorms[i]
      largest = max(largest, weights[i] * min(residual, constants.slope))
    }
    return data.squaredNorm.squareRoot() * largest
  }

  // MARK: Passes

  @discardableResult
  private func run(
    _ operation: CrossEntropyOperation, _ x: Tensor, _ q: Tensor? = nil, _ d: Tensor? = nil,
    weights: [Double]? = nil
  ) -> Double {
    run(operation, x, q, d, weights: weights, result: nil)
  }

  @discardableResult
  private func run(
    _ operation: CrossEntropyOperation, _ x: Tensor, _ q: Tensor? = nil, _ d: Tensor? = nil,
    weights: [Double]? = nil, to result: inout Tensor
  ) -> Double {
    result.withMutableBytes { run(operation, x, q, d, weights: weights, result: $0) }
  }

  private func run(
    _ operation: CrossEntropyOperation, _ x: Tensor, _ q: Tensor?, _ d: Tensor?,
    weights: [Double]?, result: UnsafeMutableRawPointer?
  ) -> Double {
    (weights ?? self.weights).withUnsafeBufferPointer { weights in
      labels.withUnsafeBufferPointer { labels in
        data.features.withBytes { matrix in
          guard let labels = labels.baseAddress, let weights = weights.baseAddress else { return 0 }
          let examples = CrossEntropyExamples(matrix: matrix, labels: labels, weights: weights)
          return x.withBytes { x in
            (q ?? data.features).withBytes { second in
              (d ?? data.features).withBytes { third in
                workspace.run(
                  operation, examples, x, q == nil ? nil : second, d == nil ? nil : third,
                  addingTo: result)
              }
            }
          }
        }
      }
    }
  }
}

/// The constants that are proven at `CrossEntropyTerm`.
struct CrossEntropyConstants {
  /// ‖S‖.
  let curvature: Double
  /// ‖dS‖.
  let third: Double
  /// ‖p − e‖.
  let slope: Double

  /// Those for x of the given shape.
  init(_ shape: Shape) {
    let isSingle = shape.rank == 1
    curvature = isSingle ? 0.25 : 0.5
    third = isSingle ? 3.0.squareRoot() / 18 : 6.0.squareRoot() / 9
    slope = isSingle ? 1 : 2.0.squareRoot()
  }
}
