/// A stream of random numbers that is a function of its key: Philox 4x32-10, counter-based.
///
/// The key of Philox is `seed`; its counter is (position, `stream`). Two sources of equal seed and
/// stream give equal numbers, on every machine and in any order of use of other sources.
/// `substream(_:)` derives an independent source from an index, so that the noise of sample 7
/// depends on nothing but the seed and the 7.
public struct RandomSource: Sendable, Hashable, RandomNumberGenerator {
  /// The key.
  public let seed: UInt64
  /// Which of the 2⁶⁴ sequences of that key.
  public let stream: UInt64
  /// Number of 64-bit words drawn so far.
  public private(set) var position: UInt64 = 0
  private var oddWord: UInt64 = 0
  private var spareNormal: Double?

  /// The stream of the given key, at its start.
  public init(seed: UInt64, stream: UInt64 = 0) {
    self.seed = seed
    self.stream = stream
  }

  /// The stream of the given key behind so many words; a spare normal number is not remembered.
  public init(seed: UInt64, stream: UInt64, position: UInt64) {
    self.init(seed: seed, stream: stream)
    self.position = position
    guard position & 1 == 1 else { return }
    oddWord = Philox.block(counter: (position &>> 1, stream), key: seed).1
  }

  /// The source of `index`: a function of (seed, stream, index), not of the position here.
  public func substream(_ index: Int) -> RandomSource {
    // Another key than the one drawn with, so that derivation never repeats drawn numbers.
    let derivationKey = seed ^ 0x5375_6273_7472_6561
    let key = Philox.block(
      counter: (UInt64(bitPattern: Int64(index)), stream), key: derivationKey)
    return RandomSource(seed: key.0, stream: key.1)
  }

  /// 64 random bits.
  @inline(__always)
  public mutating func next() -> UInt64 {
    defer { position &+= 1 }
    if position & 1 == 1 { return oddWord }
    let words = Philox.block(counter: (position &>> 1, stream), key: seed)
    oddWord = words.1
    return words.0
  }

  /// A number uniform on [0, 1): a multiple of 2⁻⁵³.
  @inline(__always)
  public mutating func uniform() -> Double { Double(next() &>> 11) * 0x1p-53 }

  /// A number uniform on [lower, upper).
  public mutating func uniform(_ lower: Double, _ upper: Double) -> Double {
    // Rounding may reach the upper end, which the half-open interval excludes.
    min(lower + (upper - lower) * uniform(), max(lower, upper.nextDown))
  }

  /// An integer uniform on 0 ..< `bound`, without bias.
  ///
  /// Source: Lemire, "Fast random integer generation in an interval", 2019.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "The bound of a random integer must be positive.")
    let range = UInt64(bound)
    var product = next().multipliedFullWidth(by: range)
    if product.low < range {
      let excess = (0 &- range) % range
      while product.low < excess { product = next().multipliedFullWidth(by: range) }
    }
    return Int(product.high)
  }

  /// A standard normal number (Box & Muller 1958); two words give two numbers, one is kept.
  ///
  /// It uses no library function, so the bits are the same on every machine.
  public mutating func normal() -> Double {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    let pair = normalPair()
    spareNormal = pair.1
    return pair.0
  }

  /// Two standard normal numbers from the next two words.
  @inline(__always)
  mutating func normalPair() -> (Double, Double) {
    // 1 − u lies in (0, 1], where the logarithm is finite.
    let radius = (-2 * ElementaryFunctions.logarithm(1 - uniform())).squareRoot()
    let direction = ElementaryFunctions.cosineAndSine(turns: uniform())
    return (radius * direction.cosine, radius * direction.sine)
  }

  /// Fills a buffer with standard normals: the numbers that as many calls of `normal()` give.
  mutating func fillNormal(_ target: UnsafeMutablePointer<Double>, count: Int) {
    var i = 0
    if spareNormal != nil, count > 0 {
      target[0] = normal()
      i = 1
    }
    while i + 2 <= count {
      (target[i], target[i + 1]) = normalPair()
      i += 2
    }
    if i < count { target[i] = normal() }
  }

  /// The numbers 0 ..< `count` in random order (Fisher & Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    shuffled(Array(0..<count))
  }

  /// The elements in random order; unlike the standard library's, fixed by the seed for good.
  public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var result = elements
    for i in stride(from: result.count - 1, to: 0, by: -1) {
      result.swapAt(i, integer(below: i + 1))
    }
    return result
  }
}
