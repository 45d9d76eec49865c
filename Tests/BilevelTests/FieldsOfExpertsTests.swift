import Bilevel
import Imaging
import Kernels
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct FieldsOfExpertsTests {
  /// The whole denoising energy against automatic differentiation.
  @Test(arguments: ["foe_tiny_9x11_K2", "foe_small_24x17_K30"], ["z", "xhat"])
  func agreesWithTheOracle(_ name: String, _ point: String) throws {
    try checkDenoising(Fixture(name), point, .float64, tolerance: 1e-10)
    try checkDenoising(Fixture(name), point, .float32, tolerance: 1e-3)
  }

  @Test(.enabled(if: Fixture.hasShared, "needs ../shared/data"), arguments: ["z", "xhat"])
  func agreesWithTheLargeOracle(_ point: String) throws {
    let fixture = try #require(Fixture(shared: "foe_64x64_K30"))
    try checkDenoising(fixture, point, .float64, tolerance: 1e-10)
  }

  private func checkDenoising(
    _ fixture: Fixture, _ point: String, _ elementType: ElementType, tolerance: Double
  ) throws {
    let filters = fixture["theta/c"].shape[0]
    let beta = fixture["theta/beta"].elements
    let nu = fixture["theta/nu"].elements
    let energy = try fixture.fieldsOfExperts(elementType)
    let y = fixture.image("y").converted(to: elementType)
    let x = fixture.image(point == "z" ? "z" : "xhat").converted(to: elementType)
    let v = fixture.image("v").converted(to: elementType)
    let q = fixture.image("q").converted(to: elementType)
    let prefix = "at\(point)_"

    let expected = fixture.number(prefix + "energy")
    #expect(relativeError(energy.value(at: x), expected) < tolerance)
    var image = Tensor(zeros: y.shape, elementType)
    #expect(relativeError(energy.gradient(at: x, into: &image), expected) < tolerance)
    if point == "z" {
      #expect(relativeError(image, fixture.image(prefix + "grad")) < tolerance)
    } else {
      #expect(image.norm < tolerance * y.norm)
    }
    energy.curvature(at: x).apply(v, into: &image)
    #expect(relativeError(image, fixture.image(prefix + "hvp")) < tolerance)

    var mixed = [Double](repeating: 0, count: energy.parameterCount)
    energy.addMixedProduct(at: x, q, to: &mixed)
    let taps = filters * 49
    #expect(
      relativeError(Array(mixed[..<taps]), fixture[prefix + "mixed_adj/c"].elements) < tolerance)
    let natural = zip(
      mixed[taps...],
      fixture[prefix + "mixed_adj/beta"].elements + fixture[prefix + "mixed_adj/nu"].elements)
    let chained = zip(natural, beta + nu).map { ($0.0.0, $0.0.1 * $0.1) }
    #expect(relativeError(chained.map { $0.0 }, chained.map { $0.1 }) < tolerance)

    let direction =
      fixture["dtheta/c"].elements
      + zip(fixture["dtheta/beta"].elements, beta).map { $0 / $1 }
      + zip(fixture["dtheta/nu"].elements, nu).map { $0 / $1 }
    energy.mixedDirection(at: x, direction, into: &image)
    // The oracle's direction moves μ too: ∂²g/∂x∂μ = x.
    image.add(x, times: fixture.number("dtheta/mu"))
    #expect(relativeError(image, fixture.image(prefix + "mixed_fwd")) < tolerance)
  }

  /// All products of the regularizer alone, in raw coordinates.
  @Test(arguments: Boundary.allCases, Potential.allCases)
  func agreesWithThreeChannels(_ boundary: Boundary, _ potential: Potential) throws {
    for size in [3, 5] {
      let fixture = Fixture(
        "ridge_\(boundary.rawValue)_\(potential.rawValue)_size\(size)_channels3")
      try checkRegularizer(fixture, boundary, potential)
    }
  }

  /// Large filters on one channel.
  @Test(arguments: Boundary.allCases)
  func agreesWithLargeFilters(_ boundary: Boundary) throws {
    for (potential, size) in [(Potential.logCosh, 7), (.smoothedAbsolute, 13)] {
      let fixture = Fixture(
        "ridge_\(boundary.rawValue)_\(potential.rawValue)_size\(size)_channels1")
      try checkRegularizer(fixture, boundary, potential)
    }
  }

  private func checkRegularizer(
    _ fixture: Fixture, _ boundary: Boundary, _ potential: Potential
  ) throws {
    let shape = fixture["coefficients"].shape
    let regularizer = FieldsOfExperts(
      filters: shape[0], size: shape[3], boundary: boundary, potential: potential,
      channels: shape[1])
    let scales = fixture["weights"].elements + fixture["smoothing"].elements
    let theta = Parameters(
      fixture["coefficients"].elements + scales.map { log($0) }, layout: regularizer.layout)
    let x = fixture["x"]
    let evaluator = try regularizer.prepared(for: theta, elementType: .float64)
      .evaluator(for: x.shape, workers: 1)
    let tolerance = 1e-10
    var image = Tensor(zeros: x.shape)
    let energy = evaluator.addGradient(at: x, to: &image)
    #expect(relativeError(energy, fixture.number("energy")) < tolerance)
    #expect(relativeError(image, fixture["gradient"]) < tolerance)
    image.fill(with: 0)
    evaluator.prepareCurvature(at: x)
    evaluator.addHessianProduct(fixture["v"], to: &image)
    #expect(relativeError(image, fixture["hessian_product"]) < tolerance)
    image.fill(with: 0)
    evaluator.addThirdProduct(at: x, fixture["q"], fixture["v"], to: &image)
    #expect(relativeError(image, fixture["third_product"]) < tolerance)
    for isVariation in [false, true] {
      var product = [Double](repeating: 0, count: theta.values.count)
      if isVariation {
        evaluator.addMixedVariation(
          at: x, fixture["q"], along: fixture["v"], to: &product, offset: 0)
      } else {
        evaluator.addMixedProduct(at: x, fixture["q"], to: &product, offset: 0)
      }
      let key = isVariation ? "mixed_variation" : "mixed"
      let natural =
        fixture["\(key)_weights"].elements + fixture["\(key)_smoothing"].elements
      let expected =
        fixture["\(key)_coefficients"].elements + zip(natural, scales).map { $0 * $1 }
      #expect(relativeError(product, expected) < tolerance)
    }
    let directions =
      fixture["direction_weights"].elements + fixture["direction_smoothing"].elements
    image.fill(with: 0)
    evaluator.addMixedDirection(
      at: x, fixture["direction_coefficients"].elements + zip(directions, scales).map { $0 / $1 },
      offset: 0, to: &image)
    #expect(relativeError(image, fixture["mixed_direction"]) < tolerance)
  }

  @Test func initialFiltersHaveZeroMean() {
    for initialization in FieldsOfExperts.Initialization.allCases {
      let regularizer = FieldsOfExperts(
        filters: 10, size: 3, initialization: initialization, initialFilterNorm: 2)
      let theta = regularizer.initialParameters(RandomSource(seed: 3))
      for k in 0..<10 {
        let filter = theta.values[k * 9..<(k + 1) * 9]
        #expect(abs(filter.reduce(0, +)) < 1e-12)
        #expect(filter.reduce(0) { $0 + $1 * $1 } > 0.1)
      }
      #expect(theta == regularizer.initialParameters(RandomSource(seed: 3)))
    }
  }

  @Test func cosineAtomsAreOrthonormal() {
    let regularizer = FieldsOfExperts(
      filters: 24, size: 5, initialization: .dct, initialFilterNorm: 1)
    let theta = regularizer.initialParameters(RandomSource(seed: 3))
    for a in 0..<24 {
      for b in 0...a {
        let product = (0..<25).reduce(0) {
          $0 + theta.values[a * 25 + $1] * theta.values[b * 25 + $1]
        }
        #expect(abs(product - (a == b ? 1 : 0)) < 1e-12)
      }
    }
  }

  @Test func saysWhatDoesNotFit() {
    let regularizer = FieldsOfExperts(size: 7, boundary: .reflect)
    #expect(regularizer.misfit(of: [1, 4, 4]) == nil)
    #expect(regularizer.misfit(of: [1, 3, 9]) != nil)
    #expect(regularizer.misfit(of: [3, 9, 9]) != nil)
  }
}
