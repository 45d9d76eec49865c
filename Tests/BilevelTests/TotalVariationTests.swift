import Bilevel
import Imaging
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct TotalVariationTests {
  static let oracles = [
    ("tv_iso_small_13x18", TotalVariation.Coupling.isotropic),
    ("tv_aniso_small_13x18", .anisotropic),
  ]

  /// Energy, gradient and products of the whole denoising energy against automatic differentiation.
  @Test(arguments: oracles, ["z", "xhat"])
  func agreesWithTheOracle(_ oracle: (String, TotalVariation.Coupling), _ point: String) throws {
    let fixture = Fixture(oracle.0)
    try checkDenoising(fixture, oracle.1, point, .float64, tolerance: 1e-10)
    try checkDenoising(fixture, oracle.1, point, .float32, tolerance: 3e-4)
  }

  @Test(.enabled(if: Fixture.hasShared, "needs ../shared/data"), arguments: ["z", "xhat"])
  func agreesWithTheLargeOracle(_ point: String) throws {
    let fixture = try #require(Fixture(shared: "tv_iso_64x64"))
    try checkDenoising(fixture, .isotropic, point, .float64, tolerance: 1e-10)
  }

  private func checkDenoising(
    _ fixture: Fixture, _ coupling: TotalVariation.Coupling, _ point: String,
    _ elementType: ElementType, tolerance: Double
  ) throws {
    let weight = fixture.number("theta/alpha")
    let smoothing = fixture.number("theta/nu")
    let energy = try fixture.totalVariation(coupling, elementType)
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
      #expect(image.norm < max(tolerance, 1e-10) * y.norm)
    }
    energy.curvature(at: x).apply(v, into: &image)
    #expect(relativeError(image, fixture.image(prefix + "hvp")) < tolerance)

    var mixed = [0.0, 0.0]
    energy.addMixedProduct(at: x, q, to: &mixed)
    let natural = [
      fixture.number(prefix + "mixed_adj/alpha"), fixture.number(prefix + "mixed_adj/nu"),
    ]
    #expect(relativeError(mixed, [natural[0] * weight, natural[1] * smoothing]) < tolerance)

    let direction = [
      fixture.number("dtheta/alpha") / weight, fixture.number("dtheta/nu") / smoothing,
    ]
    energy.mixedDirection(at: x, direction, into: &image)
    #expect(relativeError(image, fixture.image(prefix + "mixed_fwd")) < tolerance)
  }

  /// All products of the regularizer alone, on three channels.
  @Test(arguments: TotalVariation.Coupling.allCases, [1, 3])
  func agreesWithThreeChannels(_ coupling: TotalVariation.Coupling, _ workers: Int) throws {
    let fixture = Fixture("variation_\(coupling.rawValue)_channels3")
    let regularizer = TotalVariation(coupling: coupling)
    let weight = fixture.number("weight")
    let smoothing = fixture.number("smoothing")
    let theta = Parameters([log(weight), log(smoothing)], layout: regularizer.layout)
    let x = fixture["x"]
    let q = fixture["q"]
    let v = fixture["v"]
    let evaluator = try regularizer.prepared(for: theta, elementType: .float64)
      .evaluator(for: x.shape, workers: workers)
    let tolerance = 1e-10

    var image = Tensor(zeros: x.shape)
    #expect(
      relativeError(evaluator.addGradient(at: x, to: &image), fixture.number("energy")) < tolerance)
    #expect(relativeError(image, fixture["gradient"]) < tolerance)
    evaluator.prepareCurvature(at: x)
    image.fill(with: 0)
    evaluator.addHessianProduct(v, to: &image)
    #expect(relativeError(image, fixture["hessian_product"]) < tolerance)
    image.fill(with: 0)
    evaluator.addThirdProduct(at: x, q, v, to: &image)
    #expect(relativeError(image, fixture["third_product"]) < tolerance)
    image.fill(with: 0)
    let direction = [
      fixture.number("direction_weight") / weight,
      fixture.number("direction_smoothing") / smoothing,
    ]
    evaluator.addMixedDirection(at: x, direction, offset: 0, to: &image)
    #expect(relativeError(image, fixture["mixed_direction"]) < tolerance)
    for (key, isVariation) in [("mixed", false), ("mixed_variation", true)] {
      var theta = [0.0, 0.0]
      if isVariation {
        evaluator.addMixedVariation(at: x, q, along: v, to: &theta, offset: 0)
      } else {
        evaluator.addMixedProduct(at: x, q, to: &theta, offset: 0)
      }
      let expected = [
        fixture.number("\(key)_weight") * weight, fixture.number("\(key)_smoothing") * smoothing,
      ]
      #expect(relativeError(theta, expected) < tolerance)
    }
  }

  /// Strips of rows give the same bits as one pass.
  @Test(arguments: TotalVariation.Coupling.allCases, ElementType.allCases)
  func stripsKeepTheBits(_ coupling: TotalVariation.Coupling, _ elementType: ElementType) throws {
    let regularizer = TotalVariation(coupling: coupling)
    let theta = regularizer.initialParameters(RandomSource(seed: 1))
    let prepared = try regularizer.prepared(for: theta, elementType: elementType)
    var random = RandomSource(seed: 2)
    let x = Tensor(normal: [2, 67, 45], elementType, from: &random)
    let q = Tensor(normal: [2, 67, 45], elementType, from: &random)
    var results: [[Double]] = []
    for workers in [1, 3] {
      let evaluator = prepared.evaluator(for: x.shape, workers: workers)
      var image = Tensor(zeros: x.shape, elementType)
      let value = evaluator.addGradient(at: x, to: &image)
      evaluator.prepareCurvature(at: x)
      evaluator.addHessianProduct(q, to: &image)
      evaluator.addThirdProduct(at: x, q, x, to: &image)
      results.append([value] + image.elements)
    }
    #expect(results[0] == results[1])
  }
}
