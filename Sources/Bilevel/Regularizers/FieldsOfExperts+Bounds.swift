import Kernels
import Tensors

/// Local bounds over the ball ‖δ‖ ≤ ε around x. Two facts carry them. At each pixel |C_k δ| ≤ ρ_k ε with
/// ρ_k the norm of that row of C_k, so a response stays within ρ_k ε of r_k = C_k x, where the
/// derivatives of φ are bounded. And all responses share one budget: with a_k = β_k/ν_k and L the
/// smoothness, Σ_k a_k ‖C_k δ‖² ≤ L ε². So a sum over filters and pixels of gains that grow with |C_k δ|²
/// is a fractional knapsack (`BudgetedMaximum`).
extension FieldsOfExpertsEvaluator {
  /// ‖Σ_k β_k C_kᵀ(Δφ″_k · C_k q)‖ ≤ √L (Σ_k β_k ν_k ‖Δφ″_k · C_k q‖²)^½.
  func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    guard radius > 0 else { return 0 }
    var gains = BudgetedMaximum()
    let potential = prepared.description.potential
    respond(x, q, radius: radius) { k, u, w, e in
      let (beta, nu) = (prepared.weights[k], prepared.smoothing[k])
      let scale = beta / nu  // β ν (1/ν)² of φ″ = φ_1″/ν
      let price = beta * nu  // a ν²: responses in units of ν
      let variation = potential.secondDerivativeVariation(u, within: w)
      gains.add(variation, reach: w, scale: scale * e * e, price: price)
    }
    return (smoothness * gains.maximum(budget: smoothness * radius * radius)).squareRoot()
  }

  /// Σ_k β_k ⟨(φ̄″_k − φ″_k) C_k q, C_k e⟩, at each pixel at most sup |φ‴/φ″| |C_k q| times its own share of
  /// ⟨e, H̄ e⟩: the largest |C_k q|/ν_k takes the budget of all shares.
  ///
  /// Where φ″ jumps, the jumps within reach form a fractional knapsack.
  func pathVariationBound(at x: Tensor, _ q: Tensor, radius: Double, budget: Double) -> Double {
    let steepest = prepared.description.potential.relativeVariationBound
    guard steepest.isFinite else { return jumpBound(at: x, q, radius, budget) }
    var response = Tensor(zeros: [shape[1], shape[2]], prepared.elementType)
    var largest = 0.0
    for k in 0..<prepared.symbol.filters {
      q.withBytes { q in response.withMutableBytes { workspace.responses(q, filter: k, $0) } }
      largest = max(largest, response.largestMagnitude / prepared.smoothing[k])
    }
    return steepest * largest * budget
  }

  private func jumpBound(at x: Tensor, _ q: Tensor, _ radius: Double, _ budget: Double) -> Double {
    var gains = BudgetedMaximum()
    let potential = prepared.description.potential
    respond(x, q, radius: radius) { k, u, w, e in
      gains.add(
        path: potential.secondDerivativeVariation(u, within: w), reach: w,
        scale: prepared.weights[k],
        ratio: potential.relativeVariation(u, within: w) / prepared.smoothing[k], abs(e))
    }
    return gains.maximum(budget: budget)
  }

  /// The three blocks apart.
  ///
  /// Filters: β_k (Qᵀ Δφ′_k + Xᵀ(Δφ″_k · e_k) + Dᵀ(φ″_k(x + δ) · e_k)), e_k = C_k q, with
  /// the maps Q, X and D that sum the patches of q, x and δ. log β: β_k ⟨Δφ′_k, e_k⟩. log ν: alike.
  func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    guard radius > 0 else { return 0 }
    var first = BudgetedMaximum()  // Σ β² ‖Δφ′‖²
    var second = BudgetedMaximum()  // Σ β² ‖Δφ″ e‖²
    var third = 0.0  // Σ β² ‖φ″ e‖² at its largest
    var weights = BudgetedMaximum()
    var smoothings = BudgetedMaximum()
    var weight = InnerProductVariation()
    var smoothing = InnerProductVariation()
    let potential = prepared.description.potential
    respond(x, q, radius: radius) { k, u, w, e in
      let (beta, nu) = (prepared.weights[k], prepared.smoothing[k])
      let price = beta * nu
      let derivative = potential.derivativeVariation(u, within: w)
      first.add(derivative, reach: w, scale: beta * beta, price: price)
      let curvature = potential.secondDerivativeVariation(u, within: w)
      let scale = beta * beta * e * e / (nu * nu)
      second.add(curvature, reach: w, scale: scale, price: price)
      let bend = potential.secondDerivative(max(u - w, 0))
      third += scale * bend * bend
      weight.add(derivative, e)
      smoothing.add(potential.smoothingDerivativeVariation(u, within: w), e)
    } finish: { k in
      let (beta, nu) = (prepared.weights[k], prepared.smoothing[k])
      weight.enter(&weights, beta, beta * nu)
      smoothing.enter(&smoothings, beta, beta * nu)
      weight = InnerProductVariation()
      smoothing = InnerProductVariation()
    }
    let budget = smoothness * radius * radius
    let patches = PatchGram(
      size: prepared.description.size, boundary: prepared.description.boundary)
    let filters =
      patches.norm(of: q) * first.maximum(budget: budget).squareRoot()
      + patches.norm(of: x) * second.maximum(budget: budget).squareRoot()
      + patchReach * radius * third.squareRoot()
    let others = weights.maximum(budget: budget) + smoothings.maximum(budget: budget)
    return (filters * filters + others).squareRoot()
  }

  /// ‖∂²R/∂x∂θ‖ at x by the Lanczos method, and how much it may grow within the ball.
  func mixedNormBound(at x: Tensor, radius: Double) -> Double {
    var theta = [Double](repeating: 0, count: prepared.parameterCount)
    // The norm is the root of this eigenvalue: 0.2 of looseness become 0.1.
    let eigenvalue = LargestEigenvalue(looseness: 0.2).bound(
      shape: shape, prepared.elementType
    ) { v, product in
      for i in theta.indices { theta[i] = 0 }
      addMixedProduct(at: x, v, to: &theta, offset: 0)
      product.fill(with: 0)
      addMixedDirection(at: x, theta, offset: 0, to: &product)
    }
    return eigenvalue.squareRoot() + (radius > 0 ? mixedNormVariation(x, radius) : 0)
  }

  /// ‖J(x + δ) − J(x)‖ for unit vectors q: as in `mixedVariationBound`, with Σ a_k ‖C_k q‖² ≤ L.
  private func mixedNormVariation(_ x: Tensor, _ radius: Double) -> Double {
    let potential = prepared.description.potential
    let steepest = potential.thirdDerivativeBound
    var largestRatio = 0.0  // max a_k
    var curvature = 0.0  // max over k of √a_k sup |Δφ_1″|
    var smoothing = 0.0  // max over k of β_k ν_k ‖Δ(u φ_1″)‖² where it jumps
    for k in 0..<prepared.symbol.filters {
      let ratio = prepared.weights[k] / prepared.smoothing[k]
      let move = prepared.symbol.norm(of: k) * rowStretch * radius / prepared.smoothing[k]
      largestRatio = max(largestRatio, ratio)
      curvature = max(curvature, ratio.squareRoot() * min(1, steepest * move))
      if potential == .huber {
        // At most 1 per pixel plus the motion itself.
        let pixels = Double(shape[1] * shape[2])
        smoothing = max(smoothing, prepared.weights[k] * prepared.smoothing[k] * pixels)
      }
    }
    let patches = PatchGram(
      size: prepared.description.size, boundary: prepared.description.boundary)
    let root = smoothness.squareRoot()
    // Qᵀ Δφ′ and Dᵀ(φ″ C q) are each at most patchReach ε √(L max a).
    let filters =
      2 * patchReach * radius * root * largestRatio.squareRoot()
      + patches.norm(of: x) * root * curvature
    let weights = smoothness * radius
    let smoothings = smoothness * radius + (smoothness * smoothing).squareRoot()
    return (filters * filters + weights * weights + smoothings * smoothings).squareRoot()
  }

  /// Norm of the map of patches per unit of the image: each of the size² shifts within an image shows a
  /// pixel at most twice per axis where it is reflected.
  private var patchReach: Double {
    let size = Double(prepared.description.size)
    return prepared.description.boundary == .reflect ? 2 * size : size
  }

  /// A row of C_k is at most this much longer than the filter.
  private var rowStretch: Double {
    let map = BoundaryMap(prepared.description.boundary, radius: prepared.description.size / 2)
    return map.rowStretch(shape[1]) * map.rowStretch(shape[2])
  }

  /// Calls `body` with |C_k x|/ν, the reach of C_k δ/ν and C_k q at every pixel, filter by filter, and
  /// `finish` after each filter.
  func respond(
    _ x: Tensor, _ q: Tensor, radius: Double, _ body: (Int, Double, Double, Double) -> Void,
    finish: (Int) -> Void = { _ in }
  ) {
    let plane: Shape = [shape[1], shape[2]]
    var first = Tensor(zeros: plane, prepared.elementType)
    var second = first
    let rows = RowNorms(prepared, shape)
    for k in 0..<prepared.symbol.filters {
      x.withBytes { x in first.withMutableBytes { workspace.responses(x, filter: k, $0) } }
      q.withBytes { q in second.withMutableBytes { workspace.responses(q, filter: k, $0) } }
      let responses = first.elements
      let others = second.elements
      let inverse = 1 / prepared.smoothing[k]
      for i in 0..<shape[1] {
        for j in 0..<shape[2] {
          let p = i * shape[2] + j
          let reach = rows.norm(filter: k, i, j) * radius * inverse
          body(k, abs(responses[p]) * inverse, reach, others[p])
        }
      }
      finish(k)
    }
  }
}
