import Bilevel
import Script
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Losses with data of their own, against sums that are written out.
@Suite struct OwnDataLossTests {
  private func crossEntropy(_ classes: Int) throws -> (loss: CrossEntropyLoss, x: Tensor) {
    var options = CrossEntropyLoss.Options()
    let examples = EnergyCatalogue.examples(classes: classes)
    (options.features, options.labels) = examples
    var random = RandomSource(seed: 8)
    let shape: Shape = classes == 1 ? [5] : [classes, 5]
    return (try CrossEntropyLoss(options), Tensor(normal: shape, from: &random))
  }

  /// The scores of example i.
  private func scores(_ x: Tensor, _ features: Tensor, _ i: Int) -> [Double] {
    (0..<x.count / 5).map { c in
      (0..<5).reduce(0) { $0 + x[flat: c * 5 + $1] * features[flat: i * 5 + $1] }
    }
  }

  @Test(arguments: [1, 3])
  func crossEntropyIsTheMeanOfItsDefinition(_ classes: Int) throws {
    let (loss, x) = try crossEntropy(classes)
    let (features, labels) = EnergyCatalogue.examples(classes: classes)
    var (sum, mistakes) = (0.0, 0)
    for i in 0..<labels.count {
      let z = scores(x, features, i)
      let label = labels[flat: i]
      if classes == 1 {
        sum += log1p(exp(-label * z[0]))
        mistakes += label * z[0] > 0 ? 0 : 1
      } else {
        let own = z[Int(label) - 1]
        sum += log(z.reduce(0) { $0 + exp($1 - own) })
        mistakes += z.max() == own ? 0 : 1
      }
    }
    #expect(relativeError(loss.value(at: x, truth: x), sum / Double(labels.count)) < 1e-13)
    #expect(loss.errorRate(at: x) == Double(mistakes) / Double(labels.count))
  }

  @Test(arguments: [1, 3])
  func crossEntropyHasItsGradientAndSmoothness(_ classes: Int) throws {
    let (loss, x) = try crossEntropy(classes)
    try check(loss, x)
  }

  @Test func leastSquaresHasItsGradientAndSmoothness() throws {
    var random = RandomSource(seed: 9)
    var options = LeastSquaresLoss.Options()
    options.matrix = Tensor(normal: [12, 5], from: &random)
    options.target = Tensor(normal: [12], from: &random)
    options.weight = 0.7
    let loss = try LeastSquaresLoss(options)
    let x = Tensor(normal: [5], from: &random)
    try check(loss, x)
    let matrix = try #require(options.matrix)
    let target = try #require(options.target)
    let expected = try matrix.multiplied(by: x).squaredDistance(to: target)
    #expect(relativeError(loss.value(at: x, truth: x), 0.7 * expected) < 1e-13)
  }

  private func check(_ loss: any UpperLoss, _ x: Tensor) throws {
    var random = RandomSource(seed: 10)
    let d = Tensor(normal: x.shape, from: &random)
    func gradient(_ x: Tensor) -> Tensor {
      var gradient = x
      let value = loss.gradient(at: x, truth: x, into: &gradient)
      #expect(relativeError(value, loss.value(at: x, truth: x)) < 1e-13)
      return gradient
    }
    let difference = centralDifference(1e-5) { [loss.value(at: x.moved($0, along: d), truth: x)] }
    #expect(relativeError(gradient(x).dot(d), difference[0]) < 1e-7)
    for scale in [1e-3, 1] {
      let change = gradient(x.moved(scale, along: d)).squaredDistance(to: gradient(x)).squareRoot()
      #expect(change <= loss.smoothness * scale * d.norm)
    }
    #expect(!loss.needsTruth && loss.isConvex)
  }

  /// Scores of ±1000 neither overflow nor lose the sure answers.
  @Test(arguments: [1, 3])
  func extremeScoresStayFinite(_ classes: Int) throws {
    let (loss, x) = try crossEntropy(classes)
    for scale in [1e3, 1e5] {
      var far = x
      far.scale(by: scale)
      var gradient = far
      let value = loss.gradient(at: far, truth: far, into: &gradient)
      #expect(value.isFinite && value > 0)
      #expect(gradient.norm.isFinite)
    }
  }
}
