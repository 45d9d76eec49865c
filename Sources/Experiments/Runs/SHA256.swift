/// The digest of FIPS 180-4 with 256 bits.
public enum SHA256 {
  /// The digest of bytes in 64 hexadecimal digits.
  public static func hexadecimal(of bytes: some Collection<UInt8>) -> String {
    digest(of: bytes).map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }.joined()
  }

  /// The 32 bytes of the digest.
  public static func digest(of bytes: some Collection<UInt8>) -> [UInt8] {
    var message = Array(bytes)
    let bitCount = UInt64(message.count) * 8
    message.append(0x80)
    message += repeatElement(0, count: (120 - message.count % 64) % 64)
    message += (0..<8).map { UInt8(truncatingIfNeeded: bitCount >> (56 - 8 * UInt64($0))) }
    var state = initial
    for block in stride(from: 0, to: message.count, by: 64) {
      absorb(message[block..<block + 64], into: &state)
    }
    return state.flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) }
    }
  }

  private static func absorb(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
    var words = (0..<16).map { index in
      (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(block[block.startIndex + 4 * index + $1]) }
    }
    for index in 16..<64 {
      let (early, late) = (words[index - 15], words[index - 2])
      let first = rotated(early, 7) ^ rotated(early, 18) ^ early >> 3
      let second = rotated(late, 17) ^ rotated(late, 19) ^ late >> 10
      words.append(words[index - 16] &+ first &+ words[index - 7] &+ second)
    }
    var v = state
    for index in 0..<64 {
      let choice = v[4] & v[5] ^ ~v[4] & v[6]
      let majority = v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2]
      let upper = rotated(v[4], 6) ^ rotated(v[4], 11) ^ rotated(v[4], 25)
      let lower = rotated(v[0], 2) ^ rotated(v[0], 13) ^ rotated(v[0], 22)
      let first = v[7] &+ upper &+ choice &+ constants[index] &+ words[index]
      v[3] &+= first
      v.removeLast()
      v.insert(first &+ lower &+ majority, at: 0)
    }
    for index in 0..<8 { state[index] &+= v[index] }
  }

  private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
  }

  private static let initial: [UInt32] = primes.prefix(8).map { fraction($0, root: 2) }
  private static let constants: [UInt32] = primes.map { fraction($0, root: 3) }

  private static let primes: [UInt64] = (2...311).filter { candidate in
    !(2..<candidate).contains { candidate % $0 == 0 }
  }

  /// The first 32 bits of the fraction of a prime's square or cube root.
  private static func fraction(_ prime: UInt64, root: Int) -> UInt32 {
    // The root times 2³²; those of 311 are below 20.
    var (low, high) = (UInt64(0), UInt64(20) << 32)
    while high - low > 1 {
      let middle = (low + high) / 2
      if power(middle, root, isAtMost: prime) { low = middle } else { high = middle }
    }
    return UInt32(truncatingIfNeeded: low)
  }

  /// Whether (value / 2³²)^exponent ≤ bound, without rounding.
  private static func power(_ value: UInt64, _ exponent: Int, isAtMost bound: UInt64) -> Bool {
    var product = UInt128(1)
    for _ in 0..<exponent { product *= UInt128(value) }
    return product <= UInt128(bound) << (32 * UInt128(exponent))
  }
}
