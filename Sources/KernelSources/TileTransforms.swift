// One-dimensional transforms for 4 responses of filters of 5 taps from 8 pixels, with the points 0, ±1,
// ±2, ±1/2 and ∞ (Lavin and Gray 2016, with Toom's and Cook's points): responses = Aᵀ (G f · Bᵀ d). A and B,
// their transposes, carry derivatives back. In two dimensions rows and columns are transformed in turn.

typealias Four = InlineArray<4, Vector32>
typealias Eight = InlineArray<8, Vector32>

enum TileTransforms {
  @inline(__always)
  private static func constant(_ value: Double) -> Vector32 { .constant(value) }

  /// Bᵀ d.
  @inline(__always)
  static func spectrum(_ d: Eight) -> Eight {
    var r = Eight(repeating: .zero)
    r[0] = (d[0] - d[6]).plus(d[4] - d[2], times: constant(5.25))
    r[7] = (d[7] - d[1]).plus(d[3] - d[5], times: constant(5.25))
    let even1 = (d[2] + d[6]).plus(d[4], times: constant(-4.25))
    let odd1 = (d[1] + d[5]).plus(d[3], times: constant(-4.25))
    r[1] = even1 + odd1
    r[2] = even1 - odd1
    let middle = constant(-2.5) * d[3]
    let even2 = d[6].plus(d[2], times: constant(0.25)).plus(d[4], times: constant(-1.25))
    let odd2 = middle.plus(d[1], times: constant(0.5)).plus(d[5], times: constant(2))
    r[3] = even2 + odd2
    r[4] = even2 - odd2
    let even3 = d[6].plus(d[2], times: constant(4)).plus(d[4], times: constant(-5))
    let odd3 = middle.plus(d[1], times: constant(2)).plus(d[5], times: constant(0.5))
    r[5] = even3 + odd3
    r[6] = even3 - odd3
    return r
  }

  /// B r.
  @inline(__always)
  static func pixels(_ r: Eight) -> Eight {
    var d = Eight(repeating: .zero)
    let (s1, m1) = (r[1] + r[2], r[1] - r[2])
    let (s2, m2) = (r[3] + r[4], r[3] - r[4])
    let (s3, m3) = (r[5] + r[6], r[5] - r[6])
    d[0] = r[0]
    d[1] = (m1 - r[7]).plus(m2, times: constant(0.5)).plus(m3, times: constant(2))
    d[2] = s1.plus(r[0], times: constant(-5.25)).plus(s2, times: constant(0.25))
      .plus(s3, times: constant(4))
    d[3] = (constant(5.25) * r[7]).plus(m1, times: constant(-4.25))
      .plus(m2 + m3, times: constant(-2.5))
    d[4] = (constant(5.25) * r[0]).plus(s1, times: constant(-4.25))
      .plus(s2, times: constant(-1.25)).plus(s3, times: constant(-5))
    d[5] = m1.plus(r[7], times: constant(-5.25)).plus(m2, times: constant(2))
      .plus(m3, times: constant(0.5))
    d[6] = (s1 + s2) + (s3 - r[0])
    d[7] = r[7]
    return d
  }

  /// Aᵀ m.
  @inline(__always)
  static func responses(_ m: Eight) -> Four {
    var t = Four(repeating: .zero)
    let (s1, d1) = (m[1] + m[2], m[1] - m[2])
    let (s2, d2) = (m[3] + m[4], m[3] - m[4])
    let (s3, d3) = (m[5] + m[6], m[5] - m[6])
    t[0] = (m[0] + s1) + (s2 + s3)
    t[1] = d1.plus(d2, times: constant(2)).plus(d3, times: constant(0.5))
    t[2] = s1.plus(s2, times: constant(4)).plus(s3, times: constant(0.25))
    t[3] = (d1 + m[7]).plus(d2, times: constant(8)).plus(d3, times: constant(0.125))
    return t
  }

  /// A t.
  @inline(__always)
  static func spread(_ t: Four) -> Eight {
    var m = Eight(repeating: .zero)
    m[0] = t[0]
    m[7] = t[3]
    let (even1, odd1) = (t[0] + t[2], t[1] + t[3])
    m[1] = even1 + odd1
    m[2] = even1 - odd1
    let even2 = t[0].plus(t[2], times: constant(4))
    let odd2 = (constant(2) * t[1]).plus(t[3], times: constant(8))
    m[3] = even2 + odd2
    m[4] = even2 - odd2
    let even3 = t[0].plus(t[2], times: constant(0.25))
    let odd3 = (constant(0.5) * t[1]).plus(t[3], times: constant(0.125))
    m[5] = even3 + odd3
    m[6] = even3 - odd3
    return m
  }
}
