import Tensors

extension PreparedConvexRidge {
  /// A Lipschitz constant of the Hessian.
  ///
  /// φ″ of width ν is Lipschitz with the constant c/ν², and a response moves by at most ρ_k ‖δ‖, ρ_k the
  /// largest norm of a row of W_k, at most ‖f_k‖ times the norm N of the inner layers (times √m where
  /// a reflected window shows a pixel m times). So with b_k = c ρ_k w_k (1/ν_k² + 1/(κν_k)²) the Hessian
  /// moves by at most ‖Σ b_k W_kᵀW_k‖ ‖δ‖ ≤ N² S(b) ‖δ‖, S that of the last layer's symbol.
  var thirdDerivativeBound: Double {
    let third = description.potential.thirdDerivativeBound
    guard third.isFinite else { return .infinity }
    let last = symbol(stack.count - 1)
    let inner = innerNorm
    let slopes = weights.indices.map { k in
      let curvature = 1 / (narrow[k] * narrow[k]) + (isWeaklyConvex ? 1 / (wide[k] * wide[k]) : 0)
      return third * weights[k] * curvature * last.norm(of: k) * multiplicity.squareRoot() * inner
    }
    return multiplicity * inner * inner
      * symbolBound(stack.count - 1, weights: slopes)
  }

  /// A bound of ‖C_{L−1} … C_1‖.
  var innerNorm: Double {
    (0..<stack.count - 1).reduce(1) { $0 * layerNorm($1).squareRoot() }
  }
}

/// Global bounds by operator norms; where φ″ jumps only its range bounds it.
extension ConvexRidgeEvaluator {
  /// The Lipschitz constant times the radius, or how far apart two Hessians can be at all.
  func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    guard radius > 0 else { return 0 }
    return hessianVariation(radius) * q.norm
  }

  private func hessianVariation(_ radius: Double) -> Double {
    min(prepared.hessianLipschitz * radius, smoothness - prepared.strongConvexity(for: shape))
  }

  /// Infinite where φ″ jumps.
  func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    radius > 0 ? mixedVariation(at: x, radius) * q.norm : 0
  }

  /// ‖∂²R/∂x∂θ‖ at x by the Lanczos method, and how much it may grow within the ball.
  func mixedNormBound(at x: Tensor, radius: Double) -> Double {
    guard radius == 0 || prepared.hessianLipschitz.isFinite else { return .infinity }
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
    return eigenvalue.squareRoot() + (radius > 0 ? mixedVariation(at: x, radius) : 0)
  }

  /// A bound of ‖(∂²R/∂x∂θ)(x + δ) − (∂²R/∂x∂θ)(x)‖, ‖δ‖ ≤ ε.
  ///
  /// Scales: with respect to log w and log ν a potential's part of ∇R changes by
  /// |w Δφ′| and |w Δ(u φ_1″)|, u = t/ν, both at most (w/ν) |(Wδ)_kp|, so that each derivative, and the sum
  /// over any of them, changes by at most the largest curvature times ε: A of the narrow and B of
  /// the wide potential. α takes A + B, each of σ and s twice that, β takes A, and log‖W‖² as much as σ
  /// by half. Filters: see `filterVariation`.
  private func mixedVariation(at x: Tensor, _ radius: Double) -> Double {
    guard prepared.hessianLipschitz.isFinite else { return .infinity }
    let squaredNorm = prepared.squaredNorm(for: shape, workers: 1)
    let narrow = prepared.amplitude * prepared.ratio * squaredNorm * radius
    let wide = prepared.isWeaklyConvex ? prepared.amplitude * squaredNorm * radius : 0
    let both = narrow + wide
    let scales = (both * both + 8 * both * both + narrow * narrow)
    let byNorm =
      both * prepared.norm.logarithmDerivatives.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let filters = filterVariation(x, radius) + byNorm
    return (scales + filters * filters).squareRoot()
  }

  /// The change of the derivatives of ⟨∇E(z), p⟩, ‖q‖ = 1, by the coefficients of all layers.
  ///
  /// By those of layer j: the patches of its input u summed with the cotangent z̄ = E″(z) p carried
  /// back, and those of its input for q summed with p̄ = ∇E(z) carried back. All three factors that
  /// move do so by operator norms: u by N ε, z̄ by ΔE″ and p̄ by E″ times the motion of z. Patches
  /// of maps are at most (reach · size) times as long as the maps. In the last layer the same holds with
  /// the potential's derivatives in the place of E's.
  private func filterVariation(_ x: Tensor, _ radius: Double) -> Double {
    let stack = prepared.stack
    let norms = (0..<stack.count).map { prepared.layerNorm($0).squareRoot() }
    let total = norms.reduce(1, *)
    let scale = prepared.largestPlainCurvature / prepared.norm.value  // sup w φ″
    let bend = min(prepared.hessianLipschitzOfResponses * radius, scale)
    var below = 1.0  // the norm of the layers before j
    var squares = 0.0
    for layer in 0..<stack.count {
      let reach =
        Double(stack.sizes[layer]) * (prepared.description.boundary == .reflect ? 2 : 1)
      // From the responses back to this layer's output.
      let above = norms[(layer + 1)...].reduce(1, *)
      let moved = below * radius * above * scale * total
      let bent = below * x.norm * above * bend * total
      let carried = below * above * scale * total * radius
      let sum = reach * (moved + bent + carried)
      squares += sum * sum
      below *= norms[layer]
    }
    return squares.squareRoot()
  }
}

extension PreparedConvexRidge {
  /// ‖W‖² times the largest w |φ″| of both potentials apart.
  var largestPlainCurvature: Double {
    amplitude * ratio + (isWeaklyConvex ? amplitude : 0)
  }

  /// A bound of |w Δφ″|/‖δ‖ over all filters.
  var hessianLipschitzOfResponses: Double {
    let third = description.potential.thirdDerivativeBound
    let last = symbol(stack.count - 1)
    let inner = innerNorm
    return weights.indices.reduce(0) { largest, k in
      let curvature = 1 / (narrow[k] * narrow[k]) + (isWeaklyConvex ? 1 / (wide[k] * wide[k]) : 0)
      let row = last.norm(of: k) * multiplicity.squareRoot() * inner
      return max(largest, third * weights[k] * curvature * row)
    }
  }
}
