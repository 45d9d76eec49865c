import Tensors

/// Tries the derivatives and constants of an energy on random directions, in Float64.
struct EnergyLaws {
  /// Step of differences of fourth order: their error is about its fourth power.
  static let step = 1e-5
  /// Tolerance of central differences, and of identities that hold up to rounding.
  static let differenceTolerance = 1e-6
  static let roundingTolerance = 1e-10

  /// The energy at a θ, and another one at any other θ.
  let energy: any Energy
  let energyAt: ([Double]) throws -> any Energy
  let theta: [Double]
  let x: Tensor
  private let u: Tensor
  private let v: Tensor
  private let direction: [Double]  // in θ

  init(
    _ energy: any Energy, at theta: [Double], x: Tensor, random: RandomSource,
    energyAt: @escaping ([Double]) throws -> any Energy
  ) {
    var random = random
    self.energy = energy
    self.energyAt = energyAt
    self.theta = theta
    self.x = x
    u = Self.normal(x.shape, &random)
    v = Self.normal(x.shape, &random)
    direction = theta.map { _ in random.normal() }
  }

  static func normal(_ shape: Shape, _ random: inout RandomSource) -> Tensor {
    Tensor((0..<shape.count).map { _ in random.normal() }, shape: shape)
  }

  /// What to try where a derivative is wrong.
  private static let derivativeAdvice =
    "other parameters or smoother ones, as differences cannot follow a function that bends too "
    + "sharply; if they all fail, the derivative is wrong"
  private static let constantAdvice =
    "other parameters; if they all fail, the constant is no bound and step sizes made of it are wrong"

  /// The first derivative by x.
  func gradient(_ report: inout LawReport) {
    var gradient = zeros
    energy.gradient(at: x, into: &gradient)
    let slope = difference { [energy.value(at: moved(x, $0, v))] }
    report.equal(
      "gradient against differences of the energy", [gradient.dot(v)], slope.values,
      within: Self.differenceTolerance, rounding: slope.rounding, advice: Self.derivativeAdvice)
  }

  /// The second derivative by x, and the constants that bound it.
  func hessian(_ report: inout LawReport) {
    let (hu, hv) = (hessian(x, u), hessian(x, v))
    report.equal(
      "Hessian symmetric", u.dot(hv), v.dot(hu), within: Self.roundingTolerance,
      advice: Self.derivativeAdvice)
    let curvature = difference { self.gradient(energy, moved(x, $0, v)) }
    report.equal(
      "Hessian product against differences of the gradient", hv.elements, curvature.values,
      within: Self.differenceTolerance, rounding: curvature.rounding, advice: Self.derivativeAdvice)
    report.atMost(
      "curvature at least mu", energy.strongConvexity * v.squaredNorm, v.dot(hv),
      within: Self.roundingTolerance, advice: Self.constantAdvice)
    report.atMost(
      "curvature at most L", v.dot(hv), energy.smoothness * v.squaredNorm,
      within: Self.roundingTolerance, advice: Self.constantAdvice)
  }

  /// The derivative of the gradient by θ.
  func mixed(_ report: inout LawReport) throws {
    let mixed = mixedProduct(x, u)
    let shift = try difference { gradient(try energyAt(theta.adding($0, direction)), x) }
    report.equal(
      "mixed product against differences in theta", [inner(mixed, direction)],
      [inner(u.elements, shift.values)], within: Self.differenceTolerance,
      rounding: u.norm * shift.rounding, advice: Self.derivativeAdvice)
    var forward = zeros
    energy.mixedDirection(at: x, direction, into: &forward)
    report.equal(
      "mixed direction and product adjoint", u.dot(forward), inner(mixed, direction),
      within: Self.roundingTolerance, advice: Self.derivativeAdvice)
  }

  /// Third derivatives.
  func third(_ report: inout LawReport) {
    var third = zeros
    energy.thirdProduct(at: x, u, v, into: &third)
    let bend = difference { hessian(moved(x, $0, v), u).elements }
    report.equal(
      "third derivative against differences of the Hessian", third.elements, bend.values,
      within: Self.differenceTolerance, rounding: bend.rounding, advice: Self.derivativeAdvice)
    var variation = theta.map { _ in 0.0 }
    energy.addMixedVariation(at: x, u, along: v, to: &variation)
    let change = difference { mixedProduct(moved(x, $0, v), u) }
    report.equal(
      "mixed variation against differences of the mixed product", variation, change.values,
      within: Self.differenceTolerance, rounding: change.rounding, advice: Self.derivativeAdvice)
  }

  private var zeros: Tensor { Tensor(zeros: x.shape) }

  private func moved(_ x: Tensor, _ t: Double, _ d: Tensor) -> Tensor {
    var y = x
    y.add(d, times: t)
    return y
  }

  private func gradient(_ energy: any Energy, _ x: Tensor) -> [Double] {
    var gradient = zeros
    energy.gradient(at: x, into: &gradient)
    return gradient.elements
  }

  private func hessian(_ x: Tensor, _ v: Tensor) -> Tensor {
    var product = zeros
    energy.curvature(at: x).apply(v, into: &product)
    return product
  }

  private func mixedProduct(_ x: Tensor, _ q: Tensor) -> [Double] {
    var product = theta.map { _ in 0.0 }
    energy.addMixedProduct(at: x, q, to: &product)
    return product
  }

  /// The derivative at 0 of a function, by the difference of fourth order, as small smoothings bend it
  /// strongly; and what rounding of its values, by 16 units each, adds to the norm at most.
  private func difference(
    _ function: (Double) throws -> [Double]
  ) rethrows -> (values: [Double], rounding: Double) {
    let t = Self.step
    let right = try function(t)
    let near = zip(right, try function(-t)).map { $0 - $1 }
    let far = zip(try function(2 * t), try function(-2 * t)).map { $0 - $1 }
    let values = zip(near, far).map { (8 * $0 - $1) / (12 * t) }
    return (values, 16 * Double.ulpOfOne * right.length / t)
  }

  private func inner(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
