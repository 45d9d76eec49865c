import Kernels
import Script
import Tensors

/// The data term of Poisson noise D(z, y) = w Σ_p f(z_p), f(z) = z + b − y + y log(y/(z + b)) for
/// z ≥ 0, the Kullback–Leibler divergence of z + b from y with a background b > 0.
///
/// For z < 0 f goes on as its Taylor polynomial of degree 2 at 0, so that it is convex and twice
/// differentiable everywhere (Chambolle, Ehrhardt, Richtárik & Schönlieb 2018). f′ = 1 − y/(z +
/// b), f″ = y/(z + b)², f‴ = −2y/(z + b)³ for z ≥ 0; f″ = y/b² and f‴ = 0 below. Hence 0 ≤ f″ ≤
/// Y/b², and f″ is Lipschitz with 2Y/b³, true bounds for observations 0 ≤ y ≤ Y, which is checked.
/// One pass each, in Float64.
public struct PoissonFidelity: PointwiseFidelity, Hashable {
  /// b > 0.
  public var background: Double
  /// Y > 0, the largest observation there may be.
  public var largest: Double
  /// w > 0.
  public var weight: Double

  /// w times the divergence.
  public init(background: Double = 0.1, largest: Double = 2, weight: Double = 1) {
    precondition(
      [background, largest, weight].allSatisfy { $0 > 0 && $0.isFinite },
      "The constants of a fidelity are positive and finite.")
    self.background = background
    self.largest = largest
    self.weight = weight
  }

  /// f.
  public var term: PointwiseTerm { .poisson(background: background) }

  /// w Y/b².
  public var smoothness: Double { weight * largest / (background * background) }
  /// 2 w Y/b³.
  public var hessianLipschitz: Double { 2 * smoothness / background }

  /// Observations must be numbers from 0 to Y.
  public func misfit(of observed: Tensor) -> String? {
    guard let wrong = observed.elements.first(where: { !($0 >= 0 && $0 <= largest) }) else {
      return nil
    }
    return "poisson: observations must be numbers from 0 to 'largest' = \(largest), got \(wrong)"
  }

  /// image ← w f‴ · q · d.
  public func thirdProduct(
    at prediction: Tensor, observed: Tensor, _ q: Tensor, _ d: Tensor, into image: inout Tensor
  ) {
    image.setThird(of: term, times: weight, at: prediction, observed: observed, q, d)
  }
}

extension PoissonFidelity: Scriptable {
  /// `bl.fidelity.poisson`.
  public static let declaration = Declaration(
    PoissonFidelity.self, "poisson",
    "weight sum_p KL(y_p; (Ax)_p + background), for Poisson noise.",
    details: """
      z + b - y + y log(y/(z + b)) at z = (Ax)_p >= 0 with b = background, which continues below 0 \
      as a parabola: convex and twice differentiable, with curvature at most \
      weight largest/background^2. It is not strongly convex: bl.problem needs strong_convexity > 0 \
      beside it. With noise from bl.noise.poisson { peak = P }, weight = P is the likelihood. Where noise is \
      redrawn in each epoch, 'largest' is checked for the first one only.
      """,
    example: "bl.fidelity.poisson { background = 0.1, weight = 100 }",
    source: "Chambolle, Ehrhardt, Richtarik & Schonlieb 2018"
  ) {
    Constructor(PoissonFidelity()) {
      Field("background", \.background, .number(above: 0), "b", unit: "units of the data")
      Field(
        "largest", \.largest, .number(above: 0), "no observation is larger; bounds the curvature",
        unit: "units of the data")
      Field("weight", \.weight, .number(above: 0), "weight of the data term")
    } check: { fidelity in
      guard fidelity.hessianLipschitz.isFinite else {
        throw ScriptError(
          "bl.fidelity.poisson: 'background' = \(fidelity.background) is too small for curvature "
            + "weight largest/background^2 to be a number")
      }
    }
  }
}
