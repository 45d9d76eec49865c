import Tensors
import Testing

@Suite struct RandomSourceTests {
  typealias Words = (UInt32, UInt32, UInt32, UInt32)

  @Test func philoxGivesThePublishedWords() {
    let ones = UInt32.max
    let zero = Philox.block(counter: (0, 0, 0, 0), key: (0, 0))
    #expect(zero == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8) as Words)
    let full = Philox.block(counter: (ones, ones, ones, ones), key: (ones, ones))
    #expect(full == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd) as Words)
    let pi = Philox.block(
      counter: (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
      key: (0xa409_3822, 0x299f_31d0))
    #expect(pi == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1) as Words)
  }

  @Test func sourcesOfOneKeyAgreeAndOthersDiffer() {
    var a = RandomSource(seed: 7, stream: 3)
    var b = RandomSource(seed: 7, stream: 3)
    var c = RandomSource(seed: 7, stream: 4)
    let words = (0..<64).map { _ in a.next() }
    #expect(words == (0..<64).map { _ in b.next() })
    #expect(Set(words).isDisjoint(with: (0..<64).map { _ in c.next() }))
  }

  @Test func substreamsDependOnTheIndexOnly() {
    var used = RandomSource(seed: 1)
    let fresh = used.substream(5)
    _ = used.next()
    #expect(used.substream(5) == fresh)
    var firsts: Set<UInt64> = []
    for index in -500..<500 {
      var source = used.substream(index)
      firsts.insert(source.next())
    }
    #expect(firsts.count == 1000)
  }

  @Test func uniformNumbersHaveTheirMoments() {
    var source = RandomSource(seed: 11)
    let x = (0..<200_000).map { _ in source.uniform() }
    #expect(x.allSatisfy { $0 >= 0 && $0 < 1 })
    let (mean, variance) = moments(x)
    #expect(abs(mean - 0.5) < 0.003)
    #expect(abs(variance - 1 / 12.0) < 0.001)
  }

  @Test func normalNumbersHaveTheirMoments() {
    var source = RandomSource(seed: 12)
    let x = (0..<400_000).map { _ in source.normal() }
    let (mean, variance) = moments(x)
    #expect(abs(mean) < 0.007)
    #expect(abs(variance - 1) < 0.01)
    let third = x.reduce(0) { $0 + $1 * $1 * $1 } / Double(x.count)
    let fourth = x.reduce(0) { $0 + $1 * $1 * $1 * $1 } / Double(x.count)
    #expect(abs(third) < 0.03)
    #expect(abs(fourth - 3) < 0.08)
    let beyond = Double(x.count { abs($0) > 1.959963984540054 }) / Double(x.count)
    #expect(abs(beyond - 0.05) < 0.002)
  }

  @Test func fillsEqualSuccessiveDraws() {
    var one = RandomSource(seed: 3)
    var other = one
    let drawn = (0..<35).map { _ in one.normal() }
    let first = Tensor(normal: [7], from: &other)
    let rest = Tensor(normal: [4, 7], from: &other)
    #expect(first.elements + rest.elements == drawn)
    #expect(one == other)
  }

  @Test func float32FillsAreRoundedFloat64Fills() {
    var one = RandomSource(seed: 4)
    var other = one
    let wide = Tensor(normal: [50], mean: 2, deviation: 3, from: &one)
    let narrow = Tensor(normal: [50], mean: 2, deviation: 3, .float32, from: &other)
    #expect(narrow.elements == wide.elements.map { Double(Float($0)) })
    let uniform = Tensor(uniform: [100_000], lower: -1, upper: 2, .float32, from: &one)
    #expect(uniform.elements.allSatisfy { $0 >= -1 && $0 < 2 })
  }

  @Test(arguments: [1, 2, 3, 7, 10, 1 << 40])
  func integersCoverTheirRangeEvenly(bound: Int) {
    var source = RandomSource(seed: 5)
    let draws = (0..<70_000).map { _ in source.integer(below: bound) }
    #expect(draws.allSatisfy { $0 >= 0 && $0 < bound })
    guard bound <= 10 else { return }
    for value in 0..<bound {
      let share = Double(draws.count { $0 == value }) * Double(bound) / 70_000
      #expect(abs(share - 1) < 0.06)
    }
  }

  @Test(arguments: [0, 0.3, 4, 9.99, 10, 25.5, 1e3, 1e6, 1e12])
  func poissonNumbersHaveTheirMoments(mean: Double) {
    var source = RandomSource(seed: 6)
    let count = 60_000
    let x = (0..<count).map { _ in Double(source.poisson(mean: mean)) }
    let found = moments(x)
    // Five standard errors of the mean and of the variance.
    #expect(abs(found.mean - mean) <= 5 * (mean / Double(count)).squareRoot())
    let spread = ((2 * mean * mean + mean) / Double(count)).squareRoot()
    #expect(abs(found.variance - mean) <= 5 * spread)
  }

  @Test(arguments: [3.0, 12.0])
  func poissonNumbersHaveTheirProbabilities(mean: Double) {
    var source = RandomSource(seed: 8)
    let count = 200_000
    var observed = [Int](repeating: 0, count: 60)
    for _ in 0..<count { observed[min(source.poisson(mean: mean), 59)] += 1 }
    var probability = 1.0
    for k in 0..<60 {
      probability = k == 0 ? power(e: -mean) : probability * mean / Double(k)
      let expected = probability * Double(count)
      #expect(abs(Double(observed[k]) - expected) <= 5 * expected.squareRoot() + 1)
    }
  }

  @Test func permutationsHoldEveryNumberOnceAndAreEven() {
    var source = RandomSource(seed: 9)
    #expect(source.permutation(100).sorted() == Array(0..<100))
    var counts: [[Int]: Int] = [:]
    for _ in 0..<24_000 { counts[source.permutation(4), default: 0] += 1 }
    #expect(counts.count == 24)
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 160 })
  }

  private func moments(_ x: [Double]) -> (mean: Double, variance: Double) {
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    return (mean, variance)
  }

  private func power(e exponent: Double) -> Double {
    (1...60).reversed().reduce(1.0) { 1 + $0 * exponent / Double($1) }
  }
}
