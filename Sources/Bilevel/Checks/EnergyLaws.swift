import Tensors

/// Tries the derivatives and constants of an energy on random directions, in Float64.
struct EnergyLaws {
  /// Step of central differences: their error is about its square.
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

  /// First and second derivatives by x.
  func gradientAndHessian(_ report: inout LawReport) {
    let t = Self.step
    var gradient = zeros
    energy.gradient(at: x, into: &gradient)
    report.equal(
      "gradient against differences of the energy", gradient.dot(v),
      (energy.value(at: moved(x, t, v)) - energy.value(at: moved(x, -t, v))) / (2 * t),
      within: Self.differenceTolerance)
    let (hu, hv) = (hessian(x, u), hessian(x, v))
    report.equal("Hessian symmetric", u.dot(hv), v.dot(hu), within: Self.roundingTolerance)
    report.equal(
      "Hessian product against differences of the gradient", hv.elements,
      difference { self.gradient(self.energy, $0) }, within: Self.differenceTolerance)
    report.atMost(
      "curvature at least mu", energy.strongConvexity * v.squaredNorm, v.dot(hv),
      within: Self.roundingTolerance)
    report.atMost(
      "curvature at most L", v.dot(hv), energy.smoothness * v.squaredNorm,
      within: Self.roundingTolerance)
  }

  /// Derivatives by θ and third derivatives.
  func mixedAndThird(_ report: inout LawReport) throws {
    let t = Self.step
    let mixed = mixedProduct(x, u)
    let right = gradient(try energyAt(theta.adding(t, direction)), x)
    let left = gradient(try energyAt(theta.adding(-t, direction)), x)
    let expected = zip(right, left).map { ($0 - $1) / (2 * t) }
    report.equal(
      "mixed product against differences in theta", inner(mixed, direction),
      inner(u.elements, expected), within: Self.differenceTolerance)
    var forward = zeros
    energy.mixedDirection(at: x, direction, into: &forward)
    report.equal(
      "mixed direction and product adjoint", u.dot(forward), inner(mixed, direction),
      within: Self.roundingTolerance)
    var third = zeros
    energy.thirdProduct(at: x, u, v, into: &third)
    report.equal(
      "third derivative against differences of the Hessian", third.elements,
      difference { self.hessian($0, self.u).elements }, within: Self.differenceTolerance)
    var variation = theta.map { _ in 0.0 }
    energy.addMixedVariation(at: x, u, along: v, to: &variation)
    report.equal(
      "mixed variation against differences of the mixed product", variation,
      difference { self.mixedProduct($0, self.u) }, within: Self.differenceTolerance)
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

  /// The difference of fourth order along v of a function of x: small smoothings bend it strongly.
  private func difference(_ function: (Tensor) -> [Double]) -> [Double] {
    let t = Self.step
    let far = zip(function(moved(x, 2 * t, v)), function(moved(x, -2 * t, v))).map { $0 - $1 }
    let near = zip(function(moved(x, t, v)), function(moved(x, -t, v))).map { $0 - $1 }
    return zip(near, far).map { (8 * $0 - $1) / (12 * t) }
  }

  private func inner(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
