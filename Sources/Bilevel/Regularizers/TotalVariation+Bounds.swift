import Kernels
import Tensors

/// Local bounds over the ball ‖δ‖ ≤ ε around x. The differences p = Dx under one root move by h with
/// |h| ≤ √3 ε (two differences that share a pixel) or √2 ε (one difference), and all of them share the
/// budget Σ |h|² ≤ ‖D‖² ε²: sums of gains that grow with |h|² are fractional knapsacks.
extension TotalVariationEvaluator {
  /// α ‖Dᵀ(Δf″ · Dq)‖ ≤ α ‖D‖ (Σ |Δf″|² |Dq|²)^½.
  func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    guard radius > 0 else { return 0 }
    var gains = BudgetedMaximum()
    let ratio = prepared.weight / prepared.smoothing
    let price = prepared.smoothing * prepared.smoothing
    let reach = self.reach(radius)
    forEachRoot(x, q) { u, e in
      let scale = ratio * ratio * e * e
      gains.add(curvatureVariation(u, within: reach), reach: reach, scale: scale, price: price)
    }
    return (squaredNorm * gains.maximum(budget: squaredNorm * radius * radius))
      .squareRoot()
  }

  /// α Σ ⟨(f̄″ − f″) Dq, De⟩: as for Fields of Experts.
  func pathVariationBound(at x: Tensor, _ q: Tensor, radius: Double, budget: Double) -> Double {
    var gains = BudgetedMaximum()
    let reach = self.reach(radius)
    forEachRoot(x, q) { u, e in
      gains.add(
        path: curvatureVariation(u, within: reach), reach: reach, scale: prepared.weight,
        ratio: relativeVariation(u, within: reach) / prepared.smoothing, e)
    }
    return gains.maximum(budget: budget)
  }

  /// Both coordinates, α Σ ⟨Δ(p/s), Dq⟩ and −α Σ ⟨Δ(ν² p/s³), Dq⟩.
  func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    guard radius > 0 else { return 0 }
    var weight = InnerProductVariation()
    var smoothing = InnerProductVariation()
    let reach = self.reach(radius)
    forEachRoot(x, q) { u, e in
      let first = slopeOfDirection(u, within: reach)
      weight.add(LocalVariation(slope: first, cap: first * reach), e)
      let second = slopeOfSmoothing(u, within: reach)
      smoothing.add(LocalVariation(slope: second, cap: second * reach), e)
    }
    let price = prepared.smoothing * prepared.smoothing
    let budget = squaredNorm * radius * radius
    return
      (weight.maximum(prepared.weight, price, budget)
      + smoothing.maximum(prepared.weight, price, budget)).squareRoot()
  }

  /// The norm of the two columns at x, and their Lipschitz constant times ε.
  func mixedNormBound(at x: Tensor, radius: Double) -> Double {
    var first = Tensor(zeros: x.shape, x.elementType)
    var second = first
    addMixedDirection(at: x, [1, 0], offset: 0, to: &first)
    addMixedDirection(at: x, [0, 1], offset: 0, to: &second)
    let (a, b, c) = (first.squaredNorm, second.squaredNorm, first.dot(second))
    let half = 0.5 * (a - b)
    let largest = 0.5 * (a + b) + (half * half + c * c).squareRoot()
    return largest.squareRoot() + smoothness * 2.0.squareRoot() * radius
  }

  /// ‖D‖².
  private var squaredNorm: Double { PreparedTotalVariation.squaredDifferenceNorm(shape) }

  private var isCoupled: Bool {
    prepared.coupling == .isotropic && !PreparedTotalVariation.isLine(shape)
  }

  /// How far the differences under one root move, in units of ν.
  private func reach(_ radius: Double) -> Double {
    (isCoupled ? 3.0 : 2.0).squareRoot() * radius / prepared.smoothing
  }

  /// Of ν f″.
  ///
  /// With two differences f″ has the eigenvalues 1/s and ν²/s³ (1/s is a bound of the change, as
  /// both matrices are positive semidefinite), and |f‴| ν² is 3u/(1 + u²)^{5/2} up to u² = 1/2 and
  /// 2/(√3 (1 + u²)) beyond: it rises up to u = 1/2 and falls after.
  private func curvatureVariation(_ u: Double, within reach: Double) -> LocalVariation {
    guard isCoupled else {
      return Potential.smoothedAbsolute.secondDerivativeVariation(u, within: reach)
    }
    let low = max(u - reach, 0)
    let v = min(max(0.5, low), u + reach)
    let s = 1 / (1 + v * v)
    let slope = v * v <= 0.5 ? 3 * v * s * s * s.squareRoot() : 2 / 3.0.squareRoot() * s
    return LocalVariation(slope: slope, cap: 1 / (1 + low * low).squareRoot())
  }

  /// A bound of |∂³f[y, h, h]| ν / (|y| ⟨h, f″ h⟩).
  ///
  /// With two differences, u = |p|/ν and w the part of h across p: the numerator is
  /// u √((w + 3 (1 − w)/(1 + u²))² + 4 w (1 − w)) and the denominator 1 + u² w, both over (1 + u²)^{3/2}; and
  /// u w, 2 u √w and 1 − w are at most 1/2, 1 and 1 times 1 + u² w.
  private func relativeVariation(_ u: Double, within reach: Double) -> Double {
    let along = Potential.smoothedAbsolute.relativeVariation(u, within: reach)
    return isCoupled ? ((0.5 + along) * (0.5 + along) + 1).squareRoot() : along
  }

  /// ν times the Lipschitz constant of p ↦ p/s, the largest eigenvalue of f″.
  private func slopeOfDirection(_ u: Double, within reach: Double) -> Double {
    let low = max(u - reach, 0)
    return isCoupled
      ? 1 / (1 + low * low).squareRoot() : Potential.smoothedAbsolute.secondDerivative(low)
  }

  /// ν times the Lipschitz constant of p ↦ ν² p/s³: its derivative has the eigenvalue of the 1-D case in
  /// the direction of p and ν²/s³ across.
  private func slopeOfSmoothing(_ u: Double, within reach: Double) -> Double {
    let along = Potential.smoothedAbsolute.smoothingDerivativeVariation(u, within: reach).slope
    guard isCoupled else { return along }
    return max(along, Potential.smoothedAbsolute.secondDerivative(max(u - reach, 0)))
  }

  /// Calls the body with |p|/ν and |Dq| of every root.
  private func forEachRoot(_ x: Tensor, _ q: Tensor, _ body: (Double, Double) -> Void) {
    let inverse = 1 / prepared.smoothing
    let (height, width) = (shape[1], shape[2])
    let values = x.elements
    let others = q.elements
    for index in 0..<shape.count {
      let right = (index + 1) % width == 0 ? index : index + 1
      let below = index / width % height == height - 1 ? index : index + width
      let (px, py) = (values[right] - values[index], values[below] - values[index])
      let (ex, ey) = (others[right] - others[index], others[below] - others[index])
      if isCoupled {
        body((px * px + py * py).squareRoot() * inverse, (ex * ex + ey * ey).squareRoot())
      } else {
        body(abs(px) * inverse, abs(ex))
        body(abs(py) * inverse, abs(ey))
      }
    }
  }
}
