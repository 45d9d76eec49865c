import Tensors

/// ‖a − b‖ / max(‖b‖, tiny).
public func relativeError(_ a: Tensor, _ b: Tensor) -> Double {
  precondition(a.count == b.count, "Compared arrays have the same count.")
  return relativeError(a.elements, b.elements)
}

/// ‖a − b‖ / max(‖b‖, tiny).
public func relativeError(_ a: [Double], _ b: [Double]) -> Double {
  precondition(a.count == b.count, "Compared arrays have the same count.")
  var difference = 0.0
  var size = 0.0
  for i in a.indices {
    difference += (a[i] - b[i]) * (a[i] - b[i])
    size += b[i] * b[i]
  }
  return (difference / max(size, 1e-300)).squareRoot()
}

/// |a − b| / max(|b|, tiny).
public func relativeError(_ a: Double, _ b: Double) -> Double { relativeError([a], [b]) }
