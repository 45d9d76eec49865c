/// Multiply-adds in registers only: what the processor could do at best.
enum Peak {
  /// Enough to hide the latency of four cycles on two units, few enough for 16 registers.
  static let chains = 12

  static func single(_ rounds: Int) -> Double {
    Double(run(rounds, Vector32(repeating: 1e-3), Vector32(repeating: -0.5)))
  }

  static func double(_ rounds: Int) -> Double {
    run(rounds, Vector64(repeating: 1e-3), Vector64(repeating: -0.5))
  }

  /// a ← start + a b in every chain: the values converge to something normal.
  @inline(__always)
  private static func run<V: SIMD>(_ rounds: Int, _ start: V, _ factor: V) -> V.Scalar
  where V.Scalar: Real {
    var chain = InlineArray<12, V>(repeating: start)
    for _ in 0..<rounds {
      for i in 0..<12 { chain[i] = start.plus(chain[i], times: factor) }
    }
    var sum = V.zero
    for i in 0..<12 { sum += chain[i] }
    return sum[0]
  }
}
