import Bilevel
import Imaging
import Tensors
import TestSupport
import Testing

/// Conjugate gradients that carry a subspace from system to system.
@Suite struct RecyclingTests {
  private static let count = 60

  /// Five small eigenvalues below a cluster, in a basis that turns slowly from system to system.
  private struct Sequence {
    private var basis: DenseMatrix
    private var random: RandomSource
    private let turn: Double

    init(seed: Int, turn: Double) {
      self.turn = turn
      random = RandomSource(seed: UInt64(seed))
      basis = .orthogonal(count, &random)
    }

    mutating func next() -> (matrix: DenseOperator, dense: DenseMatrix, b: Tensor) {
      for _ in 0..<20 {
        let (i, j) = (random.integer(below: 5), 5 + random.integer(below: count - 5))
        for k in 0..<count {
          let (u, v) = (basis[i, k], basis[j, k])
          (basis[i, k], basis[j, k]) = (u - turn * v, v + turn * u)
        }
      }
      let basis = basis
      let dense = DenseMatrix(rows: count, columns: count) { i, j in
        (0..<count).reduce(0) {
          let value = $1 < 5 ? 0.01 * Double($1 + 1) : 1 + Double($1) / 30
          return $0 + basis[$1, i] * value * basis[$1, j]
        }
      }
      let b = Tensor(normal: [count], from: &random)
      return (DenseOperator(dense), dense, b)
    }
  }

  private final class DenseOperator: SymmetricOperator {
    private let matrix: DenseMatrix
    init(_ matrix: DenseMatrix) { self.matrix = matrix }
    func apply(_ v: Tensor, into product: inout Tensor) {
      let result = matrix * v.elements
      for i in result.indices { product[flat: i] = result[i] }
    }
  }

  @Test(arguments: 0..<5)
  func solvesASequenceWithFewerProducts(seed: Int) {
    let (plain, carried) = solve(Sequence(seed: seed, turn: 1e-3))
    #expect(3 * carried < 2 * plain, "\(carried) against \(plain)")
  }

  /// Where the matrices hardly resemble each other nothing is gained, and nothing goes wrong.
  @Test(arguments: 0..<5)
  func solvesASequenceOfStrangers(seed: Int) {
    let (plain, carried) = solve(Sequence(seed: seed, turn: 0.1))
    #expect(carried < 2 * plain, "\(carried) against \(plain)")
  }

  /// The products of a sequence of solves, each checked, without and with recycling.
  private func solve(_ systems: Sequence) -> (plain: Int, carried: Int) {
    var sequence = systems
    var recycled: RecycledSubspace?
    var (plain, carried) = (0, 0)
    for step in 0..<8 {
      let (matrix, dense, b) = sequence.next()
      var system = LinearSystem(matrix, norm: 40, rightSide: b)
      let reference = ConjugateGradient().solve(
        system, from: nil, accuracy: 1e-6, budget: .max, workspace: Workspace())
      system.recycled = recycled
      let solution = ConjugateGradient(recycle: 8).solve(
        system, from: nil, accuracy: 1e-6, budget: .max, workspace: Workspace())
      #expect(solution.outcome == .converged)
      #expect(distance(dense * solution.q.elements, b.elements) <= solution.residualBound)
      #expect(solution.residualBound <= 1e-6)
      #expect(solution.cost.hessianProducts <= solution.iterations + 3)
      recycled = solution.recycled
      if step == 0 {
        #expect(solution.iterations == reference.iterations)
      } else {
        plain += reference.cost.hessianProducts
        carried += solution.cost.hessianProducts
      }
    }
    return (plain, carried)
  }

  /// The subspace of any other matrix costs iterations, never the solution.
  @Test(arguments: ElementType.allCases)
  func anOutdatedSubspaceIsHarmless(elementType: ElementType) throws {
    var random = RandomSource(seed: 3)
    func energy(_ condition: Double) -> QuadraticEnergy {
      QuadraticEnergy(
        spectrum: (0..<30).map { 1 + condition * Double($0) }, theta: [1],
        elementType: elementType, &random)
    }
    let (first, second) = (energy(0.1), energy(20))
    let b = Tensor(normal: [30], elementType, from: &random)
    let learned = ConjugateGradient(recycle: 4).solve(
      LinearSystem(first.curvature(at: b), norm: 4, rightSide: b), from: nil, accuracy: 1e-2,
      budget: .max, workspace: Workspace())
    #expect(try #require(learned.recycled).vectors.count == 4)
    var system = LinearSystem(second.curvature(at: b), norm: 581, rightSide: b)
    system.recycled = learned.recycled
    let solution = ConjugateGradient(recycle: 4).solve(
      system, from: nil, accuracy: 1e-2, budget: .max, workspace: Workspace())
    #expect(solution.outcome == .converged)
    #expect(
      distance(second.hessian * solution.q.elements, b.elements) <= solution.residualBound)
  }

  @Test func aSolveWithoutStepsKeepsTheSubspace() throws {
    var random = RandomSource(seed: 4)
    let energy = QuadraticEnergy(spectrum: (1...30).map(Double.init), theta: [1], &random)
    let b = Tensor(normal: [30], from: &random)
    var system = LinearSystem(energy.curvature(at: b), norm: 30, rightSide: b)
    let solver = ConjugateGradient(recycle: 3)
    let first = solver.solve(
      system, from: nil, accuracy: 1e-6, budget: .max, workspace: Workspace())
    system.recycled = first.recycled
    let second = solver.solve(
      system, from: first.q, accuracy: 1e-6, budget: .max, workspace: Workspace())
    #expect(second.iterations == 0 && second.cost.hessianProducts == 1)
    let (kept, given) = (try #require(second.recycled), try #require(first.recycled))
    #expect(kept.vectors.map(\.elements) == given.vectors.map(\.elements))
  }

  @Test func aSubspaceOfAnotherShapeIsIgnored() {
    var random = RandomSource(seed: 5)
    let energy = QuadraticEnergy(spectrum: [1, 2, 3, 4], theta: [1], &random)
    let b = Tensor(normal: [4], from: &random)
    var system = LinearSystem(energy.curvature(at: b), norm: 4, rightSide: b)
    let other = Tensor(zeros: [7])
    system.recycled = RecycledSubspace(vectors: [other], images: [other], scale: 1)
    let solution = ConjugateGradient(recycle: 1).solve(
      system, from: nil, accuracy: 1e-9, budget: .max, workspace: Workspace())
    #expect(solution.outcome == .converged)
  }

  /// From upper-level step to upper-level step, in the sample's point.
  @Test func theSubspaceTravelsWithTheSample() throws {
    var random = RandomSource(seed: 6)
    let regularizer = TotalVariation()
    let truth = Tensor(normal: [1, 16, 16], from: &random)
    let problem = try BilevelProblem(
      BilevelProblem.Model(regularizer: regularizer),
      samples: [Sample(truth: truth, observed: truth)])
    func gradients(recycle: Int) throws -> [GradientEstimate] {
      let estimator = Implicit(linear: ConjugateGradient(recycle: recycle), bound: .none)
      let objective = BilevelObjective(problem, estimator: estimator)
      let accuracy = Accuracy(lowerLevel: 1e-6, linearSystem: 1e-6)
      var points = objective.startingPoints()
      return try [-2.0, -1.9, -1.8].map { weight in
        let theta = Parameters([weight, -3], layout: regularizer.layout)
        let gradient = try objective.gradient(at: theta, accuracy: accuracy, from: points)
        points = gradient.loss.points.map(\.elsewhere)
        #expect((points[0].subspace == nil) == (recycle == 0))
        return gradient
      }
    }
    let (plain, carried) = (try gradients(recycle: 0), try gradients(recycle: 5))
    for (a, b) in zip(plain, carried) {
      #expect(distance(a.value, b.value) <= 1e-4 * norm(a.value))
    }
    func products(_ gradients: [GradientEstimate]) -> Int {
      gradients.dropFirst().reduce(0) { $0 + $1.loss.cost.hessianProducts }
    }
    #expect(products(carried) <= products(plain))
  }
}
