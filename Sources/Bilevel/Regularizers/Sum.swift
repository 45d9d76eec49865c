import Script
import Tensors

/// R(x; θ) = Σ_i R_i(x; θ_i): regularizers side by side, each with parameters of its own.
///
/// The blocks of the i-th member get the prefix `ri_` (from 1): `r1_log_weight`, `r2_filters`.
public struct Sum: Regularizer {
  /// The summands R_1, R_2, ….
  public let members: [any Regularizer]

  /// The sum of at least one regularizer.
  public init(_ members: [any Regularizer]) {
    precondition(!members.isEmpty, "A sum has a member.")
    self.members = members
  }

  /// The members' blocks, one after the other.
  public var layout: ParameterLayout {
    ParameterLayout(
      members.enumerated().flatMap { index, member in
        member.layout.blocks.map {
          ParameterBlock("r\(index + 1)_\($0.name)", $0.shape, $0.transform)
        }
      })
  }

  /// The members' initial parameters, each from a stream of its own.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    let parts = members.enumerated().map { index, member in
      let stream = random.stream &+ UInt64(index) &* Self.streamStride
      return member.initialParameters(RandomSource(seed: random.seed, stream: stream)).values
    }
    return Parameters(parts.flatMap { $0 }, layout: layout)
  }

  /// Distance of the members' random streams: odd, so that nested sums do not meet.
  private static let streamStride: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// All members at their part of θ.
  public func prepared(
    for theta: Parameters, elementType: ElementType
  ) throws -> any PreparedRegularizer {
    PreparedSum(
      try zip(members, parts(of: theta)).map {
        try $0.prepared(for: $1, elementType: elementType)
      })
  }

  /// The first member's reason.
  public func misfit(of shape: Shape) -> String? {
    members.lazy.compactMap { $0.misfit(of: shape) }.first
  }

  /// They add up.
  public var largestConcavity: Double { members.reduce(0) { $0 + $1.largestConcavity } }

  /// Each member projects its part.
  public func project(_ theta: inout Parameters) {
    var projected: [Double] = []
    for (member, part) in zip(members, parts(of: theta)) {
      var part = part
      member.project(&part)
      projected += part.values
    }
    theta.values = projected
  }

  private func parts(of theta: Parameters) -> [Parameters] {
    var start = 0
    return members.map { member in
      let layout = member.layout
      defer { start += layout.count }
      return Parameters(Array(theta.values[start..<start + layout.count]), layout: layout)
    }
  }
}

/// The members' constants: they add up for ∂²R/∂x², and as squares for ∂²R/∂x∂θ, whose columns are theirs
/// side by side.
private struct PreparedSum: PreparedRegularizer {
  let members: [any PreparedRegularizer]

  init(_ members: [any PreparedRegularizer]) { self.members = members }

  var parameterCount: Int { members.reduce(0) { $0 + $1.parameterCount } }
  var strongConvexity: Double { members.reduce(0) { $0 + $1.strongConvexity } }
  var smoothness: Double { members.reduce(0) { $0 + $1.smoothness } }
  var hessianLipschitz: Double { members.reduce(0) { $0 + $1.hessianLipschitz } }
  var mixedLipschitz: Double { rootOfSquares(members.map(\.mixedLipschitz)) }

  func strongConvexity(for shape: Shape) -> Double {
    members.reduce(0) { $0 + $1.strongConvexity(for: shape) }
  }

  func smoothness(for shape: Shape) -> Double {
    members.reduce(0) { $0 + $1.smoothness(for: shape) }
  }

  /// Side by side.
  func boundDerivatives(for shape: Shape) -> BoundDerivatives? {
    members.reduce(BoundDerivatives(smoothness: [], strongConvexity: [])) { all, member in
      guard let all, let own = member.boundDerivatives(for: shape) else { return nil }
      return BoundDerivatives(
        smoothness: all.smoothness + own.smoothness,
        strongConvexity: all.strongConvexity + own.strongConvexity)
    }
  }

  func evaluator(for shape: Shape, workers: Int) -> any RegularizerEvaluator {
    SumEvaluator(members, shape, workers)
  }
}

private final class SumEvaluator: RegularizerEvaluator {
  private let members: [(evaluator: any RegularizerEvaluator, offset: Int)]
  private let convexities: [Double]

  init(_ prepared: [any PreparedRegularizer], _ shape: Shape, _ workers: Int) {
    var offset = 0
    convexities = prepared.map { $0.strongConvexity(for: shape) }
    members = prepared.map { member in
      defer { offset += member.parameterCount }
      return (member.evaluator(for: shape, workers: workers), offset)
    }
  }

  var smoothness: Double { members.reduce(0) { $0 + $1.evaluator.smoothness } }

  func value(at x: Tensor) -> Double { members.reduce(0) { $0 + $1.evaluator.value(at: x) } }

  func addGradient(at x: Tensor, to gradient: inout Tensor) -> Double {
    var value = 0.0
    for member in members { value += member.evaluator.addGradient(at: x, to: &gradient) }
    return value
  }

  func prepareCurvature(at x: Tensor) {
    for member in members { member.evaluator.prepareCurvature(at: x) }
  }

  func addHessianProduct(_ v: Tensor, to product: inout Tensor) {
    for member in members { member.evaluator.addHessianProduct(v, to: &product) }
  }

  func addMixedProduct(at x: Tensor, _ q: Tensor, to theta: inout [Double], offset: Int) {
    for member in members {
      member.evaluator.addMixedProduct(at: x, q, to: &theta, offset: offset + member.offset)
    }
  }

  func addMixedDirection(at x: Tensor, _ direction: [Double], offset: Int, to image: inout Tensor) {
    for member in members {
      member.evaluator.addMixedDirection(
        at: x, direction, offset: offset + member.offset, to: &image)
    }
  }

  func addThirdProduct(at x: Tensor, _ q: Tensor, _ d: Tensor, to image: inout Tensor) {
    for member in members { member.evaluator.addThirdProduct(at: x, q, d, to: &image) }
  }

  func addMixedVariation(
    at x: Tensor, _ q: Tensor, along d: Tensor, to theta: inout [Double], offset: Int
  ) {
    for member in members {
      member.evaluator.addMixedVariation(
        at: x, q, along: d, to: &theta, offset: offset + member.offset)
    }
  }

  func hessianVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    members.reduce(0) { $0 + $1.evaluator.hessianVariationBound(at: x, q, radius: radius) }
  }

  /// What one member takes of the budget is more where others are weakly convex.
  func pathVariationBound(at x: Tensor, _ q: Tensor, radius: Double, budget: Double) -> Double {
    let returned = convexities.reduce(0) { $0 + max(-$1, 0) } * radius * radius
    return members.reduce(0) {
      $0 + $1.evaluator.pathVariationBound(at: x, q, radius: radius, budget: budget + returned)
    }
  }

  func mixedVariationBound(at x: Tensor, _ q: Tensor, radius: Double) -> Double {
    rootOfSquares(members.map { $0.evaluator.mixedVariationBound(at: x, q, radius: radius) })
  }

  func mixedNormBound(at x: Tensor, radius: Double) -> Double {
    rootOfSquares(members.map { $0.evaluator.mixedNormBound(at: x, radius: radius) })
  }
}

func rootOfSquares(_ numbers: [Double]) -> Double {
  numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
}

extension Sum: Scriptable {
  /// `bl.regularizer.sum`.
  public static let declaration = Declaration(
    Sum.self, "sum", "Several regularizers at once, each with parameters of its own.",
    details: "The blocks of the i-th member get the prefix ri_: r1_log_weight, r2_filters.",
    example: "bl.regularizer.sum { bl.regularizer.total_variation(), bl.regularizer.tikhonov() }"
  ) {
    Constructor(Members(), recorded: \.record) {
      Field(
        elements: "members", \.members,
        .list(of: .object((any Regularizer).self, "a regularizer")), "the summands", required: true)
    } build: { record in
      guard !record.members.isEmpty else {
        throw ScriptError("bl.regularizer.sum: a sum needs at least one regularizer")
      }
      return Sum(record.members)
    }
    RegularizerMembers.shared
  }

  private struct Members {
    var members: [any Regularizer] = []
  }

  private var record: Members { Members(members: members) }
}
