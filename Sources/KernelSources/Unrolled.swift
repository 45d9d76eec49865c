/// A loop over 0 ..< N that is unrolled whatever its length, so that arrays it indexes are registers.
///
/// N is at most 13, the width of the widest filters.
enum Unrolled<let N: Int> {
  @inline(__always)
  static func each(_ body: (Int) -> Void) {
    if N > 0 { body(0) }
    if N > 1 { body(1) }
    if N > 2 { body(2) }
    if N > 3 { body(3) }
    if N > 4 { body(4) }
    if N > 5 { body(5) }
    if N > 6 { body(6) }
    if N > 7 { body(7) }
    if N > 8 { body(8) }
    if N > 9 { body(9) }
    if N > 10 { body(10) }
    if N > 11 { body(11) }
    if N > 12 { body(12) }
  }
}
