import Tensors

/// R(x) = ½ Σ_g w_g ‖x_g‖² over groups of `size` consecutive elements; results accumulate.
struct GroupedRidge: Sendable {
  /// w_g > 0.
  let weights: [Double]
  /// Elements of a group.
  let size: Int

  /// gradient ← gradient + ∇R(x), which is also the Hessian product; returns R(x).
  @discardableResult
  func addGradient(at x: Tensor, to gradient: inout Tensor) -> Double {
    switch x.elementType {
    case .float32: addGradient(Float.self, x, &gradient)
    case .float64: addGradient(Double.self, x, &gradient)
    }
  }

  /// R(x).
  func value(at x: Tensor) -> Double {
    var value = 0.0
    eachGroup(x, x) { value += weights[$0] / 2 * $1 }
    return value
  }

  /// sums_g ← sums_g + w_g ⟨x_g, q_g⟩.
  func addProducts(_ x: Tensor, _ q: Tensor, to sums: inout [Double]) {
    eachGroup(x, q) { sums[$0] += weights[$0] * $1 }
  }

  /// The largest w_g (‖x_g‖ + radius).
  func largestWeightedNorm(_ x: Tensor, radius: Double = 0) -> Double {
    var largest = 0.0
    eachGroup(x, x) { largest = max(largest, weights[$0] * ($1.squareRoot() + radius)) }
    return largest
  }

  /// Calls `body` with each group and ⟨x_g, q_g⟩.
  private func eachGroup(_ x: Tensor, _ q: Tensor, _ body: (Int, Double) -> Void) {
    switch x.elementType {
    case .float32: eachGroup(Float.self, x, q, body)
    case .float64: eachGroup(Double.self, x, q, body)
    }
  }

  private func eachGroup<Element: BinaryFloatingPoint>(
    _ type: Element.Type, _ x: Tensor, _ q: Tensor, _ body: (Int, Double) -> Void
  ) {
    x.with(type) { x in
      q.with(type) { q in
        for group in weights.indices {
          var sum = 0.0
          for i in group * size..<(group + 1) * size { sum += Double(x[i]) * Double(q[i]) }
          body(group, sum)
        }
      }
    }
  }

  private func addGradient<Element: BinaryFloatingPoint>(
    _ type: Element.Type, _ x: Tensor, _ gradient: inout Tensor
  ) -> Double {
    var value = 0.0
    gradient.withMutable(type) { gradient in
      x.with(type) { x in
        for group in weights.indices {
          let weight = Element(weights[group])
          var sum = 0.0
          for i in group * size..<(group + 1) * size {
            gradient[i] += weight * x[i]
            sum += Double(x[i]) * Double(x[i])
          }
          value += weights[group] / 2 * sum
        }
      }
    }
    return value
  }
}
