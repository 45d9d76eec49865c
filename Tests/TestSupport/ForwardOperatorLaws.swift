import Imaging
import Tensors
import Testing

/// Tests the laws of `ForwardOperator` on images of one shape, in the order of its comment.
public func checkLaws(
  of forward: any ForwardOperator, on domain: Shape, seed: UInt64 = 1,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let prepared = try forward.prepared(for: domain, .float64)
  var source = RandomSource(seed: seed)
  let x = Tensor(normal: prepared.domain, from: &source)
  let other = Tensor(normal: prepared.domain, from: &source)
  let y = Tensor(normal: prepared.codomain, from: &source)
  let application = prepared.application(workers: 1)
  var (imageOfX, imageOfOther, imageOfSum) = (y, y, y)
  var (adjoint, normal, expected) = (x, x, x)
  application.apply(x, into: &imageOfX)
  application.apply(other, into: &imageOfOther)
  let scale = prepared.normBound * (x.norm + other.norm)

  var sum = x
  sum.setCombination(2, x, -3, other)
  application.apply(sum, into: &imageOfSum)
  imageOfSum.add(imageOfX, times: -2)
  imageOfSum.add(imageOfOther, times: 3)
  #expect(imageOfSum.norm <= 1e-12 * scale, "linear", sourceLocation: sourceLocation)

  application.applyAdjoint(y, into: &adjoint)
  let difference = imageOfX.dot(y) - x.dot(adjoint)
  #expect(abs(difference) <= 1e-12 * scale * y.norm, "adjoint", sourceLocation: sourceLocation)

  let roundOff = 1 + 1e-12
  #expect(
    imageOfX.norm <= roundOff * prepared.normBound * x.norm, "norm", sourceLocation: sourceLocation)
  #expect(prepared.normalLowerBound >= 0, sourceLocation: sourceLocation)
  #expect(
    roundOff * imageOfX.squaredNorm >= prepared.normalLowerBound * x.squaredNorm, "lower bound",
    sourceLocation: sourceLocation)

  application.applyNormal(x, into: &normal)
  application.applyAdjoint(imageOfX, into: &expected)
  #expect(
    normal.squaredDistance(to: expected).squareRoot() <= 1e-12 * prepared.normBound * scale,
    "normal", sourceLocation: sourceLocation)
  if prepared.isIdentity {
    #expect(imageOfX.elements == x.elements, sourceLocation: sourceLocation)
  }
  #expect(
    try forward.domain(ofMeasurements: prepared.codomain) == prepared.domain,
    sourceLocation: sourceLocation)
}
