import Tensors

/// The sum of the similarities of all windows as a function of the image, with its derivative.
extension SSIM {
  /// Number of windows inside of images of this shape, all channels; nil where there is none.
  public func windowCount(of shape: Shape) -> Int? {
    let side = window.weights.count
    guard shape.rank == 3, shape[0] > 0, shape[1] >= side, shape[2] >= side else { return nil }
    return shape[0] * (shape[1] - side + 1) * (shape[2] - side + 1)
  }

  /// A bound of ‖∂²/∂x²‖ of the sum over all windows, whatever the truth.
  ///
  /// A window's weights w_p are a norm ‖z‖_w² = Σ w_p z_p², in which its mean u and its centred
  /// part z are orthogonal, and its similarity is l(u) c(z) with
  ///
  ///     l = (2 u v + C₁)/(u² + v² + C₁),   c = (2 κ⟨z, z_y⟩_w + C₂)/(κ‖z‖_w² + κ‖z_y‖_w² + C₂),
  ///
  /// κ = N/(N − 1) or 1. In units of r, r² = v² + C₁ or ‖z_y‖_w² + C₂/κ, both are f(t) = (⟨α, t⟩ +
  /// γ)/(1 + |t|²) with |α|² + γ² = (2 − γ)² ≤ 4. On a line, f is the real part of a number of
  /// modulus √(|α|² + γ²) at most, divided by t − i d with d ≥ 1, so |f| ≤ 1, |f′| ≤ 2 and |f″| ≤
  /// 4. With A = 4/C₁ and B = 4κ/C₂ the second derivative of l c along (u̇, ż) is therefore at
  /// most A u̇² + 2 √(A B) |u̇| ‖ż‖_w + B ‖ż‖_w² ≤ (A + B)(u̇² + ‖ż‖_w²) = (A + B) ‖ẋ‖_w², and as
  /// the weights in which one pixel takes part add up to at most 1, all windows together have at
  /// most (A + B) ‖ẋ‖².
  public var sumSmoothness: Double {
    4 / constants.first + 4 * window.covarianceCorrection / constants.second
  }

  /// Σ over all windows of the similarity; gradient ← its derivative by the image, where one is
  /// given.
  ///
  /// The images must have one shape, with windows. Five windowed means, and three more for the
  /// gradient.
  public func sum(of image: Tensor, truth: Tensor, gradient: inout [Double]?) -> Double {
    let extent = Extent(height: image.shape[1], width: image.shape[2])
    let (x, y) = (image.elements, truth.elements)
    var sum = 0.0
    for channel in 0..<image.shape[0] {
      let range = channel * extent.count..<(channel + 1) * extent.count
      let windows = SSIMWindows(self, Array(x[range]), Array(y[range]), extent)
      sum += windows.sum
      if gradient != nil { gradient?.replaceSubrange(range, with: windows.gradient()) }
    }
    return sum
  }
}

/// The windows of one channel: means, and similarities made of them.
struct SSIMWindows {
  private let metric: SSIM
  private let extent: Extent
  private let x: [Double]
  private let y: [Double]
  private let meanX: [Double]
  private let meanY: [Double]
  private let meanXX: [Double]
  private let meanYY: [Double]
  private let meanXY: [Double]

  init(_ metric: SSIM, _ x: [Double], _ y: [Double], _ extent: Extent) {
    self.metric = metric
    self.extent = extent
    (self.x, self.y) = (x, y)
    let weights = metric.window.weights
    func mean(_ a: [Double], _ b: [Double]? = nil) -> [Double] {
      windowedMeans(b.map { b in a.indices.map { a[$0] * b[$0] } } ?? a, extent, weights)
    }
    (meanX, meanY) = (mean(x), mean(y))
    (meanXX, meanYY, meanXY) = (mean(x, x), mean(y, y), mean(x, y))
  }

  /// Number of windows.
  var count: Int { meanX.count }

  /// Σ of the similarities.
  var sum: Double {
    var sum = 0.0
    for i in meanX.indices {
      let parts = self.parts(i)
      sum += parts.luminance * parts.contrast / (parts.power * parts.variance)
    }
    return sum
  }

  /// The derivative of the sum by x: that by the means, spread over the windows.
  func gradient() -> [Double] {
    var byMean = [Double](repeating: 0, count: count)
    var bySquare = byMean
    var byProduct = byMean
    let correction = metric.window.covarianceCorrection
    for i in meanX.indices {
      let (u, v) = (meanX[i], meanY[i])
      let parts = self.parts(i)
      let scale = 1 / (parts.power * parts.variance)
      let similarity = parts.luminance * parts.contrast * scale
      byMean[i] =
        2 * v * (parts.contrast - correction * parts.luminance) * scale
        - 2 * u * similarity * (1 / parts.power - correction / parts.variance)
      bySquare[i] = -correction * similarity / parts.variance
      byProduct[i] = 2 * correction * parts.luminance * scale
    }
    let weights = metric.window.weights
    let first = spreadOverWindows(byMean, extent, weights)
    let second = spreadOverWindows(bySquare, extent, weights)
    let third = spreadOverWindows(byProduct, extent, weights)
    return x.indices.map { first[$0] + 2 * x[$0] * second[$0] + y[$0] * third[$0] }
  }

  /// Numerators and denominators of one window.
  private func parts(
    _ i: Int
  ) -> (luminance: Double, contrast: Double, power: Double, variance: Double) {
    let (u, v) = (meanX[i], meanY[i])
    let (c1, c2) = metric.constants
    let correction = metric.window.covarianceCorrection
    let variances = correction * (meanXX[i] - u * u) + correction * (meanYY[i] - v * v)
    let covariance = correction * (meanXY[i] - u * v)
    return (2 * u * v + c1, 2 * covariance + c2, u * u + v * v + c1, variances + c2)
  }
}

/// The adjoint of `windowedMeans`: what each window holds, given to its pixels by their weights.
private func spreadOverWindows(
  _ values: [Double], _ extent: Extent, _ weights: [Double]
) -> [Double] {
  let side = weights.count
  let columns = extent.width - side + 1
  let rows = extent.height - side + 1
  var lines = [Double](repeating: 0, count: extent.height * columns)
  for row in 0..<rows {
    for (k, weight) in weights.enumerated() {
      let (from, to) = (row * columns, (row + k) * columns)
      for column in 0..<columns { lines[to + column] += weight * values[from + column] }
    }
  }
  var result = [Double](repeating: 0, count: extent.count)
  for row in 0..<extent.height {
    for (k, weight) in weights.enumerated() {
      let (from, to) = (row * columns, row * extent.width + k)
      for column in 0..<columns { result[to + column] += weight * lines[from + column] }
    }
  }
  return result
}
