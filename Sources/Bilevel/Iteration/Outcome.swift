/// How a solve ended: a value, never an exception.
public enum Outcome: String, Sendable, CaseIterable {
  /// The requested accuracy is reached.
  case converged
  /// The iteration limit came first.
  case iterationLimit = "iteration limit"
  /// The budget came first.
  case budget
  /// The time limit came first.
  case timeLimit = "time limit"
  /// No progress at this precision.
  case stalled
  /// The operator has a direction of non-positive curvature.
  case indefinite
  /// The method's own test is met, but the accuracy asked for is not certified.
  case uncertified
  /// A value is NaN or infinite.
  case nonFinite = "non-finite"
  /// The user asked to stop.
  case interrupted

  /// What happened and what to try.
  public var advice: String {
    switch self {
    case .converged: "converged"
    case .iterationLimit:
      "the iteration limit was reached; raise max_iterations or loosen the accuracy"
    case .budget: "the budget is spent"
    case .timeLimit: "the time limit was reached"
    case .stalled: "no further progress at this precision; use float64 or loosen the accuracy"
    case .indefinite: "the energy is not convex there; raise strong_convexity"
    case .uncertified:
      "the iterates hardly move, but their distance to the solution is not certified; use stop = "
        + "\"certified\" or loosen the accuracy"
    case .nonFinite: "a value is not finite; reduce the step size"
    case .interrupted: "interrupted"
    }
  }
}

/// The accuracy asked of one sample.
public struct Accuracy: Sendable, Hashable {
  /// ε: ‖x̃ − x̂‖ ≤ ε.
  public var lowerLevel: Double
  /// δ: ‖H q − ∇ℓ‖ ≤ δ.
  public var linearSystem: Double

  /// ε and δ.
  public init(lowerLevel: Double, linearSystem: Double) {
    self.lowerLevel = lowerLevel
    self.linearSystem = linearSystem
  }
}

/// Work done, in evaluations per image; counted where it is spent, added up in the state.
public struct Cost: Sendable, Hashable {
  /// Iterations of the lower-level solver and of the linear solver.
  public var lowerIterations = 0
  /// Iterations of the linear solver.
  public var linearIterations = 0
  /// The same work as one batch of all samples would count it: for each round of solves the largest
  /// count of any sample.
  ///
  /// Set where samples are reduced.
  public var batchedIterations = 0
  /// Evaluations of g, ∇g, ∂²g/∂x² v and ∂²g/∂x∂θᵀ q.
  public var energies = 0
  /// Evaluations of ∇g.
  public var gradients = 0
  /// Evaluations of ∂²g/∂x² v.
  public var hessianProducts = 0
  /// Evaluations of (∂²g/∂x∂θ)ᵀ q.
  public var mixedProducts = 0

  /// Nothing spent.
  public init() {}

  /// Lower-level plus linear iterations: the unit of budgets, per image.
  public var total: Int { lowerIterations + linearIterations }

  /// The sum.
  public static func + (a: Cost, b: Cost) -> Cost {
    var sum = a
    sum += b
    return sum
  }

  /// Adds what b spent.
  public static func += (a: inout Cost, b: Cost) {
    a.lowerIterations += b.lowerIterations
    a.linearIterations += b.linearIterations
    a.batchedIterations += b.batchedIterations
    a.energies += b.energies
    a.gradients += b.gradients
    a.hessianProducts += b.hessianProducts
    a.mixedProducts += b.mixedProducts
  }
}
