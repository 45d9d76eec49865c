import Bilevel
import Tensors
import TestSupport
import Testing

/// The laws of `Energy`, for every member of `bl.energy`.
@Suite struct EnergyLawTests {
  private static let step = 1e-5

  @Test(arguments: EnergyCatalogue.cases)
  func gradientIsTheDerivative(_ example: EnergyCase) throws {
    let energy = try example.energy()
    let (x, d) = (example.x, example.noise(seed: 1))
    let difference = centralDifference(Self.step) { [energy.value(at: x.moved($0, along: d))] }
    #expect(relativeError(energy.gradient(at: x).dot(d), difference[0]) < 1e-7)
    var gradient = x
    #expect(relativeError(energy.gradient(at: x, into: &gradient), energy.value(at: x)) < 1e-13)
  }

  @Test(arguments: EnergyCatalogue.cases)
  func hessianIsTheSymmetricDerivativeOfTheGradient(_ example: EnergyCase) throws {
    let energy = try example.energy()
    let (x, v, w) = (example.x, example.noise(seed: 2), example.noise(seed: 3))
    let product = energy.hessianProduct(at: x, v)
    let difference = centralDifference(Self.step) { energy.gradient(at: x.moved($0, along: v)) }
    #expect(relativeError(product, difference) < 1e-7)
    #expect(relativeError(product.dot(w), energy.hessianProduct(at: x, w).dot(v)) < 1e-12)
  }

  @Test(arguments: EnergyCatalogue.cases)
  func mixedProductIsTheDerivativeByTheParameters(_ example: EnergyCase) throws {
    let (x, q) = (example.x, example.noise(seed: 4))
    let product = try example.energy().mixedProduct(at: x, q)
    for i in product.indices {
      let difference = try centralDifference(Self.step) { t in
        var values = example.theta.values
        values[i] += t
        return [try example.energy(values).gradient(at: x).dot(q)]
      }
      #expect(abs(product[i] - difference[0]) < 1e-7 * (abs(difference[0]) + 1e-2))
    }
  }

  @Test(arguments: EnergyCatalogue.cases)
  func mixedDirectionIsTheTranspose(_ example: EnergyCase) throws {
    let energy = try example.energy()
    let (q, direction) = (example.noise(seed: 4), example.direction(seed: 9))
    var image = example.x
    energy.mixedDirection(at: example.x, direction, into: &image)
    let product = energy.mixedProduct(at: example.x, q)
    let right = zip(product, direction).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(relativeError(image.dot(q), right) < 1e-12)
  }

  @Test(arguments: EnergyCatalogue.cases)
  func thirdProductIsTheDerivativeOfTheHessian(_ example: EnergyCase) throws {
    let energy = try example.energy()
    let (x, q, d) = (example.x, example.noise(seed: 5), example.noise(seed: 6))
    var third = x
    energy.thirdProduct(at: x, q, d, into: &third)
    let difference = centralDifference(Self.step) {
      energy.hessianProduct(at: x.moved($0, along: d), q)
    }
    #expect(third.squaredDistance(to: difference).squareRoot() < 1e-7 * difference.norm + 1e-8)
  }

  @Test(arguments: EnergyCatalogue.cases)
  func mixedVariationIsTheDerivativeOfTheMixedProduct(_ example: EnergyCase) throws {
    let energy = try example.energy()
    let (x, q, d) = (example.x, example.noise(seed: 5), example.noise(seed: 6))
    var variation = [Double](repeating: 1, count: energy.parameterCount)
    energy.addMixedVariation(at: x, q, along: d, to: &variation)
    let difference = centralDifference(Self.step) {
      energy.mixedProduct(at: x.moved($0, along: d), q)
    }
    let scale = norm(difference)
    #expect(distance(variation.map { $0 - 1 }, difference) < 1e-7 * scale + 1e-8)
  }

  /// μ ‖v‖² ≤ ⟨v, Hv⟩ ≤ L ‖v‖², everywhere and for the extreme v too.
  @Test(arguments: EnergyCatalogue.cases)
  func curvatureIsBounded(_ example: EnergyCase) throws {
    let energy = try example.energy()
    for x in [example.x, Tensor(zeros: example.x.shape), example.noise(seed: 11)] {
      let hessian = DenseMatrix(of: energy.curvature(at: x), energy.shape, .float64)
      let (smallest, largest) = hessian.extremeEigenvalues
      #expect(smallest >= energy.strongConvexity * (1 - 1e-12))
      #expect(largest <= energy.smoothness * (1 + 1e-12))
    }
  }

  /// What the bounds say of whole balls holds at random points of them and along each third derivative.
  @Test(arguments: EnergyCatalogue.cases)
  func variationBoundsHold(_ example: EnergyCase) throws {
    let energy = try example.energy()
    let (x, q) = (example.x, example.noise(seed: 20))
    let before = (energy.hessianProduct(at: x, q), energy.mixedProduct(at: x, q))
    for radius in [1e-3, 0.1, 3] {
      let hessian = energy.hessianVariationBound(at: x, q, radius: radius)
      let mixed = energy.mixedVariationBound(at: x, q, radius: radius)
      #expect(hessian <= energy.hessianLipschitz * radius * q.norm * (1 + 1e-12))
      #expect(mixed <= energy.mixedLipschitz * radius * q.norm * (1 + 1e-12))
      for seed in UInt64(21)..<41 {
        var d = seed == 21 ? q : example.noise(seed: seed)
        d.scale(by: radius / d.norm)
        let moved = x.moved(1, along: d)
        let change = energy.hessianProduct(at: moved, q).squaredDistance(to: before.0).squareRoot()
        #expect(change <= hessian + 1e-12)
        #expect(distance(energy.mixedProduct(at: moved, q), before.1) <= mixed + 1e-12)
        let size = mixedNorm(energy, at: moved)
        #expect(size <= energy.mixedNormBound(at: x, radius: radius) * (1 + 1e-12))
      }
    }
    #expect(energy.hessianVariationBound(at: x, q, radius: 0) == 0)
    #expect(energy.mixedVariationBound(at: x, q, radius: 0) == 0)
  }

  /// ‖∂²g/∂x∂θ‖ from below, by power iteration.
  private func mixedNorm(_ energy: any Energy, at x: Tensor) -> Double {
    var direction = [Double](repeating: 1, count: energy.parameterCount)
    var image = x
    var size = 0.0
    for _ in 0..<20 {
      let length = norm(direction)
      if length == 0 { return 0 }
      energy.mixedDirection(at: x, direction.map { $0 / length }, into: &image)
      size = image.norm
      direction = energy.mixedProduct(at: x, image)
    }
    return size
  }

  @Test func constantsOfTheQuadraticAreItsEigenvalues() throws {
    let example = EnergyCatalogue.cases[0]
    let energy = try example.energy()
    let hessian = DenseMatrix(of: energy.curvature(at: example.x), energy.shape, .float64)
    let (smallest, largest) = hessian.extremeEigenvalues
    #expect(relativeError(energy.strongConvexity, smallest) < 1e-10)
    #expect(relativeError(energy.smoothness, largest) < 1e-10)
  }

  /// The same in Float32, to its precision.
  @Test func singlePrecisionAgrees() throws {
    let pairs: [(any LowerLevel, any LowerLevel)] = try [
      (EnergyCatalogue.quadratic(), EnergyCatalogue.quadratic(.float32)),
      (
        EnergyCatalogue.logistic(classes: 3, .each),
        EnergyCatalogue.logistic(classes: 3, .each, .float32)
      ),
      (
        EnergyCatalogue.hypercleaning(classes: 1),
        EnergyCatalogue.hypercleaning(classes: 1, .float32)
      ),
    ]
    for (double, single) in pairs {
      let (wide, narrow) = (EnergyCase("float64", double), EnergyCase("float32", single))
      let x = narrow.x.converted(to: .float32)
      let (a, b) = (try wide.energy(), try narrow.energy())
      #expect(b.elementType == .float32)
      #expect(relativeError(b.gradient(at: x).elements, a.gradient(at: wide.x).elements) < 1e-5)
      let v = wide.noise(seed: 2)
      let product = b.hessianProduct(at: x, v.converted(to: .float32))
      #expect(relativeError(product.elements, a.hessianProduct(at: wide.x, v).elements) < 1e-5)
      let q = v.converted(to: .float32)
      #expect(
        relativeError(b.mixedProduct(at: x, q), a.mixedProduct(at: wide.x, v)) < 1e-5)
    }
  }

  /// Examples enough for several chunks: the same bits, however many threads share them.
  @Test func workersChangeNothing() throws {
    let lower = try EnergyCatalogue.hypercleaning(classes: 5, count: 3000, features: 90)
    let example = EnergyCase("large", lower, deviation: 0.1)
    let prepared = try lower.prepared(for: example.theta)
    let q = example.noise(seed: 3)
    let results = [1, 2, 3].map { workers -> [[Double]] in
      let energy = prepared.energy(0, in: Workspace(), workers: workers)
      return [
        [energy.value(at: example.x)], energy.gradient(at: example.x).elements,
        energy.hessianProduct(at: example.x, q).elements, energy.mixedProduct(at: example.x, q),
      ]
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }
}
