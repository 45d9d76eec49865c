import KernelInterface

/// Complex numbers, one in each lane.
struct ComplexVector<V: SIMD> where V.Scalar: Real {
  var real: V
  var imaginary: V

  @inline(__always)
  init(_ real: V, _ imaginary: V) {
    self.real = real
    self.imaginary = imaginary
  }

  @inline(__always)
  static func + (a: Self, b: Self) -> Self { Self(a.real + b.real, a.imaginary + b.imaginary) }
  @inline(__always)
  static func - (a: Self, b: Self) -> Self { Self(a.real - b.real, a.imaginary - b.imaginary) }

  /// self + t · other for a real number t.
  @inline(__always)
  func plus(_ other: Self, times t: Double) -> Self {
    let t = V.constant(t)
    return Self(real.plus(other.real, times: t), imaginary.plus(other.imaginary, times: t))
  }

  /// t · self.
  @inline(__always)
  func scaled(_ t: Double) -> Self { Self(real * V.constant(t), imaginary * V.constant(t)) }

  /// self − i · other.
  @inline(__always)
  func minusTurned(_ other: Self) -> Self {
    Self(real + other.imaginary, imaginary - other.real)
  }

  /// self + i · other.
  @inline(__always)
  func plusTurned(_ other: Self) -> Self {
    Self(real - other.imaginary, imaginary + other.real)
  }
}

/// Where one butterfly reads and writes.
struct FourierPorts<V: SIMD> where V.Scalar: Real {
  typealias Element = V.Scalar
  private var sourceReal: UnsafePointer<Element>
  private var sourceImaginary: UnsafePointer<Element>
  private var targetReal: UnsafeMutablePointer<Element>
  private var targetImaginary: UnsafeMutablePointer<Element>
  private let sourceStep: Int
  private let targetStep: Int
  private let twiddles: UnsafePointer<Element>

  @inline(__always)
  init(_ task: FourierStage, group p: Int, row t: Int) {
    let source = (t + task.run * p) * task.sourceStride
    let target = (t + task.run * task.radix * p) * task.targetStride
    sourceReal = task.sourceReal.assumingMemoryBound(to: Element.self) + source
    sourceImaginary = task.sourceImaginary.assumingMemoryBound(to: Element.self) + source
    targetReal = task.targetReal.assumingMemoryBound(to: Element.self) + target
    targetImaginary = task.targetImaginary.assumingMemoryBound(to: Element.self) + target
    sourceStep = task.run * task.groups * task.sourceStride
    targetStep = task.run * task.targetStride
    twiddles = task.twiddles.assumingMemoryBound(to: Element.self) + 2 * p * (task.radix - 1)
  }

  @inline(__always)
  mutating func advance() {
    sourceReal += V.scalarCount
    sourceImaginary += V.scalarCount
    targetReal += V.scalarCount
    targetImaginary += V.scalarCount
  }

  @inline(__always)
  subscript(j: Int) -> ComplexVector<V> {
    ComplexVector(load(sourceReal + j * sourceStep), load(sourceImaginary + j * sourceStep))
  }

  /// Writes the k-th result, times its twiddle factor unless that is 1.
  @inline(__always)
  func write(_ k: Int, _ z: ComplexVector<V>, isPlain: Bool) {
    let (real, imaginary) = (targetReal + k * targetStep, targetImaginary + k * targetStep)
    if isPlain || k == 0 {
      store(z.real, to: real)
      store(z.imaginary, to: imaginary)
      return
    }
    let c = V(repeating: twiddles[2 * k - 2])
    let s = V(repeating: twiddles[2 * k - 1])
    store((z.real * c).minus(z.imaginary, times: s), to: real)
    store((z.real * s).plus(z.imaginary, times: c), to: imaginary)
  }
}

/// A Fourier transform of a few points.
protocol Butterfly {
  associatedtype V: SIMD where V.Scalar: Real
  static func apply(_ ports: FourierPorts<V>, isPlain: Bool)
}

enum Butterfly2<V: SIMD>: Butterfly where V.Scalar: Real {
  @inline(__always)
  static func apply(_ ports: FourierPorts<V>, isPlain: Bool) {
    let (a, b) = (ports[0], ports[1])
    ports.write(0, a + b, isPlain: isPlain)
    ports.write(1, a - b, isPlain: isPlain)
  }
}

enum Butterfly3<V: SIMD>: Butterfly where V.Scalar: Real {
  @inline(__always)
  static func apply(_ ports: FourierPorts<V>, isPlain: Bool) {
    let (x, a, b) = (ports[0], ports[1], ports[2])
    let sum = a + b
    let middle = x.plus(sum, times: -0.5)
    let side = (a - b).scaled(0.866025403784438646763723170752936183)
    ports.write(0, x + sum, isPlain: isPlain)
    ports.write(1, middle.minusTurned(side), isPlain: isPlain)
    ports.write(2, middle.plusTurned(side), isPlain: isPlain)
  }
}

enum Butterfly4<V: SIMD>: Butterfly where V.Scalar: Real {
  typealias Four = (
    ComplexVector<V>, ComplexVector<V>, ComplexVector<V>, ComplexVector<V>
  )

  @inline(__always)
  static func apply(_ ports: FourierPorts<V>, isPlain: Bool) {
    let y = transform((ports[0], ports[1], ports[2], ports[3]))
    ports.write(0, y.0, isPlain: isPlain)
    ports.write(1, y.1, isPlain: isPlain)
    ports.write(2, y.2, isPlain: isPlain)
    ports.write(3, y.3, isPlain: isPlain)
  }

  @inline(__always)
  static func transform(_ x: Four) -> Four {
    let (a, b) = (x.0 + x.2, x.0 - x.2)
    let (c, d) = (x.1 + x.3, x.1 - x.3)
    return (a + c, b.minusTurned(d), a - c, b.plusTurned(d))
  }
}

enum Butterfly8<V: SIMD>: Butterfly where V.Scalar: Real {
  private static var half: Double { 0.707106781186547524400844362104849039 }  // √½

  @inline(__always)
  static func apply(_ ports: FourierPorts<V>, isPlain: Bool) {
    let even = Butterfly4<V>.transform((ports[0], ports[2], ports[4], ports[6]))
    let odd = Butterfly4<V>.transform((ports[1], ports[3], ports[5], ports[7]))
    ports.write(0, even.0 + odd.0, isPlain: isPlain)
    ports.write(4, even.0 - odd.0, isPlain: isPlain)
    // exp(−πi/4) z = √½ ((x + y) + i (y − x)), exp(−3πi/4) z = √½ ((y − x) − i (x + y)).
    let first = ComplexVector(odd.1.real + odd.1.imaginary, odd.1.imaginary - odd.1.real)
    ports.write(1, even.1.plus(first, times: half), isPlain: isPlain)
    ports.write(5, even.1.plus(first, times: -half), isPlain: isPlain)
    ports.write(2, even.2.minusTurned(odd.2), isPlain: isPlain)
    ports.write(6, even.2.plusTurned(odd.2), isPlain: isPlain)
    let third = ComplexVector(odd.3.imaginary - odd.3.real, odd.3.real + odd.3.imaginary)
    ports.write(
      3,
      ComplexVector(
        even.3.real.plus(third.real, times: V.constant(half)),
        even.3.imaginary.plus(third.imaginary, times: V.constant(-half))), isPlain: isPlain)
    ports.write(
      7,
      ComplexVector(
        even.3.real.plus(third.real, times: V.constant(-half)),
        even.3.imaginary.plus(third.imaginary, times: V.constant(half))), isPlain: isPlain)
  }
}

// Odd lengths: with sums a_j and differences d_j of the points j and −j, the results k and −k are
// x₀ + Σ cos(2πjk/n) a_j ∓ i Σ sin(2πjk/n) d_j.

enum Butterfly5<V: SIMD>: Butterfly where V.Scalar: Real {
  private static var c1: Double { 0.309016994374947424102293417182819059 }
  private static var c2: Double { -0.809016994374947424102293417182819059 }
  private static var s1: Double { 0.951056516295153572116439333379382143 }
  private static var s2: Double { 0.587785252292473129168705954639072769 }

  @inline(__always)
  static func apply(_ ports: FourierPorts<V>, isPlain: Bool) {
    let x = ports[0]
    let (p, q, r, s) = (ports[1], ports[2], ports[3], ports[4])
    let (a1, a2, d1, d2) = (p + s, q + r, p - s, q - r)
    ports.write(0, x + a1 + a2, isPlain: isPlain)
    let m1 = x.plus(a1, times: c1).plus(a2, times: c2)
    let n1 = d1.scaled(s1).plus(d2, times: s2)
    ports.write(1, m1.minusTurned(n1), isPlain: isPlain)
    ports.write(4, m1.plusTurned(n1), isPlain: isPlain)
    let m2 = x.plus(a1, times: c2).plus(a2, times: c1)
    let n2 = d1.scaled(s2).plus(d2, times: -s1)
    ports.write(2, m2.minusTurned(n2), isPlain: isPlain)
    ports.write(3, m2.plusTurned(n2), isPlain: isPlain)
  }
}

enum Butterfly7<V: SIMD>: Butterfly where V.Scalar: Real {
  private static var c1: Double { 0.623489801858733530525004884004239810 }
  private static var c2: Double { -0.222520933956314404288902564496794760 }
  private static var c3: Double { -0.900968867902419126236102319507445051 }
  private static var s1: Double { 0.781831482468029808708444526674057750 }
  private static var s2: Double { 0.974927912181823607018131682993931217 }
  private static var s3: Double { 0.433883739117558120475768332848358754 }

  @inline(__always)
  static func apply(_ ports: FourierPorts<V>, isPlain: Bool) {
    let x = ports[0]
    let (a1, d1) = (ports[1] + ports[6], ports[1] - ports[6])
    let (a2, d2) = (ports[2] + ports[5], ports[2] - ports[5])
    let (a3, d3) = (ports[3] + ports[4], ports[3] - ports[4])
    ports.write(0, x + a1 + a2 + a3, isPlain: isPlain)
    let m1 = x.plus(a1, times: c1).plus(a2, times: c2).plus(a3, times: c3)
    let n1 = d1.scaled(s1).plus(d2, times: s2).plus(d3, times: s3)
    ports.write(1, m1.minusTurned(n1), isPlain: isPlain)
    ports.write(6, m1.plusTurned(n1), isPlain: isPlain)
    let m2 = x.plus(a1, times: c2).plus(a2, times: c3).plus(a3, times: c1)
    let n2 = d1.scaled(s2).plus(d2, times: -s3).plus(d3, times: -s1)
    ports.write(2, m2.minusTurned(n2), isPlain: isPlain)
    ports.write(5, m2.plusTurned(n2), isPlain: isPlain)
    let m3 = x.plus(a1, times: c3).plus(a2, times: c1).plus(a3, times: c2)
    let n3 = d1.scaled(s3).plus(d2, times: -s1).plus(d3, times: s2)
    ports.write(3, m3.minusTurned(n3), isPlain: isPlain)
    ports.write(4, m3.plusTurned(n3), isPlain: isPlain)
  }
}
