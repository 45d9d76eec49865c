#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A function of two numbers, applied element by element.
public enum BinaryOperation: Sendable, CaseIterable {
  /// a + b, a − b, a b, a / b.
  case add, subtract, multiply, divide
  /// aᵇ.
  case power
  /// The smaller, the larger; NaN if one is NaN.
  case minimum, maximum
  /// 1 where it holds, 0 elsewhere.
  case less, lessOrEqual, equal
}

/// A function of one number, applied element by element.
public enum UnaryOperation: String, Sendable, CaseIterable {
  /// Absolute value.
  case abs
  /// Square root; NaN for negative numbers.
  case sqrt
  /// Exponential function.
  case exp
  /// Natural logarithm; NaN for negative numbers.
  case log
  /// Trigonometric functions of radians.
  case sin, cos
  /// Hyperbolic tangent.
  case tanh
  /// Largest whole number below, smallest above, nearest (halves to even).
  case floor, ceil, round
  /// −1, 0 or 1.
  case sign
}

/// Element-by-element loops over one row; a step of 0 repeats one number, as broadcasting does.
public enum ElementwiseKernels {
  /// z[i] ← x[i·xStep] ∘ y[i·yStep].
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func apply<Element: BinaryFloatingPoint>(
    _ operation: BinaryOperation, _ count: Int, _ x: UnsafePointer<Element>, step xStep: Int,
    _ y: UnsafePointer<Element>, step yStep: Int, _ z: UnsafeMutablePointer<Element>
  ) {
    switch operation {
    case .add: row(count, x, xStep, y, yStep, z) { $0 + $1 }
    case .subtract: row(count, x, xStep, y, yStep, z) { $0 - $1 }
    case .multiply: row(count, x, xStep, y, yStep, z) { $0 * $1 }
    case .divide: row(count, x, xStep, y, yStep, z) { $0 / $1 }
    case .power: row(count, x, xStep, y, yStep, z) { Element(pow(Double($0), Double($1))) }
    case .minimum: row(count, x, xStep, y, yStep, z) { $0 < $1 || $0 != $0 ? $0 : $1 }
    case .maximum: row(count, x, xStep, y, yStep, z) { $0 > $1 || $0 != $0 ? $0 : $1 }
    case .less: row(count, x, xStep, y, yStep, z) { $0 < $1 ? 1 : 0 }
    case .lessOrEqual: row(count, x, xStep, y, yStep, z) { $0 <= $1 ? 1 : 0 }
    case .equal: row(count, x, xStep, y, yStep, z) { $0 == $1 ? 1 : 0 }
    }
  }

  /// z[i] ← f(x[i]).
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func apply<Element: BinaryFloatingPoint>(
    _ operation: UnaryOperation, _ count: Int, _ x: UnsafePointer<Element>,
    _ z: UnsafeMutablePointer<Element>
  ) {
    switch operation {
    case .abs: for i in 0..<count { z[i] = x[i].magnitude }
    case .sqrt: for i in 0..<count { z[i] = x[i].squareRoot() }
    case .exp: for i in 0..<count { z[i] = Element(exp(Double(x[i]))) }
    case .log: for i in 0..<count { z[i] = Element(log(Double(x[i]))) }
    case .sin: for i in 0..<count { z[i] = Element(sin(Double(x[i]))) }
    case .cos: for i in 0..<count { z[i] = Element(cos(Double(x[i]))) }
    case .tanh: for i in 0..<count { z[i] = Element(tanh(Double(x[i]))) }
    case .floor: for i in 0..<count { z[i] = x[i].rounded(.down) }
    case .ceil: for i in 0..<count { z[i] = x[i].rounded(.up) }
    case .round: for i in 0..<count { z[i] = x[i].rounded(.toNearestOrEven) }
    case .sign: for i in 0..<count { z[i] = x[i] > 0 ? 1 : x[i] < 0 ? -1 : x[i] }
    }
  }

  /// z[i] ← x[i] between two bounds; NaN stays.
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func clamp<Element: BinaryFloatingPoint>(
    _ count: Int, _ x: UnsafePointer<Element>, _ lower: Element, _ upper: Element,
    _ z: UnsafeMutablePointer<Element>
  ) {
    for i in 0..<count { z[i] = x[i] < lower ? lower : x[i] > upper ? upper : x[i] }
  }

  /// z[i·zStep] ← x[i·xStep].
  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  public static func copy<Element: BinaryFloatingPoint>(
    _ count: Int, _ x: UnsafePointer<Element>, step xStep: Int,
    _ z: UnsafeMutablePointer<Element>, step zStep: Int
  ) {
    if xStep == 1 && zStep == 1 {
      z.update(from: x, count: count)
    } else {
      for i in 0..<count { z[i * zStep] = x[i * xStep] }
    }
  }

  @inline(__always)
  private static func row<Element: BinaryFloatingPoint>(
    _ count: Int, _ x: UnsafePointer<Element>, _ xStep: Int, _ y: UnsafePointer<Element>,
    _ yStep: Int, _ z: UnsafeMutablePointer<Element>, _ body: (Element, Element) -> Element
  ) {
    // The first three are vectorised; the last is for transposed operands.
    switch (xStep, yStep) {
    case (1, 1):
      for i in 0..<count { z[i] = body(x[i], y[i]) }
    case (1, 0):
      let b = y[0]
      for i in 0..<count { z[i] = body(x[i], b) }
    case (0, 1):
      let a = x[0]
      for i in 0..<count { z[i] = body(a, y[i]) }
    default:
      for i in 0..<count { z[i] = body(x[i * xStep], y[i * yStep]) }
    }
  }
}
