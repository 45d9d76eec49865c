import Tensors

/// Where one sample's lower level stands: what the next solve and the next linear solve start from.
public struct SamplePoint: Sendable {
  /// x̃, the approximate minimiser.
  public var image: Tensor
  /// q, the approximate solution of H q = ∇ℓ; nil before the first linear solve.
  public var adjoint: Tensor?
  /// What the linear solver recycles from one solve to the next, if it does.
  public var subspace: RecycledSubspace?
  /// A bound of ‖x̃ − x̂(θ)‖ at the θ of the call it is passed to; infinite where it is not known.
  public var distance = Double.infinity
  /// How the last solve of this sample ended, the worse one of the two where there were two.
  public var outcome = Outcome.converged
  /// The epoch whose measurement of the sample it belongs to; 0 where noise is not redrawn.
  public var epoch = 0
  /// Whether the sample takes part in the means; one that does not is neither solved nor counted.
  public var isActive = true

  /// A point whose distance to the minimiser is not known.
  public init(image: Tensor, adjoint: Tensor? = nil) {
    self.image = image
    self.adjoint = adjoint
  }

  /// Bytes of x̃ and q.
  var byteCount: Int { image.byteCount + (adjoint?.byteCount ?? 0) }

  /// The same point as a start at another θ, where its distance is not known.
  public var elsewhere: SamplePoint {
    var point = self
    point.distance = .infinity
    return point
  }
}

/// f(θ) between two bounds, with the points at which it was evaluated.
public struct LossEstimate: Sendable {
  /// (1/n) Σ ℓ_i(x̃_i) + J(θ), or what is better known of f(θ).
  public var value: Double
  /// U ≥ f(θ), for instance (1/n) Σ (ℓ_i + ‖∇ℓ_i‖ ε_i + L_ℓ/2 ε_i²) + J(θ).
  public var upperBound: Double
  /// Lw ≤ f(θ), for instance (1/n) Σ (ℓ_i − ‖∇ℓ_i‖ ε_i) + J(θ) for convex ℓ.
  public var lowerBound: Double
  /// Whether U and Lw are estimates rather than bounds.
  public var isEstimated = false
  /// Where each sample stands, with its certified ε_i.
  public var points: [SamplePoint]
  /// What the evaluation cost.
  public var cost: Cost
  /// How long its parts took the workers; zero where that is not measured.
  public var seconds = PhaseSeconds()
  /// ℓ_i(x̃_i) of each sample; 0 for one that is left out.
  public var losses: [Double]
  /// J(θ), which is known exactly.
  public var penalty: Double

  /// An estimate with its bounds; methods that fit residuals need the losses of the samples.
  public init(
    value: Double, upperBound: Double, lowerBound: Double, points: [SamplePoint], cost: Cost,
    losses: [Double] = [], penalty: Double = 0
  ) {
    self.value = value
    self.upperBound = upperBound
    self.lowerBound = lowerBound
    self.points = points
    self.cost = cost
    self.losses = losses
    self.penalty = penalty
  }

  /// The larger of U − f̃ and f̃ − Lw: |f̃ − f(θ)| is at most this.
  public var bound: Double { max(upperBound - value, value - lowerBound) }

  /// How U and Lw were obtained, as it is logged: `certified` or `estimated`.
  public var boundKind: String {
    (isEstimated ? ErrorBound.estimated : ErrorBound.certified).rawValue
  }

  /// How many samples ended in which way.
  public var outcomes: OutcomeCounts { OutcomeCounts(of: points) }

  /// Whether the value and both bounds are finite.
  public var isFinite: Bool { value.isFinite && upperBound.isFinite && lowerBound.isFinite }
}

/// z ≈ ∇f(θ) with the loss at the same points.
public struct GradientEstimate: Sendable {
  /// z = −(1/n) Σ J_iᵀ q_i + ∇J(θ).
  public var value: [Double]
  /// ω ≥ ‖z − ∇f(θ)‖, bounded or estimated; nil where it is not formed.
  public var errorBound: Double?
  /// How ω was obtained, as it is logged: `certified`, `estimated` or `none`.
  public var boundKind: String
  /// The loss at the very points at which z was formed, and what both cost together.
  public var loss: LossEstimate

  /// A hypergradient, its error and the loss beside it.
  public init(value: [Double], errorBound: Double?, boundKind: String, loss: LossEstimate) {
    self.value = value
    self.errorBound = errorBound
    self.boundKind = boundKind
    self.loss = loss
  }
}

/// The upper-level objective f(θ) = (1/n) Σ ℓ_i(x̂_i(θ)) + J(θ) as optimizers see it: values and
/// gradients of an accuracy that they choose, each with its error.
///
/// Laws: `lowerBound` ≤ f(θ) ≤ `upperBound`, at any accuracy, unless they say that they are estimates; each returned `distance` bounds
/// ‖x̃_i − x̂_i(θ)‖; both functions are functions of their arguments alone (warm starts are passed in
/// and out, never kept), and their results do not depend on the number of workers.
public protocol UpperLevelObjective: AnyObject {
  /// The blocks of θ.
  var layout: ParameterLayout { get }
  /// L_ℓ, the Lipschitz constant of ∇ℓ_i.
  var lossSmoothness: Double { get }
  /// Where the samples stand before anything is solved.
  func startingPoints() -> [SamplePoint]
  /// Whether each epoch has measurements of its own.
  var redrawsMeasurements: Bool { get }
  /// Where one sample stands in an epoch before anything is solved.
  func startingPoint(of sample: Int, epoch: Int) -> SamplePoint
  /// f(θ) from points within `accuracy` of the minimisers; an infinite accuracy certifies the given
  /// points as they are.
  func loss(at theta: Parameters, accuracy: Double, from points: [SamplePoint]) throws
    -> LossEstimate
  /// z ≈ ∇f(θ); points whose `distance` is already within the accuracy are not solved again.
  func gradient(at theta: Parameters, accuracy: Accuracy, from points: [SamplePoint]) throws
    -> GradientEstimate
  /// θ ← the nearest admissible θ.
  func project(_ theta: inout Parameters)
  /// The mean PSNR of the images of the points in dB with peak 1; nil where they are no images.
  func meanPSNR(of points: [SamplePoint]) -> Double?
}

extension UpperLevelObjective {
  /// Every θ is admissible.
  public func project(_ theta: inout Parameters) {}
  /// Measurements stay.
  public var redrawsMeasurements: Bool { false }
  /// The sample's part of `startingPoints`.
  public func startingPoint(of sample: Int, epoch: Int) -> SamplePoint {
    startingPoints()[sample]
  }
  /// The points are no images.
  public func meanPSNR(of points: [SamplePoint]) -> Double? { nil }
}
