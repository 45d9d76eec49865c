import Bilevel
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Every bound is at least what is found by sampling.
@Suite struct RegularizerBoundTests {
  /// Displacements of norm `radius`: noise, spikes at a pixel, and along x itself.
  static func displacements(_ example: RegularizerCase, _ radius: Double, _ count: Int) -> [Tensor]
  {
    (0..<count).map { index in
      var d = Tensor(zeros: example.x.shape)
      switch index % 4 {
      case 0, 1: d = example.noise(seed: UInt64(100 + index))
      case 2: d[flat: (index * 37) % d.count] = index % 8 < 4 ? 1 : -1
      default:
        d = example.x
        d.scale(by: -1)
      }
      d.scale(by: radius / d.norm)
      return d
    }
  }

  @Test(arguments: RegularizerCatalogue.cases, [1e-3, 0.05, 1.0])
  func localBoundsHold(_ example: RegularizerCase, _ radius: Double) throws {
    let evaluator = try example.evaluator()
    var random = RandomSource(seed: 3)
    let samples = 67  // with three radii, 201 cases per member
    for (index, d) in Self.displacements(example, radius, samples).enumerated() {
      let q = index % 3 == 0 ? d : Tensor(normal: example.x.shape, from: &random)
      let moved = example.moved(example.x, d, 1)
      let change = difference(
        example.hessianProduct(evaluator, at: moved, q),
        example.hessianProduct(evaluator, at: example.x, q))
      let bound = evaluator.hessianVariationBound(at: example.x, q, radius: radius)
      #expect(change <= bound * (1 + 1e-9) + 1e-12)

      let mixed = difference(
        example.mixedProduct(evaluator, at: moved, q),
        example.mixedProduct(evaluator, at: example.x, q))
      let mixedBound = evaluator.mixedVariationBound(at: example.x, q, radius: radius)
      #expect(mixed <= mixedBound * (1 + 1e-9) + 1e-12)
      if index % 8 == 0 {
        let norm = example.mixedProduct(evaluator, at: moved, q)
        let size = difference(norm, norm.map { _ in 0 }) / q.norm
        #expect(size <= evaluator.mixedNormBound(at: example.x, radius: radius))
      }
    }
  }

  /// ⟨(H̄ − H) q, e⟩ = ⟨q, ∇R(x + e) − ∇R(x) − H e⟩, with the very budget ⟨e, ∇R(x + e) − ∇R(x)⟩.
  @Test(arguments: RegularizerCatalogue.cases, [1e-3, 0.05, 1.0])
  func pathBoundHolds(_ example: RegularizerCase, _ radius: Double) throws {
    let evaluator = try example.evaluator()
    var random = RandomSource(seed: 4)
    for (index, e) in Self.displacements(example, radius, 67).enumerated() {
      let moved = example.moved(example.x, e, 1)
      var change = example.gradient(evaluator, at: moved)
      change.add(example.gradient(evaluator, at: example.x), times: -1)
      let budget = e.dot(change)
      change.add(example.hessianProduct(evaluator, at: example.x, e), times: -1)
      // Along the change itself, along e, and noise.
      let q = [change, e, Tensor(normal: example.x.shape, from: &random)][index % 3]
      let bound = evaluator.pathVariationBound(at: example.x, q, radius: radius, budget: budget)
      #expect(abs(q.dot(change)) <= bound * (1 + 1e-9) + 1e-13 * q.norm)
    }
  }

  @Test(arguments: RegularizerCatalogue.cases)
  func globalConstantsHold(_ example: RegularizerCase) throws {
    let prepared = try example.regularizer.prepared(for: example.theta, elementType: .float64)
    let evaluator = prepared.evaluator(for: example.x.shape, workers: 1)
    for d in Self.displacements(example, 0.01, 40) {
      let q = example.noise(seed: 12)
      let moved = example.moved(example.x, d, 1)
      let change = difference(
        example.hessianProduct(evaluator, at: moved, q),
        example.hessianProduct(evaluator, at: example.x, q))
      #expect(change <= prepared.hessianLipschitz * d.norm * q.norm + 1e-12)
      let mixed = difference(
        example.mixedProduct(evaluator, at: moved, q),
        example.mixedProduct(evaluator, at: example.x, q))
      #expect(mixed <= prepared.mixedLipschitz * d.norm * q.norm + 1e-12)
    }
  }

  /// The norm of the mixed derivative at a point is found within a tenth.
  @Test(arguments: RegularizerCatalogue.cases)
  func mixedNormIsSharp(_ example: RegularizerCase) throws {
    let evaluator = try example.evaluator()
    var v = example.noise(seed: 5)
    var attained = 0.0
    for _ in 0..<200 {
      v.scale(by: 1 / v.norm)
      let theta = example.mixedProduct(evaluator, at: example.x, v)
      attained = difference(theta, theta.map { _ in 0 })
      v.fill(with: 0)
      evaluator.addMixedDirection(at: example.x, theta, offset: 0, to: &v)
    }
    let bound = evaluator.mixedNormBound(at: example.x, radius: 0)
    #expect(bound >= attained * (1 - 1e-12))
    #expect(bound <= 1.2 * attained)
  }

  private func difference(_ a: Tensor, _ b: Tensor) -> Double {
    a.squaredDistance(to: b).squareRoot()
  }

  private func difference(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }
}

/// The local bounds on a real case, where constants that hold everywhere are thousands of times larger.
@Suite struct LocalBoundSharpnessTests {
  @Test(arguments: [1e-3, 1e-2, 1e-1])
  func hessianVariationIsFarBelowTheGlobalConstant(_ radius: Double) throws {
    let fixture = Fixture("foe_small_24x17_K30")
    let regularizer = FieldsOfExperts(filters: 30, size: 7, boundary: .zero)
    let scales = fixture["theta/beta"].elements + fixture["theta/nu"].elements
    let theta = Parameters(
      fixture["theta/c"].elements + scales.map { log($0) }, layout: regularizer.layout)
    let prepared = try regularizer.prepared(for: theta, elementType: .float64)
    let x = fixture.image("xhat")
    let q = fixture.image("adjoint_w")
    let evaluator = prepared.evaluator(for: x.shape, workers: 1)
    let bound = evaluator.hessianVariationBound(at: x, q, radius: radius)
    let global = prepared.hessianLipschitz * radius * q.norm
    #expect(bound < 0.1 * global, "\(global / bound)")
    // The change along the direction that the third derivative makes largest, found by ascent.
    var d = q
    var attained = 0.0
    for _ in 0..<30 {
      d.scale(by: radius / d.norm)
      var moved = x
      moved.add(d)
      var after = Tensor(zeros: x.shape)
      var before = after
      evaluator.prepareCurvature(at: moved)
      evaluator.addHessianProduct(q, to: &after)
      evaluator.prepareCurvature(at: x)
      evaluator.addHessianProduct(q, to: &before)
      after.add(before, times: -1)
      attained = max(attained, after.norm)
      d.fill(with: 0)
      evaluator.addThirdProduct(at: x, q, after, to: &d)
    }
    #expect(attained <= bound)
    #expect(bound < 50 * attained, "\(bound / attained)")
  }
}
