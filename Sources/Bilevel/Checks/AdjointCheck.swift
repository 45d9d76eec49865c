import Imaging
import Tensors

/// Tries the laws of a forward operator on random images and measurements.
enum AdjointCheck {
  private static let pairs = 3
  private static let adjointAdvice =
    "A and A* on the same shape; a sign, a transposition or a scale is missing in one of them"
  private static let normAdvice =
    "a larger norm: that of the operator is not a bound, and step sizes made of it are wrong"

  /// ⟨Ax, y⟩ = ⟨x, A*y⟩, A*A as one pass, linearity, and ‖Ax‖ ≤ ‖A‖ ‖x‖.
  static func check(
    _ forward: any PreparedOperator, _ report: inout LawReport, _ random: inout RandomSource
  ) {
    var (left, right) = ([Double](), [Double]())
    var largest = 0.0
    for _ in 0..<pairs {
      let x = EnergyLaws.normal(forward.domain, &random)
      let y = EnergyLaws.normal(forward.codomain, &random)
      let image = forward.apply(x)
      // Relative to the sizes of both, as ⟨Ax, y⟩ itself may be nearly 0.
      let scale = max(image.norm * y.norm, .leastNormalMagnitude)
      left.append(1 + image.dot(y) / scale)
      right.append(1 + x.dot(forward.applyAdjoint(y)) / scale)
      largest = max(largest, image.norm / x.norm)
    }
    report.equal(
      "operator and adjoint", left, right, within: EnergyLaws.roundingTolerance,
      advice: adjointAdvice)
    checkNormal(forward, &report, &random)
    report.atMost(
      "norm of the operator", max(largest, growth(of: forward, &random)), forward.normBound,
      within: EnergyLaws.roundingTolerance, advice: normAdvice)
  }

  private static func checkNormal(
    _ forward: any PreparedOperator, _ report: inout LawReport, _ random: inout RandomSource
  ) {
    let (x, z) = (
      EnergyLaws.normal(forward.domain, &random), EnergyLaws.normal(forward.domain, &random)
    )
    var sum = x
    sum.add(z, times: 2)
    var parts = forward.apply(x)
    parts.add(forward.apply(z), times: 2)
    report.equal(
      "operator linear", forward.apply(sum).elements, parts.elements,
      within: EnergyLaws.roundingTolerance, advice: "A without an offset and without a threshold")
    var normal = Tensor(zeros: forward.domain, forward.elementType)
    forward.application(workers: 1).applyNormal(x, into: &normal)
    report.equal(
      "adjoint after operator in one pass", normal.elements,
      forward.applyAdjoint(forward.apply(x)).elements, within: EnergyLaws.roundingTolerance,
      advice: adjointAdvice)
  }

  private static let powerIterations = 20

  /// ‖Ax‖/‖x‖ for x that power iteration has brought near to the largest one.
  private static func growth(
    of forward: any PreparedOperator, _ random: inout RandomSource
  ) -> Double {
    var x = EnergyLaws.normal(forward.domain, &random)
    for _ in 0..<powerIterations {
      let length = x.norm
      guard length > 0, length.isFinite else { return length }
      x.scale(by: 1 / length)
      x = forward.applyAdjoint(forward.apply(x))
    }
    return x.norm > 0 ? forward.apply(x).norm / x.norm : 0
  }
}
