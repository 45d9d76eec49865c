import Bilevel
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct ImplicitTests {
  private static let accuracies = [10, 1, 0.1, 1e-2, 1e-3, 1e-4, 1e-6]

  @Test func certifiedBoundIsABound() throws {
    var valid = 0
    for seed in 0..<200 {
      let instance = RidgeSample(seed: seed)
      for accuracy in Self.accuracies {
        let result = instance.hypergradient(Implicit(bound: .certified), accuracy)
        let error = distance(result.z, instance.reference.hypergradient)
        let bound = try #require(result.errorBound)
        #expect(error <= bound, "seed \(seed), accuracy \(accuracy)")
        if bound < norm(result.z) { valid += 1 }
      }
    }
    // The bound is of use: at the finer accuracies it certifies descent directions.
    #expect(valid > 400)
  }

  @Test func estimateIsWithinAHalfOfTheTruth() throws {
    var judged = 0
    for seed in 0..<400 {
      let instance = RidgeSample(seed: seed)
      for accuracy in Self.accuracies {
        let result = instance.hypergradient(Implicit(), accuracy)
        let error = distance(result.z, instance.reference.hypergradient)
        let estimate = try #require(HypergradientMean([result]).errorEstimate)
        guard error < 0.25 * norm(result.z), error > 1e-10 else { continue }
        judged += 1
        let ratio = estimate / error
        #expect(0.9 <= ratio && ratio <= 1.5, "seed \(seed), accuracy \(accuracy): \(ratio)")
      }
    }
    #expect(judged > 1600)
  }

  @Test func correctionIsOfSecondOrder() throws {
    for seed in 0..<30 {
      let instance = RidgeSample(seed: seed, stiffness: 3)
      let estimator = Implicit(correct: true, estimateIterations: 30, estimateReduction: 1e-6)
      for accuracy in [1e-2, 1e-3, 1e-4] {
        let result = instance.hypergradient(estimator, accuracy)
        let truth = instance.reference.hypergradient
        let mean = HypergradientMean([result], correct: true)
        #expect(mean.isCorrected)
        let plain = distance(result.z, truth)
        #expect(distance(mean.z, truth) <= 100 * plain * plain + 1e-11)
        let lossError = abs(mean.loss - instance.reference.loss)
        #expect(result.loss.isEstimated)
        #expect(lossError <= 100 * accuracy * accuracy)
      }
    }
  }

  /// ℓ(x̃), and ℓ(x̃) − ⟨q, ∇g⟩ + ½⟨d, ∂²ℓ d⟩ with d = H⁻¹∇g (reference C6): their errors fall like ‖x̃ − x̂‖ and
  /// its square; that of the corrected loss is smaller still, and within its slack of the latter.
  @Test func lossesAreOfTheirOrders() throws {
    var (distances, errors) = (0.0, [0.0, 0.0])
    var gain = 0.0
    for seed in 0..<30 {
      let instance = RidgeSample(seed: seed, stiffness: 3)
      let (energy, truth) = (instance.energy, instance.reference.loss)
      for (accuracy, sign) in [(3e-2, 1.0), (1e-3, -1.0)] {
        let plain = instance.hypergradient(Implicit(bound: .none), accuracy).warmStart
        let (x, q) = (plain.x, try #require(plain.q))
        var gradient = x
        _ = energy.gradient(at: x, into: &gradient)
        let matrix = DenseMatrix(of: energy.curvature(at: x), x.shape, .float64)
        let d = matrix.solve(gradient.elements)
        let value = x.squaredDistance(to: instance.sample.truth)
        let second = value - q.dot(gradient) + norm(d) * norm(d)
        let corrected = instance.hypergradient(
          Implicit(correct: true, estimateIterations: 30, estimateReduction: 1e-8), accuracy
        ).loss
        func size(_ loss: Double) -> Double { log(abs(loss - truth) + 1e-14 * truth) }
        distances += sign * log(distance(x.elements, instance.reference.minimizer.elements))
        errors[0] += sign * size(value)
        errors[1] += sign * size(second)
        gain += (size(second) - size(corrected.value)) / 60
      }
    }
    let orders = errors.map { $0 / distances }
    #expect(0.9 <= orders[0] && orders[0] <= 1.2, "\(orders)")
    #expect(1.8 <= orders[1], "\(orders)")
    #expect(gain > log(3), "\(exp(gain))")
  }

  @Test func sandwichHoldsTheLoss() {
    for seed in 0..<100 {
      let instance = RidgeSample(seed: seed)
      for accuracy in Self.accuracies {
        let loss = Implicit().loss(
          instance.sample, accuracy: accuracy, from: nil, budget: .max, workspace: Workspace())
        let rounding = 1e-13 * instance.reference.loss
        #expect(instance.reference.loss <= loss.value + loss.upperSlack + rounding)
        #expect(instance.reference.loss >= loss.value - loss.lowerSlack - rounding)
        #expect(loss.lowerSlack <= loss.upperSlack)
      }
    }
  }

  /// With the adjoint of a gradient, of another accuracy, and one that solves nothing.
  @Test func sharpenedSandwichHoldsTheLoss() throws {
    var narrower = 0
    for seed in 0..<200 {
      let instance = RidgeSample(seed: seed)
      let truth = instance.reference.loss
      for accuracy in Self.accuracies {
        let result = instance.hypergradient(Implicit(bound: .none), accuracy)
        var starts = [result.warmStart, result.warmStart]
        starts[1].q = instance.reference.minimizer
        let losses = starts.map { start in
          Implicit().loss(
            instance.sample, accuracy: accuracy / 3, from: start, budget: .max,
            workspace: Workspace())
        }
        let rounding = 1e-13 * truth
        for loss in losses + [result.loss] {
          #expect(!loss.isEstimated)
          #expect(truth <= loss.value + loss.upperSlack + rounding, "\(seed), \(accuracy)")
          #expect(truth >= loss.value - loss.lowerSlack - rounding, "\(seed), \(accuracy)")
        }
        let plain = Implicit().loss(
          instance.sample, accuracy: accuracy, from: nil, budget: .max, workspace: Workspace())
        if result.loss.lowerSlack < plain.lowerSlack / 10 { narrower += 1 }
      }
    }
    #expect(narrower > 400)
  }

  /// The estimated slack holds the loss wherever it is below its own correction.
  @Test func estimatedLossIsWithinItsSlack() {
    var (judged, outside) = (0, 0)
    for seed in 0..<200 {
      let instance = RidgeSample(seed: seed)
      let truth = instance.reference.loss
      for accuracy in Self.accuracies {
        let loss = instance.hypergradient(Implicit(correct: true), accuracy).loss
        guard loss.isEstimated else { continue }
        judged += 1
        let rounding = 1e-13 * truth
        if truth > loss.value + loss.upperSlack + rounding
          || truth < loss.value - loss.lowerSlack - rounding
        {
          outside += 1
        }
      }
    }
    #expect(judged > 700, "\(judged)")
    #expect(20 * outside < judged, "\(outside) of \(judged)")
  }

  @Test func quadraticHypergradientIsExactInTheLimit() {
    for seed in 0..<20 {
      var random = RandomSource(seed: UInt64(seed))
      let energy = QuadraticEnergy(
        spectrum: (1...10).map { Double($0) }, theta: [0.5, -1, 2], &random)
      let truth = Tensor((0..<10).map { _ in random.normal() }, shape: [10])
      let sample = SampleProblem(
        energy: energy, loss: SquaredL2Loss(), truth: truth, initial: Tensor(zeros: [10]))
      let closedForm = energy.hypergradient(
        lossGradient: zip(energy.minimizer, truth.elements).map { 2 * ($0 - $1) })
      for accuracy in [1.0, 1e-2, 1e-5, 1e-9] {
        let result = Implicit(bound: .certified).hypergradient(
          sample, accuracy: Accuracy(lowerLevel: accuracy, linearSystem: accuracy), from: nil,
          budget: .max, workspace: Workspace())
        let error = distance(result.z, closedForm)
        #expect(error <= result.errorBound ?? 0)
        #expect(error <= 10 * accuracy)
      }
    }
  }

  @Test func warmStartAtTheSameParametersIsFree() {
    let instance = RidgeSample(seed: 3)
    let accuracy = Accuracy(lowerLevel: 1e-5, linearSystem: 1e-5)
    let first = instance.hypergradient(Implicit(bound: .none), 1e-5)
    let second = Implicit(bound: .none).hypergradient(
      instance.sample, accuracy: accuracy, from: first.warmStart, budget: .max,
      workspace: Workspace())
    #expect(second.cost.total == 0)
    #expect(second.z == first.z)
  }

  @Test func estimateCostsAFewProducts() {
    let instance = RidgeSample(seed: 4)
    let plain = instance.hypergradient(Implicit(bound: .none), 1e-2)
    let judged = instance.hypergradient(Implicit(), 1e-2)
    #expect(judged.z == plain.z)
    #expect(judged.cost.hessianProducts - plain.cost.hessianProducts <= 21)
    #expect(plain.errorEstimate == nil && plain.errorBound == nil)
  }

  @Test func meansAreTakenOverSamples() throws {
    let results = (0..<4).map { RidgeSample(seed: $0).hypergradient(Implicit(), 1e-2) }
    let mean = HypergradientMean(results)
    for i in mean.z.indices {
      let sum = results.reduce(0) { $0 + $1.z[i] }
      #expect(abs(mean.z[i] - sum / 4) <= 1e-14 * (1 + abs(sum)))
    }
    let errors = try results.map { try #require(HypergradientMean([$0]).errorEstimate) }
    #expect(try #require(mean.errorEstimate) <= errors.reduce(0, +) / 4 * (1 + 1e-14))
    #expect(mean.errorBound == nil)
    #expect(!mean.isCorrected)
  }
}
