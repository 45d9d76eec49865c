#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Notices that a gradient norm no longer falls.
///
/// An accelerated method halves ‖∇g‖ within (2/√q) ln(2√2 q^(−3/2)) iterations, q = μ/L (from its linear
/// rate and μ‖x − x̂‖ ≤ ‖∇g(x)‖ ≤ L‖x − x̂‖); gradient descent within (1/q) ln(2/q). No halving of the best
/// norm seen within that window means that the precision's floor is reached.
struct Stagnation {
  /// Windows shorter than this would react to chance.
  static let shortestWindow = 20.0
  /// Windows longer than this are of no use next to an iteration limit.
  static let longestWindow = 1e9

  private let window: Int
  private var reference = Double.infinity
  private var age = 0

  init(accelerated q: Double) {
    self.init(window: 2 / q.squareRoot() * log(8.squareRoot() / (q * q.squareRoot())))
  }

  init(gradientDescent q: Double) {
    self.init(window: log(2 / q) / q)
  }

  private init(window: Double) {
    self.window = Int(min(max(window, Self.shortestWindow), Self.longestWindow))
  }

  /// Takes the norm of one more iteration; true if the window passed without a halving.
  mutating func notices(_ norm: Double) -> Bool {
    age += 1
    if norm <= reference / 2 {
      reference = norm
      age = 0
    }
    return age > window
  }

  /// Starts a new window.
  mutating func reset() {
    reference = .infinity
    age = 0
  }
}
