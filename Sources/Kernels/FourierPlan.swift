import KernelInterface

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How transforms of one length are done; immutable, shared by all workers.
///
/// Lengths with no prime factor above 7 go by Stockham's algorithm in stages of radix 8, 7, 5, 4, 3 and
/// 2, about 5 n log₂ n operations for each column. Other lengths n go by Bluestein's: a convolution with
/// the chirp exp(πi j²/n), of a length m ≥ 2n − 1 of the first kind.
final class FourierPlan: Sendable {
  /// Points of a transform.
  let length: Int
  /// The stages of the transform, or of the convolution where there is a chirp.
  let stages: [Stage]
  /// Length of the stages' transform.
  let innerLength: Int
  /// What else a length with large prime factors needs.
  let chirp: Chirp?
  private let twiddles: Memory

  struct Stage: Sendable {
    let radix: Int
    let groups: Int
    let run: Int
    /// Where its twiddle factors are, in bytes.
    let offset: Int
  }

  /// exp(−πi j²/n), and the transform of the conjugate chirp over m.
  struct Chirp: Sendable {
    let real: Memory
    let imaginary: Memory
    let symbolReal: Memory
    let symbolImaginary: Memory
  }

  /// The plan for one length and element type.
  convenience init(length: Int, singlePrecision: Bool) {
    precondition(length > 0, "A transform has a point.")
    if let radices = Self.radices(of: length) {
      self.init(length: length, radices: radices, inner: length, singlePrecision, chirp: nil)
      return
    }
    let inner = Self.smoothLength(atLeast: 2 * length - 1)
    self.init(
      length: length, radices: Self.radices(of: inner) ?? [], inner: inner, singlePrecision,
      chirp: Self.chirp(length, inner, singlePrecision))
  }

  private init(
    length: Int, radices: [Int], inner: Int, _ singlePrecision: Bool, chirp: Chirp?
  ) {
    self.length = length
    innerLength = inner
    self.chirp = chirp
    let stride = singlePrecision ? 4 : 8
    var (stages, angles): ([Stage], [(Int, Int)]) = ([], [])
    var (rest, run) = (inner, 1)
    for radix in radices {
      let groups = rest / radix
      stages.append(
        Stage(radix: radix, groups: groups, run: run, offset: 2 * angles.count * stride))
      for p in 0..<groups { for k in 1..<radix { angles.append((p * k, rest)) } }
      (rest, run) = (groups, run * radix)
    }
    self.stages = stages
    twiddles = Memory(count: 2 * max(angles.count, 1), stride: stride)
    for (i, angle) in angles.enumerated() {
      let turn = Self.turn(angle.0, of: angle.1)
      twiddles.set(2 * i, turn.cosine, singlePrecision)
      twiddles.set(2 * i + 1, -turn.sine, singlePrecision)
    }
  }

  /// The twiddle factors of a stage.
  func twiddles(of stage: Stage) -> UnsafeRawPointer {
    UnsafeRawPointer(twiddles.start + stage.offset)
  }

  /// The radices of a length, largest first, or nil where it has a prime factor above 7.
  static func radices(of length: Int) -> [Int]? {
    var rest = length
    var radices: [Int] = []
    for radix in [8, 7, 5, 3] {
      while rest % radix == 0 {
        radices.append(radix)
        rest /= radix
      }
    }
    // What is left of a power of 2: 2, 4, or 16 as 4 · 4 in the place of 8 · 2.
    if rest == 2, let eight = radices.firstIndex(of: 8) {
      radices[eight] = 4
      radices.append(4)
      rest = 1
    }
    if rest == 2 || rest == 4 {
      radices.append(rest)
      rest = 1
    }
    return rest == 1 ? radices.sorted(by: >) : nil
  }

  /// The least length without prime factors above 7 that is at least `bound`.
  static func smoothLength(atLeast bound: Int) -> Int {
    var length = max(bound, 1)
    while true {
      var rest = length
      for prime in [2, 3, 5, 7] { while rest % prime == 0 { rest /= prime } }
      if rest == 1 { return length }
      length += 1
    }
  }

  /// cos and sin of 2π k/n, each to half a unit or so: the angle is brought below π/4 exactly.
  static func turn(_ k: Int, of n: Int) -> (cosine: Double, sine: Double) {
    let k = (k % n + n) % n
    let octant = 8 * k / n  // 0 … 7
    func small(_ numerator: Int) -> (Double, Double) {  // 2π numerator/(8n), at most π/4
      let angle = Double.pi / 4 * (Double(numerator) / Double(n))
      return (cos(angle), sin(angle))
    }
    switch octant {
    case 0:
      let (c, s) = small(8 * k)
      return (c, s)
    case 1:
      let (c, s) = small(2 * n - 8 * k)
      return (s, c)
    case 2:
      let (c, s) = small(8 * k - 2 * n)
      return (-s, c)
    case 3:
      let (c, s) = small(4 * n - 8 * k)
      return (-c, s)
    case 4:
      let (c, s) = small(8 * k - 4 * n)
      return (-c, -s)
    case 5:
      let (c, s) = small(6 * n - 8 * k)
      return (-s, -c)
    case 6:
      let (c, s) = small(8 * k - 6 * n)
      return (s, -c)
    default:
      let (c, s) = small(8 * n - 8 * k)
      return (c, -s)
    }
  }

  /// The chirp, and the transform of exp(πi j²/n), |j| < n, wrapped to m points and divided by m, by the
  /// plan of m itself in Float64.
  private static func chirp(_ length: Int, _ inner: Int, _ singlePrecision: Bool) -> Chirp {
    let turns = (0..<length).map { turn($0 * $0 % (2 * length), of: 2 * length) }
    let columns = FourierColumns(
      FourierPlan(length: inner, singlePrecision: false), singlePrecision: false)
    let (real, imaginary) = (Memory(count: inner, stride: 8), Memory(count: inner, stride: 8))
    for (j, turn) in turns.enumerated() {
      for place in [j, (inner - j) % inner] {
        real.doubles[place] = turn.cosine / Double(inner)
        imaginary.doubles[place] = turn.sine / Double(inner)
      }
    }
    let plane = FourierColumns.Plane(real: real.start, imaginary: imaginary.start, stride: 1)
    columns.run(from: plane, to: plane, columns: 1)
    func converted(_ count: Int, _ value: (Int) -> Double) -> Memory {
      let memory = Memory(count: count, stride: singlePrecision ? 4 : 8)
      for i in 0..<count { memory.set(i, value(i), singlePrecision) }
      return memory
    }
    return Chirp(
      real: converted(length) { turns[$0].cosine },
      imaginary: converted(length) { -turns[$0].sine },
      symbolReal: converted(inner) { real.doubles[$0] },
      symbolImaginary: converted(inner) { imaginary.doubles[$0] })
  }
}

extension Memory {
  /// Stores a number as the i-th element.
  func set(_ i: Int, _ value: Double, _ singlePrecision: Bool) {
    if singlePrecision {
      start.assumingMemoryBound(to: Float.self)[i] = Float(value)
    } else {
      doubles[i] = value
    }
  }
}
