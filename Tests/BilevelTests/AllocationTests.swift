import Bilevel
import CAllocationCounter
import Imaging
import Tensors
import TestSupport
import Testing

/// A solve may allocate when it starts and when it ends, never in between.
@Suite(.enabled(if: allocation_count() >= 0, "needs an allocator that can be counted"))
struct AllocationTests {
  private static let shape: Shape = [1, 24, 20]

  private static func energy(
    _ elementType: ElementType, logSmoothing: Double = -5
  ) throws -> VariationalEnergy {
    // Stiff enough for the iterations to stay above the floor of Float32.
    let regularizer = TotalVariation()
    let theta = Parameters([-1, logSmoothing], layout: regularizer.layout)
    let energy = VariationalEnergy(
      fidelity: SquaredL2(),
      operator: IdentityOperator().prepared(for: shape, elementType),
      regularizer: try regularizer.prepared(for: theta, elementType: elementType))
    energy.observe(noise(elementType))
    return energy
  }

  private static func noise(_ elementType: ElementType) -> Tensor {
    var random = RandomSource(seed: 2)
    return Tensor((0..<shape.count).map { _ in random.normal() }, shape: shape, elementType)
  }

  private static func allocations(_ work: () -> Void) -> Int {
    let before = allocation_count()
    work()
    return allocation_count() - before
  }

  @Test func theCounterCounts() {
    let made = Self.allocations { _ = Tensor(zeros: Self.shape) }
    #expect(made >= 1)
  }

  @Test(arguments: ElementType.allCases)
  func lowerLevelIterationsAllocateNothing(elementType: ElementType) throws {
    let energy = try Self.energy(elementType)
    let start = Tensor(zeros: Self.shape, elementType)
    for step in StepRule.allCases {
      func solvers(_ iterations: Int) -> [any LowerLevelSolver] {
        [
          GradientDescent(maximumIterations: iterations, step: step),
          HeavyBall(maximumIterations: iterations, step: step),
          FISTA(maximumIterations: iterations, step: step),
          FISTA(maximumIterations: iterations, step: step, restart: .gradient),
          FISTA(maximumIterations: iterations, step: step, restart: .function),
          NMAPG(maximumIterations: iterations),
          NMAPG(maximumIterations: iterations, stop: .relativeChange),
          LBFGS(maximumIterations: iterations),
        ]
      }
      for (short, long) in zip(solvers(3), solvers(23)) {
        let workspace = Workspace()
        func count(_ solver: any LowerLevelSolver) -> (allocations: Int, iterations: Int) {
          var iterations = 0
          let allocations = Self.allocations {
            iterations =
              solver.solve(
                energy, from: start, accuracy: 0, budget: .max, workspace: workspace
              ).iterations
          }
          return (allocations, iterations)
        }
        _ = count(long)
        let (few, many) = (count(short), count(long))
        #expect(few.iterations == 3 && many.iterations == 23)
        #expect(few.allocations == many.allocations)
      }
    }
  }

  @Test(arguments: ElementType.allCases)
  func iterationsOnDataAllocateNothing(elementType: ElementType) throws {
    let lowers: [any LowerLevel] = try [
      EnergyCatalogue.quadratic(elementType),
      EnergyCatalogue.logistic(classes: 3, .each, elementType),
      EnergyCatalogue.hypercleaning(classes: 1, elementType),
    ]
    for lower in lowers {
      let theta = lower.initialParameters(RandomSource(seed: 1))
      let energy = try lower.prepared(for: theta).energy(0, in: Workspace(), workers: 1)
      let start = EnergyCase("", lower).x.converted(to: elementType)
      func allocations(_ iterations: Int) -> Int {
        let workspace = Workspace()
        func solve() {
          _ = FISTA(maximumIterations: iterations, step: .certified).solve(
            energy, from: start, accuracy: 0, budget: .max, workspace: workspace)
        }
        solve()
        return Self.allocations(solve)
      }
      #expect(allocations(3) == allocations(13), "\(lower)")
      let matrix = energy.curvature(at: start)
      var product = start
      matrix.apply(start, into: &product)
      #expect(Self.allocations { matrix.apply(start, into: &product) } == 0, "\(lower)")
    }
  }

  /// What a value, a gradient and three Hessian products of these terms allocate.
  private static func allocations(
    _ fidelity: any Fidelity, _ regularizer: any Regularizer, _ elementType: ElementType
  ) throws -> Int {
    let x = noise(elementType)
    let theta = regularizer.initialParameters(RandomSource(seed: 1))
    let energy = VariationalEnergy(
      fidelity: fidelity, operator: IdentityOperator().prepared(for: shape, elementType),
      regularizer: try regularizer.prepared(for: theta, elementType: elementType),
      strongConvexity: 1)
    var image = x
    func work() {
      _ = energy.value(at: x)
      energy.gradient(at: x, into: &image)
      let matrix = energy.curvature(at: x)
      for _ in 0..<3 { matrix.apply(x, into: &image) }
    }
    work()
    return allocations(work)
  }

  @Test(arguments: ElementType.allCases)
  func termsAllocateNothing(elementType: ElementType) throws {
    var options = WeightedSquaredL2.Options()
    options.weights = Tensor((0..<Self.shape.count).map { Double($0 % 3) }, shape: Self.shape)
    let fidelities: [any Fidelity] = [
      SquaredL2(), try WeightedSquaredL2(options), HuberFidelity(), PoissonFidelity(),
    ]
    let regularizers: [any Regularizer] = [
      TotalVariation(), FieldsOfExperts(filters: 5, size: 3), HigherOrderVariation(),
      WaveletFrame(levels: 1), ConvexRidge(channels: [2, 4, 6]), WeaklyConvexRidge(),
      ICNN(channels: 4), IDCNN(ICNN(channels: 4)),
    ]
    for fidelity in fidelities {
      for regularizer in regularizers {
        let some = try Self.allocations(fidelity, regularizer, elementType)
        #expect(some == 0, "\(type(of: fidelity)), \(type(of: regularizer))")
      }
    }
  }

  @Test(arguments: ElementType.allCases)
  func linearIterationsAllocateNothing(elementType: ElementType) throws {
    let energy = try Self.energy(elementType)
    let b = Self.noise(elementType)
    let flat = Tensor(zeros: Self.shape, elementType)
    var system = LinearSystem(energy.curvature(at: flat), norm: energy.smoothness, rightSide: b)
    // With one vector two directions are collected, in the short solve as in the long one.
    system.recycled =
      ConjugateGradient(maximumIterations: 3, recycle: 1).solve(
        system, from: nil, accuracy: 0, budget: .max, workspace: Workspace()
      ).recycled
    func solvers(_ iterations: Int) -> [any LinearSolver] {
      [
        ConjugateGradient(maximumIterations: iterations), MINRES(maximumIterations: iterations),
        LinearHeavyBall(maximumIterations: iterations, momentum: 0.5),
        LinearGradientDescent(maximumIterations: iterations),
        ConjugateGradient(maximumIterations: iterations, recycle: 1),
      ]
    }
    for (short, long) in zip(solvers(2), solvers(9)) {
      let workspace = Workspace()
      func count(_ solver: any LinearSolver) -> (allocations: Int, iterations: Int) {
        var iterations = 0
        let allocations = Self.allocations {
          iterations =
            solver.solve(
              system, from: nil, accuracy: 0, budget: .max, workspace: workspace
            ).iterations
        }
        return (allocations, iterations)
      }
      _ = count(long)
      let (few, many) = (count(short), count(long))
      #expect(few.iterations == 2 && many.iterations == 9)
      #expect(few.allocations == many.allocations)
    }
  }

  @Test(arguments: ElementType.allCases)
  func unrollingAllocatesNothingForAnIteration(elementType: ElementType) throws {
    // So stiff that no adjoint is good enough for a bound of the loss, which allocates.
    let energy = try Self.energy(elementType, logSmoothing: -9)
    let sample = SampleProblem(
      energy: energy, loss: SquaredL2Loss(), truth: Self.noise(elementType),
      initial: Tensor(zeros: Self.shape, elementType))
    // In the long run each solve makes what it gives away: x and q.
    func count(_ estimator: any HypergradientEstimator) -> Int {
      let workspace = Workspace()
      var count = 0
      for _ in 0..<3 {
        count = Self.allocations {
          _ = estimator.hypergradient(
            sample, accuracy: Accuracy(lowerLevel: .infinity, linearSystem: 1), from: nil,
            budget: .max, workspace: workspace)
        }
      }
      return count
    }
    func estimators(_ iterations: Int) -> [any HypergradientEstimator] {
      UnrolledIteration.allCases.flatMap { iteration -> [any HypergradientEstimator] in
        [
          Unrolled(iterations: iterations, iteration: iteration, bound: .none),
          InexactUnrolled(iterations: iterations, iteration: iteration, bound: .none),
        ]
      } + [Truncated(terms: iterations), Neumann(terms: iterations)]
    }
    for (short, long) in zip(estimators(4), estimators(49)) {
      #expect(count(short) == count(long), "\(short)")
    }
  }

  @Test(arguments: ElementType.allCases)
  func operatorsAllocateNothing(elementType: ElementType) throws {
    for example in OperatorCatalogue.cases where example.shape.count > 60 {
      let prepared = try example.forward.prepared(for: example.shape, elementType)
      let application = prepared.application(workers: 1)
      var random = RandomSource(seed: 4)
      let x = Tensor(normal: example.shape, elementType, from: &random)
      let y = Tensor(normal: prepared.codomain, elementType, from: &random)
      var (image, measurement) = (x, y)
      func work() {
        application.apply(x, into: &measurement)
        application.applyAdjoint(y, into: &image)
        application.applyNormal(x, into: &image)
      }
      work()
      #expect(Self.allocations(work) == 0, "\(example)")
    }
  }

  /// What a first solve allocates is what it needs: three images for each of √K checkpoints.
  @Test func unrollingKeepsTheRootOfItsIterates() throws {
    let energy = try Self.energy(.float64)
    let sample = SampleProblem(
      energy: energy, loss: SquaredL2Loss(), truth: Self.noise(.float64),
      initial: Tensor(zeros: Self.shape))
    func first(_ iterations: Int) -> Int {
      Self.allocations {
        _ = Unrolled(iterations: iterations, bound: .none).hypergradient(
          sample, accuracy: Accuracy(lowerLevel: .infinity, linearSystem: 1), from: nil,
          budget: .max, workspace: Workspace())
      }
    }
    _ = first(4)
    let (few, many) = (first(100), first(900))
    #expect(many - few >= 40 && many - few <= 200)
  }
}
