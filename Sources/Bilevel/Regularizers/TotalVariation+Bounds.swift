import Tensors

extension TotalVariationEvaluator {
  func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    prepared.hessianLipschitz * radius * q.norm
  }
  func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    prepared.mixedLipschitz * radius * q.norm
  }
  func mixedNormBound(at x: Tensor, radius: Double) -> Double {
    let count = Double(x.count)
    return prepared.weight * 8.0.squareRoot() * (2 * count).squareRoot() * 2
  }
}
