import Tensors

/// Natural parameters are what kernels take, in a flat list: the centred coefficients of all layers, then
/// for each potential its weights and its widths; the weights of the subtracted one are −w.
///
/// With log‖W‖² = n: log w = α − s − σ − n/2, log ν = −β − s − σ + n/2, log κν = −s − σ + n/2.
extension PreparedConvexRidge {
  /// Length of the list.
  var naturalCount: Int { stack.weightCount + 4 * stack.filters }

  /// theta ← theta + the derivatives by θ of what has the given derivatives by natural parameters,
  /// which are used up.
  func addDerivatives(_ natural: inout [Double], to theta: inout [Double], offset: Int) {
    let (count, filters) = (stack.weightCount, stack.filters)
    var (byWeights, byNarrow, byWide) = (0.0, 0.0, 0.0)
    for k in 0..<filters {
      let place = count + k
      let weight = weights[k] * (natural[place] - natural[place + 2 * filters])
      let first = narrow[k] * natural[place + filters]
      let second = wide[k] * natural[place + 3 * filters]
      theta[offset + place] -= weight + first + second
      byWeights += weight
      byNarrow += first
      byWide += second
    }
    let last = offset + count + filters
    theta[last] -= byNarrow  // β
    theta[last + 1] += byWeights  // α
    theta[last + 2] -= byWeights + byNarrow + byWide  // s
    let byNorm = (byNarrow + byWide - byWeights) / 2
    for i in 0..<count { natural[i] += byNorm * norm.logarithmDerivatives[i] }
    natural.withUnsafeMutableBufferPointer { stack.center($0.baseAddress!) }
    for i in 0..<count { theta[offset + i] += natural[i] }
  }

  /// natural ← what a direction of θ changes in natural parameters.
  func natural(of direction: [Double], offset: Int, into natural: inout [Double]) {
    let (count, filters) = (stack.weightCount, stack.filters)
    for i in 0..<count { natural[i] = direction[offset + i] }
    natural.withUnsafeMutableBufferPointer { stack.center($0.baseAddress!) }
    var half = 0.0  // of the change of log‖W‖²
    for i in 0..<count { half += natural[i] * norm.logarithmDerivatives[i] / 2 }
    let last = offset + count + filters
    let (beta, alpha, scale) = (direction[last], direction[last + 1], direction[last + 2])
    for k in 0..<filters {
      let scaling = direction[offset + count + k]
      let weight = weights[k] * (alpha - scale - scaling - half)
      natural[count + k] = weight
      natural[count + filters + k] = narrow[k] * (half - beta - scale - scaling)
      natural[count + 2 * filters + k] = -weight
      natural[count + 3 * filters + k] = wide[k] * (half - scale - scaling)
    }
  }
}
