/// CRC-64 of bytes that come in pieces: whatever changes within 64 neighbouring bits changes it, so any
/// damaged byte does; other damage escapes it once in 2⁶⁴ cases.
///
/// Polynomial and bit order of ECMA-182, as in `.xz` files.
struct CyclicRedundancyCheck {
  private var remainder = ~UInt64(0)

  /// The check of what was added so far.
  var value: UInt64 { ~remainder }

  /// Adds what comes next.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var state = remainder
    Self.table.withUnsafeBufferPointer { table in
      for byte in bytes { state = table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ state >> 8 }
    }
    remainder = state
  }

  private static let polynomial: UInt64 = 0xC96C_5795_D787_0F42

  /// The remainders of single bytes.
  private static let table: [UInt64] = (0..<256).map { byte in
    (0..<8).reduce(UInt64(byte)) { state, _ in state >> 1 ^ (state & 1 == 1 ? polynomial : 0) }
  }
}
