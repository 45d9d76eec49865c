/// An upper bound of max Σ g_i y_i over 0 ≤ y_i ≤ c_i, Σ y_i ≤ budget: the items of the largest gain are
/// taken first, the last one in part.
///
/// Items are counted in buckets by the leading bits of their gain, so that nothing is sorted or kept:
/// whole buckets enter exactly, and only the bucket that exhausts the budget is rounded up, to the
/// largest gain in it (by at most 1/8). One pass, constant memory.
struct BudgetedMaximum {
  private var gains = [Double](repeating: 0, count: buckets)  // Σ g_i c_i
  private var costs = [Double](repeating: 0, count: buckets)  // Σ c_i
  private var largest = [Double](repeating: 0, count: buckets)  // max g_i
  private var free = 0.0

  /// Eight buckets for each power of two in 2^±`exponents`; gains beyond go to the first or last.
  private static let exponents = 160
  private static let buckets = 2 * exponents * 8
  private static let bias = (1023 - exponents) * 8

  /// Adds an item of gain g per unit, at most `cap` units.
  @inline(__always)
  mutating func add(gain: Double, cap: Double) {
    if gain <= 0 || cap <= 0 { return }
    let bits = Int(truncatingIfNeeded: gain.bitPattern >> 49)  // sign 0, exponent, three bits
    let bucket = min(max(bits - Self.bias, 0), Self.buckets - 1)
    gains[bucket] += gain * cap
    costs[bucket] += cap
    largest[bucket] = max(largest[bucket], gain)
  }

  /// Adds what is gained without spending anything.
  mutating func add(free gain: Double) { free += gain }

  /// Adds the item of a function that changes by at most min(slope h, cap), h ≤ `reach`, seen through
  /// scale · (change)², where h costs price · h².
  @inline(__always)
  mutating func add(_ variation: LocalVariation, reach: Double, scale: Double, price: Double) {
    if !variation.slope.isFinite {
      free += scale * variation.cap * variation.cap
      return
    }
    if variation.slope == 0 { return }
    let h = min(reach, variation.cap / variation.slope)
    add(gain: scale * variation.slope * variation.slope / price, cap: price * h * h)
  }

  /// Adds the item of |⟨(F̄″ − F″) y, h⟩| for a convex F″ that varies as given, |h| ≤ `reach`, where the cost
  /// ⟨h, F̄″ h⟩ of h gains at most `ratio` |y| times itself: scale · |y| · min(ratio · cost, reach · change).
  @inline(__always)
  mutating func add(
    path variation: LocalVariation, reach: Double, scale: Double, ratio: Double, _ y: Double
  ) {
    let change = min(variation.cap, variation.slope * reach / 2)
    let largest = scale * y * reach * change
    let gain = ratio * y
    if gain.isFinite { add(gain: gain, cap: largest / gain) } else { add(free: largest) }
  }

  /// The maximum for the given budget, from above.
  func maximum(budget: Double) -> Double {
    var total = free
    var left = budget
    for bucket in stride(from: Self.buckets - 1, through: 0, by: -1) where costs[bucket] > 0 {
      if costs[bucket] > left { return total + min(gains[bucket], left * largest[bucket]) }
      total += gains[bucket]
      left -= costs[bucket]
    }
    return total
  }
}

/// |Σ_p Δ_p e_p| ≤ min(‖slope · e‖ ‖h‖, Σ cap |e|).
struct InnerProductVariation {
  private var slopes = 0.0  // ‖slope · e‖²
  private var caps = 0.0  // Σ cap |e|

  mutating func add(_ variation: LocalVariation, _ e: Double) {
    slopes += variation.slope * variation.slope * e * e
    caps += variation.cap * abs(e)
  }

  /// β² times the square of the inner product, where ‖h‖² costs price ‖h‖².
  func enter(_ maximum: inout BudgetedMaximum, _ beta: Double, _ price: Double) {
    let ceiling = beta * beta * caps * caps
    if !(slopes.isFinite) {
      maximum.add(free: ceiling)
    } else if slopes > 0 {
      let gain = beta * beta * slopes / price
      maximum.add(gain: gain, cap: ceiling / gain)
    }
  }

  /// The square of β times the inner product at most, alone with a budget of price ‖h‖².
  func maximum(_ beta: Double, _ price: Double, _ budget: Double) -> Double {
    beta * beta * min(slopes * budget / price, caps * caps)
  }
}
