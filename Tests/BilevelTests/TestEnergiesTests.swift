import Bilevel
import Tensors
import TestSupport
import Testing

/// The closed-form energies are what other tests trust, so their own derivatives come first.
@Suite struct TestEnergiesTests {
  @Test(arguments: 0..<5)
  func ridgeDerivativesMatchDifferences(seed: Int) {
    var random = RandomSource(seed: UInt64(seed))
    let energy = SmoothedRidgeEnergy.random(stiffness: 4, &random)
    func vector() -> Tensor {
      Tensor((0..<energy.shape.count).map { _ in random.normal() }, shape: energy.shape)
    }
    let (x, v, d) = (vector(), vector(), vector())
    let h = 1e-5
    var (ahead, behind) = (x, x)
    ahead.add(d, times: h)
    behind.add(d, times: -h)
    var (here, there, back) = (x, x, x)
    func close(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-6 * (1 + abs(a)) }

    _ = energy.gradient(at: x, into: &here)
    let slope = (energy.value(at: ahead) - energy.value(at: behind)) / (2 * h)
    #expect(close(slope, here.dot(d)))

    _ = energy.gradient(at: ahead, into: &there)
    _ = energy.gradient(at: behind, into: &back)
    energy.curvature(at: x).apply(d, into: &here)
    #expect(close((there.dot(v) - back.dot(v)) / (2 * h), here.dot(v)))

    energy.thirdProduct(at: x, v, d, into: &here)
    energy.curvature(at: ahead).apply(v, into: &there)
    energy.curvature(at: behind).apply(v, into: &back)
    let third = distance(
      zip(there.elements, back.elements).map { ($0 - $1) / (2 * h) }, here.elements)
    #expect(third <= 1e-6 * (1 + here.norm))

    func mixed(at point: Tensor) -> [Double] {
      var theta = [Double](repeating: 0, count: energy.parameterCount)
      energy.addMixedProduct(at: point, v, to: &theta)
      return theta
    }
    var variation = [Double](repeating: 0, count: energy.parameterCount)
    energy.addMixedVariation(at: x, v, along: d, to: &variation)
    let difference = zip(mixed(at: ahead), mixed(at: behind)).map { ($0 - $1) / (2 * h) }
    #expect(distance(difference, variation) <= 1e-6 * (1 + norm(variation)))

    let direction = (0..<energy.parameterCount).map { _ in random.normal() }
    func gradient(_ sign: Double) -> Tensor {
      var image = x
      let moved = energy.at(zip(energy.theta, direction).map { $0 + sign * h * $1 })
      _ = moved.gradient(at: x, into: &image)
      return image
    }
    energy.mixedDirection(at: x, direction, into: &here)
    let change = zip(gradient(1).elements, gradient(-1).elements).map { ($0 - $1) / (2 * h) }
    #expect(distance(change, here.elements) <= 1e-6 * (1 + here.norm))
    #expect(close(zip(mixed(at: x), direction).reduce(0) { $0 + $1.0 * $1.1 }, here.dot(v)))
  }

  @Test func hypergradientMatchesDifferencesOfTheLoss() {
    var random = RandomSource(seed: 11)
    let energy = SmoothedRidgeEnergy.random(unknowns: 8, ridges: 3, stiffness: 3, &random)
    let truth = Tensor((0..<8).map { _ in random.normal() }, shape: [8])
    let reference = Reference(energy, loss: SquaredL2Loss(), truth: truth)
    let h = 1e-5
    for i in 0..<energy.parameterCount {
      func loss(_ sign: Double) -> Double {
        var theta = energy.theta
        theta[i] += sign * h
        return Reference(energy.at(theta), loss: SquaredL2Loss(), truth: truth).loss
      }
      let slope = (loss(1) - loss(-1)) / (2 * h)
      #expect(abs(slope - reference.hypergradient[i]) <= 1e-6 * (1 + abs(slope)))
    }
  }

  @Test func quadraticClosedFormsAgreeWithTheReference() {
    var random = RandomSource(seed: 3)
    let energy = QuadraticEnergy(
      spectrum: [1, 2, 5, 30], theta: [0.3, -1, 0.5], &random)
    let truth = Tensor([1, 2, 3, 4], shape: [4])
    let reference = Reference(energy, loss: SquaredL2Loss(), truth: truth)
    #expect(distance(reference.minimizer.elements, energy.minimizer) < 1e-12)
    let lossGradient = zip(energy.minimizer, truth.elements).map { 2 * ($0 - $1) }
    let closedForm = energy.hypergradient(lossGradient: lossGradient)
    #expect(distance(closedForm, reference.hypergradient) < 1e-10)
  }
}
