import Bilevel
import Imaging
import Tensors
import TestSupport
import Testing

/// The composition of fidelity, operator, regularizer and extra convexity, with an operator that is
/// neither the identity nor square and a fidelity that is not quadratic.
@Suite struct VariationalEnergyTests {
  static let shape: Shape = [1, 6, 8]

  static func energy(_ fidelity: any Fidelity) throws -> VariationalEnergy {
    let regularizer = TotalVariation()
    let theta = regularizer.initialParameters(RandomSource(seed: 1))
    let energy = VariationalEnergy(
      fidelity: fidelity, operator: Halving().prepared(for: shape, .float64),
      regularizer: try regularizer.prepared(for: theta, elementType: .float64),
      strongConvexity: 0.3)
    var random = RandomSource(seed: 2)
    energy.observe(Tensor(normal: [1, 3, 8], from: &random))
    return energy
  }

  static func image(_ seed: UInt64) -> Tensor {
    var random = RandomSource(seed: seed)
    return Tensor(normal: shape, from: &random)
  }

  @Test(arguments: [true, false])
  func derivativesAgreeWithDifferences(_ isQuadratic: Bool) throws {
    let energy = try Self.energy(isQuadratic ? SquaredL2(weight: 1.7) : Pseudo())
    let x = Self.image(3)
    let d = Self.image(4)
    let q = Self.image(5)
    func moved(_ t: Double) -> Tensor {
      var moved = x
      moved.add(d, times: t)
      return moved
    }
    var gradient = x
    let value = energy.gradient(at: x, into: &gradient)
    #expect(relativeError(value, energy.value(at: x)) < 1e-13)
    let slope = centralDifference(1e-5) { [energy.value(at: moved($0))] }
    #expect(relativeError(gradient.dot(d), slope[0]) < 1e-7)
    var product = x
    energy.curvature(at: x).apply(d, into: &product)
    let bend = centralDifference(1e-5) {
      var gradient = x
      energy.gradient(at: moved($0), into: &gradient)
      return gradient
    }
    #expect(relativeError(product, bend) < 1e-7)
    var third = x
    energy.thirdProduct(at: x, q, d, into: &third)
    let twist = centralDifference(1e-5) {
      var product = x
      energy.curvature(at: moved($0)).apply(q, into: &product)
      return product
    }
    #expect(relativeError(third, twist) < 1e-6)
  }

  @Test(arguments: [true, false])
  func constantsHold(_ isQuadratic: Bool) throws {
    let energy = try Self.energy(isQuadratic ? SquaredL2(weight: 1.7) : Pseudo())
    let x = Self.image(3)
    #expect(relativeError(energy.strongConvexity, 0.3) < 1e-14)
    let curvature = energy.curvature(at: x)
    for seed in UInt64(10)..<30 {
      let v = Self.image(seed)
      var product = v
      curvature.apply(v, into: &product)
      #expect(product.dot(v) >= energy.strongConvexity * v.squaredNorm)
      #expect(product.dot(v) <= energy.smoothness * v.squaredNorm)
    }
    let q = Self.image(40)
    for radius in [0.01, 0.3] {
      var d = Self.image(41)
      d.scale(by: radius / d.norm)
      var moved = x
      moved.add(d)
      var after = x
      var before = x
      energy.curvature(at: moved).apply(q, into: &after)
      energy.curvature(at: x).apply(q, into: &before)
      let bound = energy.hessianVariationBound(at: x, q, radius: radius)
      #expect(after.squaredDistance(to: before).squareRoot() <= bound)
    }
  }
}

/// Sums of pairs of rows, over √2: norm 1, half as many rows.
private struct Halving: ForwardOperator {
  func prepared(for domain: Shape, _ elementType: ElementType) -> any PreparedOperator {
    Prepared(domain: domain, elementType: elementType)
  }

  func domain(ofMeasurements codomain: Shape) -> Shape {
    [codomain[0], 2 * codomain[1], codomain[2]]
  }

  struct Prepared: PreparedOperator {
    let domain: Shape
    let elementType: ElementType
    var codomain: Shape { [domain[0], domain[1] / 2, domain[2]] }
    var normBound: Double { 1 }
    var normalLowerBound: Double { 0 }
    func application(workers: Int) -> any OperatorApplication { Application(codomain) }
  }

  final class Application: OperatorApplication {
    private let width: Int
    private var measurement: Tensor

    init(_ codomain: Shape) {
      width = codomain[2]
      measurement = Tensor(zeros: codomain)
    }

    func apply(_ image: Tensor, into measurement: inout Tensor) {
      for p in 0..<measurement.count {
        let first = 2 * (p / width) * width + p % width
        measurement[flat: p] = (image[flat: first] + image[flat: first + width]) * 0.5.squareRoot()
      }
    }

    func applyAdjoint(_ measurement: Tensor, into image: inout Tensor) {
      for p in 0..<measurement.count {
        let first = 2 * (p / width) * width + p % width
        image[flat: first] = measurement[flat: p] * 0.5.squareRoot()
        image[flat: first + width] = image[flat: first]
      }
    }

    func applyNormal(_ image: Tensor, into product: inout Tensor) {
      apply(image, into: &measurement)
      applyAdjoint(measurement, into: &product)
    }
  }
}

/// D(z, y) = Σ √(1 + (z − y)²): not quadratic.
private struct Pseudo: Fidelity {
  var strongConvexity: Double { 0 }
  var smoothness: Double { 1 }
  var constantCurvature: Double? { nil }
  var hessianLipschitz: Double { 0.86 }

  func value(at prediction: Tensor, observed: Tensor) -> Double {
    zip(prediction.elements, observed.elements).reduce(0) {
      $0 + (1 + ($1.0 - $1.1) * ($1.0 - $1.1)).squareRoot()
    }
  }

  func gradient(at prediction: Tensor, observed: Tensor, into gradient: inout Tensor) -> Double {
    for i in 0..<prediction.count {
      let t = prediction[flat: i] - observed[flat: i]
      gradient[flat: i] = t / (1 + t * t).squareRoot()
    }
    return value(at: prediction, observed: observed)
  }

  func hessianProduct(
    at prediction: Tensor, observed: Tensor, _ v: Tensor, into product: inout Tensor
  ) {
    for i in 0..<prediction.count {
      let t = prediction[flat: i] - observed[flat: i]
      let s = (1 + t * t).squareRoot()
      product[flat: i] = v[flat: i] / (s * s * s)
    }
  }

  func thirdProduct(
    at prediction: Tensor, observed: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor
  ) {
    for i in 0..<prediction.count {
      let t = prediction[flat: i] - observed[flat: i]
      let s = (1 + t * t).squareRoot()
      image[flat: i] = -3 * t / (s * s * s * s * s) * q[flat: i] * d[flat: i]
    }
  }
}
