import Tensors

/// The lower level of a bilevel problem: for each sample an energy g_i(x, θ) to be minimised over x.
///
/// An immutable description with its data in it. Nothing in it knows what its solutions are used for.
public protocol LowerLevel: Sendable {
  /// Samples, each with an x of its own; at least one.
  var sampleCount: Int { get }
  /// Element type of every x.
  var elementType: ElementType { get }
  /// The blocks of θ.
  var layout: ParameterLayout { get }
  /// The natural initial parameters, drawn from the given stream where they are random.
  func initialParameters(_ random: RandomSource) -> Parameters
  /// θ ← the nearest admissible θ (for constrained blocks).
  func project(_ theta: inout Parameters)
  /// Where the solve of a sample starts when nothing is known; x has its shape.
  func initialPoint(_ index: Int) -> Tensor
  /// Whether each epoch has measurements of its own; epoch 0 has those that all else speaks of.
  var redrawsMeasurements: Bool { get }
  /// The initial point of a sample as it is measured in an epoch.
  func initialPoint(_ index: Int, epoch: Int) -> Tensor
  /// All tensors that it was made of, by which problems are told apart.
  var dataTensors: [Tensor] { get }
  /// The image x* that a sample's solution should be; nil where there is none.
  func truth(_ index: Int) -> Tensor?
  /// Everything that depends on θ only, computed once and shared by all samples.
  ///
  /// θ has the blocks of `layout` and is finite. Throws a misuse error where the energies would not be
  /// strongly convex or not finite.
  func prepared(for theta: Parameters) throws -> any PreparedLowerLevel
  /// Whether a modulus of strong convexity is taken for granted rather than certified: distances to
  /// minimisers and all that follows from them are estimates then.
  var assumesConvexity: Bool { get }
  /// L/μ at θ, the largest of all samples.
  func conditionNumber(at theta: Parameters) throws -> ConditionNumber
  /// The same lower level with one sample, small and in Float64, and a point x of it: where laws are
  /// tried.
  func toy(_ random: RandomSource) throws -> (lower: any LowerLevel, x: Tensor)
}

extension LowerLevel {
  /// Every θ is admissible.
  public func project(_ theta: inout Parameters) {}
  /// Measurements stay.
  public var redrawsMeasurements: Bool { false }
  /// That of every epoch.
  public func initialPoint(_ index: Int, epoch: Int) -> Tensor { initialPoint(index) }
  /// None that its text does not tell.
  public var dataTensors: [Tensor] { [] }
  /// The modulus is certified.
  public var assumesConvexity: Bool { false }
  /// Solutions are no images.
  public func truth(_ index: Int) -> Tensor? { nil }
}

/// The lower level at one θ: what all workers share.
public protocol PreparedLowerLevel: Sendable {
  /// g_i(·, θ) for the worker whose workspace it is; valid until that worker asks for another one.
  func energy(_ index: Int, in workspace: Workspace, workers: Int) -> any Energy
  /// The same of the sample as it is measured in an epoch.
  func energy(_ index: Int, epoch: Int, in workspace: Workspace, workers: Int) -> any Energy
}

extension PreparedLowerLevel {
  /// Measurements stay.
  public func energy(_ index: Int, epoch: Int, in workspace: Workspace, workers: Int) -> any Energy
  {
    energy(index, in: workspace, workers: workers)
  }
}

/// The energies of one worker at the current θ, one for each shape of x, kept with their scratch.
final class EnergyCache {
  private var owner: AnyObject?  // kept alive, so that its identity stays its own
  private var energies: [Shape: any Energy] = [:]

  /// The cache of a worker.
  static func of(_ workspace: Workspace) -> EnergyCache {
    workspace.kept(EnergyCache.self, make: EnergyCache.init)
  }

  /// The owner's energy for x of the given shape, made at first use.
  func energy<E: Energy>(of owner: AnyObject, for shape: Shape, make: () -> E) -> E {
    if self.owner !== owner {
      energies = [:]
      self.owner = owner
    }
    if let energy = energies[shape] as? E { return energy }
    let energy = make()
    energies[shape] = energy
    return energy
  }
}
