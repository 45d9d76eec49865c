import Bilevel
import Tensors
import TestSupport
import Testing

/// The laws of `PreparedRegularizer` and `RegularizerEvaluator`, for every member of the catalogue.
@Suite struct RegularizerLawTests {
  /// Huber's φ″ jumps, and the smoothed ReLU's a″: a difference over a kink is no derivative.
  static func isSmooth(_ example: RegularizerCase) -> Bool {
    !example.description.contains("huber") && !example.description.contains("smoothed_relu")
  }

  /// At that image a network's activations are not as steep and as curved as they can be; see `ICNNTests`.
  static func isSharp(_ example: RegularizerCase) -> Bool {
    !example.description.contains("cnn")
  }

  @Test(arguments: RegularizerCatalogue.cases)
  func gradientIsTheDerivative(_ example: RegularizerCase) throws {
    let evaluator = try example.evaluator()
    let d = example.noise(seed: 1)
    let gradient = example.gradient(evaluator, at: example.x)
    let difference = centralDifference(1e-5) {
      [evaluator.value(at: example.moved(example.x, d, $0))]
    }
    #expect(relativeError(gradient.dot(d), difference[0]) < 1e-6)
  }

  @Test(arguments: RegularizerCatalogue.cases)
  func gradientAndValueAgree(_ example: RegularizerCase) throws {
    let evaluator = try example.evaluator()
    var gradient = Tensor(zeros: example.x.shape)
    let value = evaluator.addGradient(at: example.x, to: &gradient)
    #expect(relativeError(value, evaluator.value(at: example.x)) < 1e-13)
  }

  @Test(arguments: RegularizerCatalogue.cases)
  func hessianIsTheDerivativeOfTheGradient(_ example: RegularizerCase) throws {
    let evaluator = try example.evaluator()
    let v = example.noise(seed: 2)
    let product = example.hessianProduct(evaluator, at: example.x, v)
    let difference = centralDifference(Self.isSmooth(example) ? 1e-5 : 1e-8) {
      example.gradient(evaluator, at: example.moved(example.x, v, $0))
    }
    #expect(relativeError(product, difference) < (Self.isSmooth(example) ? 1e-6 : 1e-4))
  }

  @Test(arguments: RegularizerCatalogue.cases)
  func hessianIsSymmetric(_ example: RegularizerCase) throws {
    let evaluator = try example.evaluator()
    let v = example.noise(seed: 2)
    let w = example.noise(seed: 3)
    let left = example.hessianProduct(evaluator, at: example.x, v).dot(w)
    let right = example.hessianProduct(evaluator, at: example.x, w).dot(v)
    #expect(relativeError(left, right) < 1e-10)
  }

  /// m ‖v‖² ≤ ⟨v, Hv⟩ ≤ L ‖v‖², and L is not far above what is attained at the flattest image.
  @Test(arguments: RegularizerCatalogue.cases)
  func curvatureIsBounded(_ example: RegularizerCase) throws {
    let prepared = try example.regularizer.prepared(for: example.theta, elementType: .float64)
    let evaluator = prepared.evaluator(for: example.x.shape, workers: 1)
    for seed in UInt64(0)..<20 {
      let v = example.noise(seed: seed)
      let form = example.hessianProduct(evaluator, at: example.x, v).dot(v)
      #expect(form >= (prepared.strongConvexity * (1 - 1e-12) - 1e-12) * v.squaredNorm)
      #expect(form <= evaluator.smoothness * v.squaredNorm * (1 + 1e-12))
    }
    let flat = Tensor(zeros: example.x.shape)
    let attained = example.powerIteration(evaluator, at: flat, iterations: 300)
    #expect(attained <= evaluator.smoothness * (1 + 1e-12))
    #expect(evaluator.smoothness <= prepared.smoothness)
    guard Self.isSharp(example) else { return }
    #expect(evaluator.smoothness < 1.4 * attained, "\(evaluator.smoothness / attained)")
  }

  @Test(arguments: RegularizerCatalogue.cases)
  func mixedProductIsTheDerivativeByTheParameters(_ example: RegularizerCase) throws {
    let evaluator = try example.evaluator()
    let q = example.noise(seed: 4)
    let product = example.mixedProduct(evaluator, at: example.x, q)
    let count = product.count
    // All parameters of the small blocks, some of the large ones.
    for i in Set((0..<12).map { $0 * (count - 1) / 11 } + Array(max(0, count - 12)..<count)) {
      let difference = try centralDifference(1e-5) { t in
        var theta = example.theta
        theta.values[i] += t
        let moved = try example.regularizer.prepared(for: theta, elementType: .float64)
          .evaluator(for: example.x.shape, workers: 1)
        return [example.gradient(moved, at: example.x).dot(q)]
      }
      let scale = max(abs(difference[0]), 1e-3 * relativeError(product, product.map { _ in 0 }))
      #expect(abs(product[i] - difference[0]) < 2e-6 * max(scale, 1e-3), "coordinate \(i)")
    }
  }

  @Test(arguments: RegularizerCatalogue.cases)
  func mixedDirectionIsTheTranspose(_ example: RegularizerCase) throws {
    let evaluator = try example.evaluator()
    let q = example.noise(seed: 4)
    var random = RandomSource(seed: 9)
    let direction = Tensor(normal: [example.theta.values.count], from: &random).elements
    var image = Tensor(zeros: example.x.shape)
    evaluator.addMixedDirection(at: example.x, direction, offset: 0, to: &image)
    let product = example.mixedProduct(evaluator, at: example.x, q)
    let right = zip(product, direction).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(relativeError(image.dot(q), right) < 1e-10)
  }

  @Test(arguments: RegularizerCatalogue.cases.filter(isSmooth))
  func thirdProductIsTheDerivativeOfTheHessian(_ example: RegularizerCase) throws {
    let evaluator = try example.evaluator()
    let q = example.noise(seed: 5)
    let d = example.noise(seed: 6)
    var image = Tensor(zeros: example.x.shape)
    evaluator.addThirdProduct(at: example.x, q, d, to: &image)
    let difference = centralDifference(1e-5) {
      example.hessianProduct(evaluator, at: example.moved(example.x, d, $0), q)
    }
    let scale = max(difference.norm, 1e-12)
    #expect(image.squaredDistance(to: difference).squareRoot() < 1e-6 * scale + 1e-12)
  }

  @Test(arguments: RegularizerCatalogue.cases.filter(isSmooth))
  func mixedVariationIsTheDerivativeOfTheMixedProduct(_ example: RegularizerCase) throws {
    let evaluator = try example.evaluator()
    let q = example.noise(seed: 5)
    let d = example.noise(seed: 6)
    var theta = [Double](repeating: 0, count: example.theta.values.count)
    evaluator.addMixedVariation(at: example.x, q, along: d, to: &theta, offset: 0)
    let difference = centralDifference(1e-5) {
      example.mixedProduct(evaluator, at: example.moved(example.x, d, $0), q)
    }
    #expect(relativeError(theta, difference) < 1e-6)
  }

  /// Everything is added to what is there, at the offset asked for.
  @Test(arguments: RegularizerCatalogue.cases)
  func resultsAccumulate(_ example: RegularizerCase) throws {
    let evaluator = try example.evaluator()
    let start = example.noise(seed: 7)
    let gradient = example.gradient(evaluator, at: example.x)
    var image = start
    _ = evaluator.addGradient(at: example.x, to: &image)
    image.add(start, times: -1)
    #expect(relativeError(image, gradient) < 1e-10)
    let q = example.noise(seed: 8)
    let product = example.mixedProduct(evaluator, at: example.x, q)
    var theta = [Double](repeating: 1, count: product.count + 3)
    evaluator.addMixedProduct(at: example.x, q, to: &theta, offset: 3)
    #expect(theta[..<3].allSatisfy { $0 == 1 })
    #expect(relativeError(theta[3...].map { $0 - 1 }, product) < 1e-10)
  }
}
