import Kernels

/// Functions of a prediction and an observation, pixel by pixel: in place, allocation-free.
extension Tensor {
  /// Σ f(self, observed), in Float64.
  public func sum(of term: PointwiseTerm, observed: Tensor) -> Double {
    checkAlike(observed)
    switch elementType {
    case .float32:
      return with(Float.self) { z in
        observed.with(Float.self) { PointwiseKernels.sum(term, count, z, $0) }
      }
    case .float64:
      return with(Double.self) { z in
        observed.with(Double.self) { PointwiseKernels.sum(term, count, z, $0) }
      }
    }
  }

  /// self ← factor · ∂f/∂z at the prediction.
  public mutating func setSlope(
    of term: PointwiseTerm, times factor: Double, at prediction: Tensor, observed: Tensor
  ) {
    checkAlike(prediction)
    checkAlike(observed)
    switch elementType {
    case .float32: setSlope(Float.self, term, factor, prediction, observed)
    case .float64: setSlope(Double.self, term, factor, prediction, observed)
    }
  }

  /// self ← factor · ∂²f/∂z² · v at the prediction.
  public mutating func setCurvature(
    of term: PointwiseTerm, times factor: Double, at prediction: Tensor, observed: Tensor,
    _ v: Tensor
  ) {
    checkAlike(prediction)
    checkAlike(observed)
    checkAlike(v)
    switch elementType {
    case .float32: setCurvature(Float.self, term, factor, prediction, observed, v)
    case .float64: setCurvature(Double.self, term, factor, prediction, observed, v)
    }
  }

  /// self ← factor · ∂³f/∂z³ · q · d at the prediction.
  public mutating func setThird(
    of term: PointwiseTerm, times factor: Double, at prediction: Tensor, observed: Tensor,
    _ q: Tensor, _ d: Tensor
  ) {
    checkAlike(prediction)
    checkAlike(observed)
    checkAlike(q)
    checkAlike(d)
    switch elementType {
    case .float32: setThird(Float.self, term, factor, prediction, observed, q, d)
    case .float64: setThird(Double.self, term, factor, prediction, observed, q, d)
    }
  }

  /// A bound of ‖(∂²f/∂z²(z′) − ∂²f/∂z²(z)) v‖ over all ‖z′ − z‖ ≤ radius, z being self.
  public func curvatureVariation(
    of term: PointwiseTerm, observed: Tensor, _ v: Tensor, radius: Double
  ) -> Double {
    checkAlike(observed)
    checkAlike(v)
    switch elementType {
    case .float32: return curvatureVariation(Float.self, term, observed, v, radius)
    case .float64: return curvatureVariation(Double.self, term, observed, v, radius)
    }
  }

  /// Σ weights · (self − other)², in Float64.
  public func squaredDistance(to other: Tensor, weights: Tensor) -> Double {
    checkAlike(other)
    checkAlike(weights)
    switch elementType {
    case .float32: return weightedSquares(Float.self, other, weights)
    case .float64: return weightedSquares(Double.self, other, weights)
    }
  }

  /// self ← weights · self.
  public mutating func multiply(by weights: Tensor) {
    checkAlike(weights)
    let count = count
    switch elementType {
    case .float32:
      withMutable(Float.self) { target in
        weights.with(Float.self) { PointwiseKernels.multiply(count, $0, target) }
      }
    case .float64:
      withMutable(Double.self) { target in
        weights.with(Double.self) { PointwiseKernels.multiply(count, $0, target) }
      }
    }
  }

  @inline(__always)
  private mutating func setSlope<Element: BinaryFloatingPoint>(
    _ type: Element.Type, _ term: PointwiseTerm, _ factor: Double, _ prediction: Tensor,
    _ observed: Tensor
  ) {
    let count = count
    withMutable(type) { target in
      prediction.with(type) { z in
        observed.with(type) { PointwiseKernels.slope(term, count, factor, z, $0, target) }
      }
    }
  }

  @inline(__always)
  private mutating func setCurvature<Element: BinaryFloatingPoint>(
    _ type: Element.Type, _ term: PointwiseTerm, _ factor: Double, _ prediction: Tensor,
    _ observed: Tensor, _ v: Tensor
  ) {
    let count = count
    withMutable(type) { target in
      prediction.with(type) { z in
        observed.with(type) { y in
          v.with(type) { PointwiseKernels.curvature(term, count, factor, z, y, $0, target) }
        }
      }
    }
  }

  @inline(__always)
  private mutating func setThird<Element: BinaryFloatingPoint>(
    _ type: Element.Type, _ term: PointwiseTerm, _ factor: Double, _ prediction: Tensor,
    _ observed: Tensor, _ q: Tensor, _ d: Tensor
  ) {
    let count = count
    withMutable(type) { target in
      prediction.with(type) { z in
        observed.with(type) { y in
          q.with(type) { q in
            d.with(type) { PointwiseKernels.third(term, count, factor, z, y, q, $0, target) }
          }
        }
      }
    }
  }

  @inline(__always)
  private func curvatureVariation<Element: BinaryFloatingPoint>(
    _ type: Element.Type, _ term: PointwiseTerm, _ observed: Tensor, _ v: Tensor, _ radius: Double
  ) -> Double {
    with(type) { z in
      observed.with(type) { y in
        v.with(type) { PointwiseKernels.curvatureVariation(term, count, radius, z, y, $0) }
      }
    }
  }

  @inline(__always)
  private func weightedSquares<Element: BinaryFloatingPoint>(
    _ type: Element.Type, _ other: Tensor, _ weights: Tensor
  ) -> Double {
    with(type) { z in
      other.with(type) { y in
        weights.with(type) { PointwiseKernels.weightedSquares(count, z, y, $0) }
      }
    }
  }
}
