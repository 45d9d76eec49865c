#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension RandomSource {
  /// The largest mean for which counts are still exact in Float64.
  public static let largestPoissonMean = 1e15

  /// A Poisson number of the given mean, exact in distribution, for means in [0, 10¹⁵].
  ///
  /// Below a mean of 10 by inversion (a mean's worth of additions), from there on by transformed
  /// rejection (about 1.2 tries of two uniforms): Hörmann, "The transformed rejection method for
  /// generating Poisson random variables", 1993, algorithm PTRS.
  public mutating func poisson(mean: Double) -> Int {
    precondition(
      mean >= 0 && mean <= Self.largestPoissonMean, "The mean of a Poisson number is in [0, 1e15].")
    return mean < 10 ? poissonByInversion(mean) : poissonByRejection(mean)
  }

  private mutating func poissonByInversion(_ mean: Double) -> Int {
    var u = uniform()
    var probability = exp(-mean)
    var k = 0
    // For a mean below 10 the probability of 200 is below the resolution of a uniform number.
    while u >= probability && k < 200 {
      u -= probability
      k += 1
      probability *= mean / Double(k)
    }
    return k
  }

  private mutating func poissonByRejection(_ mean: Double) -> Int {
    // The constants of PTRS: hat a/(½ − |u|) + b, acceptance without evaluation below vr.
    let b = 0.931 + 2.53 * mean.squareRoot()
    let a = -0.059 + 0.02483 * b
    let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    let vr = 0.9277 - 3.6224 / (b - 2)
    while true {
      let u = uniform() - 0.5
      let v = 1 - uniform()
      let us = 0.5 - abs(u)
      let k = ((2 * a / us + b) * u + mean + 0.43).rounded(.down)
      if us >= 0.07 && v <= vr { return Int(k) }
      // us = 0 happens (u is a multiple of 2⁻⁵³) and gives no finite k.
      if k < 0 || !(k <= 2 * Self.largestPoissonMean) || (us < 0.013 && v > us) { continue }
      let hat = ElementaryFunctions.logarithm(v * inverseAlpha / (a / (us * us) + b))
      if hat <= Self.logProbability(k, mean: mean) { return Int(k) }
    }
  }

  /// log(meanᵏ e⁻ᵐᵉᵃⁿ / k!) without cancellation: Loader, "Fast and accurate computation of
  /// binomial probabilities", 2000.
  static func logProbability(_ k: Double, mean: Double) -> Double {
    if k == 0 { return -mean }
    return -stirlingError(k) - deviance(k, mean)
      - 0.5 * ElementaryFunctions.logarithm(2 * Double.pi * k)
  }

  /// log k! − log(√(2πk) (k/e)ᵏ).
  private static func stirlingError(_ k: Double) -> Double {
    if k < 16 {
      var factorial = 1.0
      for i in 1...Int(k) { factorial *= Double(i) }
      let log = ElementaryFunctions.logarithm
      return log(factorial) - 0.5 * log(2 * Double.pi * k) - k * log(k) + k
    }
    let z = 1 / (k * k)
    return (1 / 12.0 - (1 / 360.0 - (1 / 1260.0 - (1 / 1680.0 - z / 1188) * z) * z) * z) / k
  }

  /// k log(k/mean) + mean − k.
  private static func deviance(_ k: Double, _ mean: Double) -> Double {
    guard abs(k - mean) < 0.1 * (k + mean) else {
      return k * ElementaryFunctions.logarithm(k / mean) + mean - k
    }
    let v = (k - mean) / (k + mean)
    var sum = (k - mean) * v
    var term = 2 * k * v
    var odd = 3.0
    while true {
      term *= v * v
      let next = sum + term / odd
      if next == sum { return sum }
      sum = next
      odd += 2
    }
  }
}
