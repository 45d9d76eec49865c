import CPlatform

/// Seconds that workers spent in the parts of their work, added over workers and samples.
///
/// With w workers the parts add up to at most w times the time that passed. Nothing is ever computed
/// from them.
public struct PhaseSeconds: Sendable {
  /// Part of the work on one sample.
  public enum Phase: Sendable {
    /// The solve of the lower level.
    case lowerLevel
    /// Solves with the Hessian: the adjoint equation and the estimate of errors.
    case linearSystem
    /// Products with ∂²g/∂x∂θ.
    case mixedProducts
  }

  /// Seconds in solves of the lower level.
  public private(set) var lowerLevel = 0.0
  /// Seconds in solves with the Hessian.
  public private(set) var linearSystem = 0.0
  /// Seconds in products with ∂²g/∂x∂θ.
  public private(set) var mixedProducts = 0.0

  /// No time spent.
  public init() {}

  /// Adds to one part.
  public mutating func add(_ seconds: Double, to phase: Phase) {
    switch phase {
    case .lowerLevel: lowerLevel += seconds
    case .linearSystem: linearSystem += seconds
    case .mixedProducts: mixedProducts += seconds
    }
  }

  /// Adds part by part.
  public static func += (a: inout PhaseSeconds, b: PhaseSeconds) {
    a.lowerLevel += b.lowerLevel
    a.linearSystem += b.linearSystem
    a.mixedProducts += b.mixedProducts
  }

  /// The time that passed from b to a, part by part.
  static func - (a: PhaseSeconds, b: PhaseSeconds) -> PhaseSeconds {
    var difference = a
    difference.lowerLevel -= b.lowerLevel
    difference.linearSystem -= b.linearSystem
    difference.mixedProducts -= b.mixedProducts
    return difference
  }
}

extension Workspace {
  /// The result of the body, the time it takes noted as the given part of this worker's work.
  public func timed<Result>(_ phase: PhaseSeconds.Phase, _ body: () -> Result) -> Result {
    let start = platform_seconds()
    defer { seconds.add(platform_seconds() - start, to: phase) }
    return body()
  }
}
