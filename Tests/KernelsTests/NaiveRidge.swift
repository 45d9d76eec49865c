import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Deterministic numbers for tests.
struct TestNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  /// The next number, uniform in −1...1.
  mutating func next() -> Double {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Double(state >> 11) / Double(1 << 52) - 1
  }

  mutating func array(_ count: Int) -> [Double] { (0..<count).map { _ in next() } }
}

/// φ and its derivatives by their definitions.
struct NaivePotential {
  var value, first, second, third, firstBySmoothing, secondBySmoothing: Double

  init(_ potential: Potential, _ t: Double, _ nu: Double) {
    switch potential {
    case .smoothedAbsolute:
      let root = (t * t + nu * nu).squareRoot()
      value = root
      first = t / root
      second = nu * nu / pow(root, 3)
      third = -3 * nu * nu * t / pow(root, 5)
      firstBySmoothing = -t * nu / pow(root, 3)
      secondBySmoothing = 2 * nu / pow(root, 3) - 3 * pow(nu, 3) / pow(root, 5)
    case .huber:
      let inside = abs(t) <= nu
      value = inside ? t * t / (2 * nu) : abs(t) - nu / 2
      first = inside ? t / nu : (t > 0 ? 1 : -1)
      second = inside ? 1 / nu : 0
      third = 0
      firstBySmoothing = inside ? -t / (nu * nu) : 0
      secondBySmoothing = inside ? -1 / (nu * nu) : 0
    case .logCosh:
      let u = t / nu
      let secant = 1 / (cosh(u) * cosh(u))
      value = abs(u) < 1 ? nu * log1p(2 * pow(sinh(u / 2), 2)) : nu * log(cosh(u))
      first = tanh(u)
      second = secant / nu
      third = -2 * tanh(u) * secant / (nu * nu)
      firstBySmoothing = -u * secant / nu
      secondBySmoothing = secant * (2 * u * tanh(u) - 1) / (nu * nu)
    }
  }
}

/// A ridge energy computed by its formulas, in Float64.
struct NaiveRidge {
  let description: RidgeKernel.Description
  let height: Int
  let width: Int
  var coefficients: [Double]
  var weights: [Double]
  var smoothing: [Double]

  init(_ description: RidgeKernel.Description, height: Int, width: Int, seed: UInt64) {
    self.description = description
    self.height = height
    self.width = width
    var numbers = TestNumbers(seed: seed)
    coefficients = numbers.array(description.filters * description.taps).map { $0 / 4 }
    weights = numbers.array(description.filters).map { 1.5 + $0 }
    smoothing = numbers.array(description.filters).map { 0.6 + $0 / 2 }
  }

  var pixels: Int { height * width }
  var count: Int { description.channels * pixels }

  func kernel(_ instructionSet: InstructionSet) -> RidgeKernel {
    RidgeKernel(
      description, coefficients: coefficients, weights: weights, smoothing: smoothing,
      instructionSet: instructionSet)
  }

  private func source(_ i: Int, _ n: Int) -> Int? {
    if i >= 0 && i < n { return i }
    switch description.boundary {
    case .zero: return nil
    case .periodic: return ((i % n) + n) % n
    case .reflect: return i < 0 ? -i : 2 * (n - 1) - i
    }
  }

  /// Calls `body(response pixel, tap, image pixel)` for all that a filter connects.
  private func eachTap(_ body: (Int, Int, Int) -> Void) {
    let (size, radius) = (description.size, description.radius)
    for i in 0..<height {
      for j in 0..<width {
        for channel in 0..<description.channels {
          for a in 0..<size {
            guard let row = source(i + a - radius, height) else { continue }
            for b in 0..<size {
              guard let column = source(j + b - radius, width) else { continue }
              body(
                i * width + j, (channel * size + a) * size + b,
                (channel * height + row) * width + column)
            }
          }
        }
      }
    }
  }

  func responses(_ x: [Double], _ filter: Int, _ coefficients: [Double]? = nil) -> [Double] {
    let f = coefficients ?? self.coefficients
    var result = [Double](repeating: 0, count: pixels)
    eachTap { result[$0] += f[filter * description.taps + $1] * x[$2] }
    return result
  }

  func adjoint(_ response: [Double], _ filter: Int, _ coefficients: [Double]? = nil) -> [Double] {
    let f = coefficients ?? self.coefficients
    var result = [Double](repeating: 0, count: count)
    eachTap { result[$2] += f[filter * description.taps + $1] * response[$0] }
    return result
  }

  private func phi(_ k: Int, _ t: Double) -> NaivePotential {
    NaivePotential(description.potential, t, smoothing[k])
  }

  private func sumOverFilters(_ image: (Int) -> [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: count)
    for k in 0..<description.filters {
      let part = image(k)
      for i in 0..<count { result[i] += part[i] }
    }
    return result
  }

  func value(_ x: [Double]) -> Double {
    (0..<description.filters).reduce(0) { sum, k in
      sum + weights[k] * responses(x, k).reduce(0) { $0 + phi(k, $1).value }
    }
  }

  func gradient(_ x: [Double]) -> [Double] {
    sumOverFilters { k in adjoint(responses(x, k).map { weights[k] * phi(k, $0).first }, k) }
  }

  func hessianProduct(_ x: [Double], _ v: [Double]) -> [Double] {
    sumOverFilters { k in
      adjoint(zip(responses(x, k), responses(v, k)).map { weights[k] * phi(k, $0).second * $1 }, k)
    }
  }

  func thirdProduct(_ x: [Double], _ q: [Double], _ d: [Double]) -> [Double] {
    sumOverFilters { k in
      let (b, e) = (responses(q, k), responses(d, k))
      let a = responses(x, k)
      return adjoint(a.indices.map { weights[k] * phi(k, a[$0]).third * b[$0] * e[$0] }, k)
    }
  }

  /// Derivatives of ⟨∇R(x), q⟩: coefficients, then weights, then smoothing.
  func mixedProduct(_ x: [Double], _ q: [Double]) -> [Double] {
    let taps = description.taps
    var f = [Double](repeating: 0, count: coefficients.count)
    var beta = [Double](repeating: 0, count: description.filters)
    var nu = beta
    for k in 0..<description.filters {
      let (a, b) = (responses(x, k), responses(q, k))
      let phis = a.map { phi(k, $0) }
      for p in 0..<pixels {
        beta[k] += phis[p].first * b[p]
        nu[k] += weights[k] * phis[p].firstBySmoothing * b[p]
      }
      eachTap {
        f[k * taps + $1] +=
          weights[k] * (phis[$0].second * b[$0] * x[$2] + phis[$0].first * q[$2])
      }
    }
    return f + beta + nu
  }

  func mixedDirection(_ x: [Double], _ direction: [Double]) -> [Double] {
    let (taps, filters) = (description.taps, description.filters)
    let f = Array(direction[0..<(filters * taps)])
    return sumOverFilters { k in
      let beta = direction[filters * taps + k]
      let nu = direction[filters * (taps + 1) + k]
      let (a, e) = (responses(x, k), responses(x, k, f))
      let phis = a.map { phi(k, $0) }
      let first = adjoint(
        a.indices.map {
          beta * phis[$0].first + weights[k] * phis[$0].second * e[$0]
            + weights[k] * nu * phis[$0].firstBySmoothing
        }, k)
      let second = adjoint(phis.map { weights[k] * $0.first }, k, f)
      return zip(first, second).map { $0 + $1 }
    }
  }

  func mixedVariation(_ x: [Double], _ q: [Double], _ d: [Double]) -> [Double] {
    let taps = description.taps
    var f = [Double](repeating: 0, count: coefficients.count)
    var beta = [Double](repeating: 0, count: description.filters)
    var nu = beta
    for k in 0..<description.filters {
      let (a, b, e) = (responses(x, k), responses(q, k), responses(d, k))
      let phis = a.map { phi(k, $0) }
      for p in 0..<pixels {
        beta[k] += phis[p].second * b[p] * e[p]
        nu[k] += weights[k] * phis[p].secondBySmoothing * b[p] * e[p]
      }
      eachTap {
        f[k * taps + $1] +=
          weights[k]
          * (phis[$0].third * b[$0] * e[$0] * x[$2] + phis[$0].second * b[$0] * d[$2]
            + phis[$0].second * e[$0] * q[$2])
      }
    }
    return f + beta + nu
  }
}
