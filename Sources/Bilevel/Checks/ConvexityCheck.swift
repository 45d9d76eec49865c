import Tensors

/// How a regularizer curves: the extreme Ritz values of its Hessian at some points, by Lanczos.
///
/// Ritz values lie within the spectrum: a negative one proves that R is not convex, and one outside of the
/// certified bounds that these are none. That all are at least 0 proves nothing, but with
/// `steps` of Lanczos the smallest one is near the smallest eigenvalue.
struct ConvexityCheck {
  /// The extreme Ritz values at one point.
  struct Ritz {
    let point: String
    let smallest: Double
    let largest: Double
  }

  let found: [Ritz]
  private let certified: (smallest: Double, largest: Double)

  private static let steps = 40
  /// Negative curvature below this share of the largest one is rounding.
  private static let tolerance = 1e-10
  /// A new direction shorter than this share of the largest curvature is the end of the Krylov space.
  private static let breakdown = 1e-12

  /// Tries R(·; θ) on images of one shape: at 0, where smooth potentials curve most, and at random images
  /// from faint to strong ones.
  init(_ regularizer: any PreparedRegularizer, _ shape: Shape, random: RandomSource) {
    var random = random
    let evaluator = regularizer.evaluator(for: shape, workers: 1)
    certified = (regularizer.strongConvexity(for: shape), evaluator.smoothness)
    var found: [Ritz] = []
    for size in [0, 0.01, 0.1, 1, 10] {
      var x = EnergyLaws.normal(shape, &random)
      x.scale(by: size)
      evaluator.prepareCurvature(at: x)
      let start = EnergyLaws.normal(shape, &random)
      let values = Self.ritzValues(evaluator, from: start)
      found.append(
        Ritz(
          point: size == 0 ? "at 0" : "at a random image of size \(size.short)",
          smallest: values.first ?? 0, largest: values.last ?? 0))
    }
    self.found = found
  }

  /// The smallest Ritz value of all points.
  var smallest: Double { found.map(\.smallest).reduce(.infinity) { $1 < $0 || $1.isNaN ? $1 : $0 } }
  /// The largest one.
  var largest: Double { found.map(\.largest).reduce(-.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 } }

  /// Enters that R is convex, and that its certified constants are bounds.
  func enter(_ report: inout LawReport) {
    let scale = max(abs(largest), abs(smallest), .leastNormalMagnitude)
    report.note(
      "convex: smallest Ritz value of the Hessian at least 0",
      smallest >= 0 ? 0 : -smallest / scale, Self.tolerance,
      "a strong_convexity above \(max(0, -certified.smallest).short) in bl.problem, less what the "
        + "fidelity brings; or parameters whose negative weights are smaller")
    report.atMost(
      "certified convexity not above the smallest Ritz value", certified.smallest,
      smallest + Self.tolerance * scale, within: 1e-9,
      advice: "other parameters; if they all fail, the regularizer's constants are no bounds")
    report.atMost(
      "largest Ritz value not above the certified smoothness", largest, certified.largest,
      within: 1e-9,
      advice: "other parameters; if they all fail, the regularizer's constants are no bounds")
    report.values += [
      (name: "smallest_ritz_value", value: smallest), (name: "largest_ritz_value", value: largest),
      (name: "certified_convexity", value: certified.smallest),
      (name: "certified_smoothness", value: certified.largest),
    ]
    for ritz in found {
      report.lines.append(
        "     \(ritz.point): Ritz values from \(ritz.smallest.short) to \(ritz.largest.short)")
    }
  }

  /// All Ritz values, ascending: Lanczos with full reorthogonalisation (Golub & Van Loan 2013, 10.3).
  private static func ritzValues(
    _ evaluator: any RegularizerEvaluator, from start: Tensor
  ) -> [Double] {
    var basis: [Tensor] = []
    var (diagonal, offDiagonal) = ([Double](), [Double]())
    var q = start
    q.scale(by: 1 / q.norm)
    while basis.count < steps {
      var next = Tensor(zeros: q.shape)
      evaluator.addHessianProduct(q, to: &next)
      diagonal.append(q.dot(next))
      basis.append(q)
      for _ in 0..<2 { for v in basis { next.add(v, times: -v.dot(next)) } }
      let length = next.norm
      let size = diagonal.map(abs).max() ?? 0
      guard length > breakdown * max(size, .leastNormalMagnitude), length.isFinite,
        basis.count < steps
      else { break }
      offDiagonal.append(length)
      next.scale(by: 1 / length)
      q = next
    }
    guard diagonal.allSatisfy(\.isFinite) else { return [.nan] }
    return SymmetricEigensystem(count: diagonal.count) { i, j in
      i == j ? diagonal[i] : i == j + 1 ? offDiagonal[j] : 0
    }.values
  }
}
