import Kernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How much a function of one response can change when the response moves by at most w:
/// |F(u + h) − F(u)| ≤ min(slope |h|, cap) for all |h| ≤ w.
///
/// `slope` is infinite where F jumps at u itself.
struct LocalVariation {
  var slope: Double
  var cap: Double

  /// F does not change.
  static let none = LocalVariation(slope: 0, cap: 0)
}

/// Local bounds of the derivatives of φ for ν = 1; all potentials are φ_ν(t) = ν φ_1(t/ν), hence
/// φ_ν′(t) = φ_1′(u), φ_ν″(t) = φ_1″(u)/ν and ν ∂φ_ν′(t)/∂ν = −u φ_1″(u) at u = t/ν. All of them are even
/// or odd, so u ≥ 0 is assumed.
extension Potential {
  /// sup |φ_1‴|: the Lipschitz constant of φ_1″.
  var thirdDerivativeBound: Double {
    switch self {
    case .smoothedAbsolute, .logCosh: abs(thirdDerivative(thirdDerivativePeak))
    case .huber: .infinity
    }
  }

  /// φ_1′(u).
  func derivative(_ u: Double) -> Double {
    switch self {
    case .smoothedAbsolute: u / (1 + u * u).squareRoot()
    case .huber: min(max(u, -1), 1)
    case .logCosh: tanh(u)
    }
  }

  /// φ_1″(u), with Huber's kinks counted as inside.
  func secondDerivative(_ u: Double) -> Double {
    switch self {
    case .smoothedAbsolute:
      let s = 1 / (1 + u * u)
      return s * s.squareRoot()
    case .huber: return abs(u) <= 1 ? 1 : 0
    case .logCosh:
      let t = tanh(u)
      return 1 - t * t
    }
  }

  /// φ_1‴(u) for u ≥ 0; not for Huber.
  private func thirdDerivative(_ u: Double) -> Double {
    if self == .logCosh {
      let t = tanh(u)
      return -2 * t * (1 - t * t)
    }
    let s = 1 / (1 + u * u)
    return -3 * u * s * s * s.squareRoot()
  }

  /// Where |φ_1‴| is largest: it rises before and falls after.
  private var thirdDerivativePeak: Double {
    self == .logCosh ? 0.658_478_948_462_408_4 : 0.5  // artanh(1/√3)
  }

  /// Of φ_1″: by its derivative on the interval, and by its range, which falls with |u|.
  func secondDerivativeVariation(_ u: Double, within w: Double) -> LocalVariation {
    let low = max(u - w, 0)
    let high = u + w
    if self == .huber {
      let distance = abs(u - 1)
      // Beyond a kink φ″ is another constant; to get there the response must move that far.
      return distance > w ? .none : LocalVariation(slope: 1 / distance, cap: 1)
    }
    let here = secondDerivative(u)
    return LocalVariation(
      slope: abs(thirdDerivative(min(max(thirdDerivativePeak, low), high))),
      cap: max(secondDerivative(low) - here, here - secondDerivative(high)))
  }

  /// A bound of |φ̄″ − φ_1″(u)| / (φ̄″ |h|) for all |h| ≤ w, φ̄″ the mean of φ_1″ between u and u + h.
  ///
  /// sup |φ_1‴|/φ_1″ is one: |φ̄″ − φ_1″(u)| ≤ (1/|h|) ∫∫ |φ_1‴| ≤ sup · ∫ φ_1″ = sup · |h| φ̄″. Where Huber's
  /// φ″ jumps at distance d, the ratio is at most 1/d, as φ̄″ ≥ d/|h| from inside, and |h| ≥ d.
  func relativeVariation(_ u: Double, within w: Double) -> Double {
    switch self {
    case .smoothedAbsolute:
      let v = min(max(1, u - w), u + w)
      return 3 * v / (1 + v * v)
    case .logCosh: return 2 * tanh(u + w)
    case .huber:
      let distance = abs(u - 1)
      return distance > w ? 0 : 1 / distance
    }
  }

  /// The largest value of `relativeVariation`.
  var relativeVariationBound: Double {
    switch self {
    case .smoothedAbsolute: 1.5
    case .logCosh: 2
    case .huber: .infinity
    }
  }

  /// Of φ_1′: it changes most towards 0, where φ″ is larger.
  func derivativeVariation(_ u: Double, within w: Double) -> LocalVariation {
    LocalVariation(
      slope: secondDerivative(max(u - w, 0)), cap: derivative(u) - derivative(u - w))
  }

  /// Of −u φ_1″(u).
  func smoothingDerivativeVariation(_ u: Double, within w: Double) -> LocalVariation {
    if self == .huber { return huberSmoothingVariation(u, within: w) }
    let low = max(u - w, 0)
    let high = u + w
    let (valley, depth) = smoothingValley
    var slope = max(abs(smoothingSlope(low)), abs(smoothingSlope(high)))
    if low < valley && valley < high { slope = max(slope, depth) }
    return LocalVariation(slope: slope, cap: slope * w)
  }

  /// φ_1″ + u φ_1‴, minus the derivative of −u φ_1″.
  ///
  /// It falls from 1 to a negative valley, then rises to 0.
  private func smoothingSlope(_ u: Double) -> Double {
    if self == .logCosh {
      let t = tanh(u)
      return (1 - t * t) * (1 - 2 * u * t)
    }
    let s = 1 / (1 + u * u)
    return (1 - 2 * u * u) * s * s * s.squareRoot()
  }

  /// Where the valley of `smoothingSlope` lies (the root of 3u tanh²u = 2 tanh u + u; √(3/2)) and a
  /// bound of its depth.
  private var smoothingValley: (at: Double, depth: Double) {
    self == .logCosh ? (1.351_618_060_329_178, 0.320_991) : (1.5.squareRoot(), 0.202_386)
  }

  /// −u inside of the kinks, 0 beyond.
  private func huberSmoothingVariation(_ u: Double, within w: Double) -> LocalVariation {
    let distance = abs(u - 1)
    if distance > w { return u < 1 ? LocalVariation(slope: 1, cap: w) : .none }
    if u > 1 { return LocalVariation(slope: 1 / distance, cap: 1) }
    return LocalVariation(slope: max(1, u / distance), cap: max(w, u))
  }
}
