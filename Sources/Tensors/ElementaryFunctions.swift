/// Logarithm and trigonometric functions in plain arithmetic, within two units in the last place.
///
/// Library versions differ in the last bit between machines (with and without fused
/// multiply-add); random numbers must not.
enum ElementaryFunctions {
  /// Natural logarithm of a positive normal number: x = m·2ᵉ, log m = 2 artanh((m − 1)/(m + 1)).
  @inline(__always)
  static func logarithm(_ x: Double) -> Double {
    // Moves the cut between two exponents from 1 to √½, so that m lies in [√½, √2).
    let bits = x.bitPattern &+ (1.0.bitPattern &- 0.5.squareRoot().bitPattern)
    let exponent = Double(Int64(bitPattern: bits &>> 52) &- 1023)
    let mantissa = Double(
      bitPattern: bits & 0x000F_FFFF_FFFF_FFFF &+ 0.5.squareRoot().bitPattern)
    let s = (mantissa - 1) / (mantissa + 1)
    let z = s * s
    var series = 1.0 / 23
    var odd = 21.0
    while odd >= 3 {
      series = series * z + 1 / odd
      odd -= 2
    }
    let ln2High = 0x1.62e42fefa38p-1  // exact products with any exponent
    let ln2Low = 0x1.ef35793c7673p-45
    return exponent * ln2High + (2 * s + (2 * s * z * series + exponent * ln2Low))
  }

  /// cos 2πt and sin 2πt for t in [0, 1]: Taylor polynomials on an eighth of a turn either side.
  @inline(__always)
  static func cosineAndSine(turns t: Double) -> (cosine: Double, sine: Double) {
    let quarters = (4 * t).rounded(.toNearestOrEven)
    let x = (t - quarters / 4) * (2 * Double.pi)
    let z = x * x
    var cosine = 1.0
    var sine = 1.0
    var k = 9.0
    while k >= 1 {
      cosine = 1 - cosine * z / ((2 * k - 1) * (2 * k))
      sine = 1 - sine * z / ((2 * k) * (2 * k + 1))
      k -= 1
    }
    sine *= x
    switch Int(quarters) & 3 {
    case 0: return (cosine, sine)
    case 1: return (-sine, cosine)
    case 2: return (-cosine, -sine)
    default: return (sine, -cosine)
    }
  }
}
