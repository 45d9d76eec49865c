/// The block function of Philox 4x32-10: 128 bits of counter to 128 random bits under a 64-bit key.
///
/// Source: Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
public enum Philox {
  /// The random words of `counter` under `key`; 20 multiplications, no memory.
  @inlinable
  public static func block(
    counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var (c0, c1, c2, c3) = counter
    var (k0, k1) = key
    for _ in 0..<10 {
      let p0 = UInt64(c0) &* 0xD251_1F53
      let p1 = UInt64(c2) &* 0xCD9E_8D57
      (c0, c1, c2, c3) = (
        UInt32(truncatingIfNeeded: p1 &>> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 &>> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: p0)
      )
      // The golden ratio and √3 − 1 in 32 bits: the Weyl sequence of the key schedule.
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (c0, c1, c2, c3)
  }

  /// The same with counter, key and result in 64-bit words, low word first.
  @inlinable
  public static func block(counter: (UInt64, UInt64), key: UInt64) -> (UInt64, UInt64) {
    let words = block(
      counter: (low(counter.0), high(counter.0), low(counter.1), high(counter.1)),
      key: (low(key), high(key)))
    return (
      UInt64(words.1) &<< 32 | UInt64(words.0),
      UInt64(words.3) &<< 32 | UInt64(words.2)
    )
  }

  @inlinable static func low(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word) }
  @inlinable static func high(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word &>> 32) }
}
