import Tensors

/// How the error of a hypergradient is judged.
public enum ErrorBound: String, Sendable, CaseIterable {
  /// A goal-oriented estimate: sharp, cheap, not a bound.
  case estimated
  /// A bound from certified constants: rigorous, wider.
  case certified
  /// Nothing is computed.
  case none
}

/// One sample of the bilevel problem at one θ, as one worker sees it.
public struct SampleProblem {
  /// g(·, θ).
  public let energy: any Energy
  /// ℓ and the truth x* it compares with.
  public let loss: any UpperLoss
  /// What the solution is compared with.
  public let truth: Tensor
  /// Where the lower level starts when there is no warm start.
  public let initial: Tensor

  /// The sample with lower-level energy g and loss ℓ(·, x*).
  public init(energy: any Energy, loss: any UpperLoss, truth: Tensor, initial: Tensor) {
    self.energy = energy
    self.loss = loss
    self.truth = truth
    self.initial = initial
  }
}

/// Where the next solve of the same sample starts.
public struct WarmStart: Sendable {
  /// The minimiser's approximation x̃.
  public var x: Tensor
  /// The adjoint q, if a linear system was solved.
  public var q: Tensor?
  /// What the linear solver recycles, if it does.
  public var subspace: RecycledSubspace?

  /// The given point and adjoint.
  public init(x: Tensor, q: Tensor? = nil, subspace: RecycledSubspace? = nil) {
    self.x = x
    self.q = q
    self.subspace = subspace
  }
}

/// The hypergradient of one sample.
public struct SampleHypergradient: Sendable {
  /// z ≈ ∇f, in raw coordinates of θ.
  public var z: [Double]
  /// e ≈ z − ∇f (so z − e is of second order in ε), where the error was estimated.
  public var errorEstimate: [Double]?
  /// ω with ‖z − ∇f‖ ≤ ω, where the error was certified.
  public var errorBound: Double?
  /// ℓ(x̃) and its sandwich.
  public var loss: SampleLoss
  /// δ: the achieved ‖H q − ∇ℓ‖.
  public var residualBound: Double
  /// How the linear solve ended; the lower level's outcome is in `loss`.
  public var linearOutcome: Outcome
  /// Work done, the lower level's included.
  public var cost: Cost
  /// x̃ and q.
  public var warmStart: WarmStart
}

/// A way to compute hypergradients, one sample at a time.
///
/// Laws: the loss and its sandwich are those of a certified x̃, within ε if the limits allow, however z
/// is formed; `errorBound` bounds the distance of z from the gradient of ℓ(x̂(θ)); where `outcome` and
/// `linearOutcome` are `.converged`, ε and δ are kept.
public protocol HypergradientEstimator: Sendable {
  /// How the error is judged.
  var bound: ErrorBound { get set }
  /// Whether results are to be corrected by the error estimate.
  var correct: Bool { get }
  /// Who solves the lower level to the accuracy ε that losses and their bounds are formed at.
  var lowerLevelSolver: any LowerLevelSolver { get }
  /// x̃ to accuracy ε and the loss there.
  ///
  /// - Parameter budget: most lower-level iterations.
  func loss(
    _ sample: SampleProblem, accuracy: Double, from warmStart: WarmStart?, budget: Int,
    workspace: Workspace
  ) -> SampleLoss
  /// z with x̃ to accuracy ε and the adjoint to accuracy δ.
  ///
  /// - Parameter budget: most lower-level plus linear iterations.
  func hypergradient(
    _ sample: SampleProblem, accuracy: Accuracy, from warmStart: WarmStart?, budget: Int,
    workspace: Workspace
  ) -> SampleHypergradient
}

extension HypergradientEstimator {
  /// Most estimators are not corrected.
  public var correct: Bool { false }

  /// The loss at a point within the accuracy of the minimiser, and its sandwich, narrowed by the warm
  /// start's adjoint where there is one.
  public func loss(
    _ sample: SampleProblem, accuracy: Double, from warmStart: WarmStart?, budget: Int,
    workspace: Workspace
  ) -> SampleLoss {
    lowerLevelSolver.loss(
      sample, accuracy: accuracy, from: warmStart, budget: budget, workspace: workspace,
      judgedBy: ErrorJudgement(bound: bound))
  }
}
