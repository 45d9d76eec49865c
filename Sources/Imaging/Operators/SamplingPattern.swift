import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Which frequencies are measured: patterns of magnetic resonance imaging.
public enum SamplingPattern: String, Sendable, CaseIterable {
  /// Whole lines along the second axis: a band in the middle, others at random, denser near it.
  case cartesian
  /// Lines through the zero frequency at equal angles.
  case radial
  /// Single frequencies at random, denser near the zero frequency.
  case variableDensity = "variable_density"

  /// How a pattern is drawn.
  struct Settings: Sendable, Hashable {
    /// One of so many frequencies is measured.
    var acceleration = 4.0
    /// The exponent p of the density (1 − r)^p, r the distance from the zero frequency, at most 1.
    var power = 3.0
    /// The share of lines, or of the radius, that is measured fully in the middle.
    var centre = 0.08
    /// Lines through the middle; from the acceleration when nil.
    var lines: Int?
    var seed = 0
  }

  /// 1 for each frequency that is measured, else 0; {height, width}, zero frequency first.
  func mask(height: Int, width: Int, _ settings: Settings) -> [Double] {
    switch self {
    case .cartesian:
      let lines = Self.chosen(
        (0..<height).map { Self.distance($0, height) }, settings)
      return (0..<height * width).map { lines[$0 / width] }
    case .variableDensity:
      let distances = (0..<height * width).map { i in
        hypot(Self.distance(i / width, height), Self.distance(i % width, width)) / 2.0.squareRoot()
      }
      return Self.chosen(distances, settings)
    case .radial:
      return Self.spokes(height, width, settings)
    }
  }

  /// |k|/(n/2) for the frequency k, at most 1.
  private static func distance(_ k: Int, _ n: Int) -> Double {
    n < 2 ? 0 : Double(min(k, n - k)) / (0.5 * Double(n))
  }

  /// The nearest ones, and of the others as many as are left, without repetition, by weights.
  ///
  /// Those of the largest log(u)/w, u uniform (Efraimidis and Spirakis 2006).
  private static func chosen(_ distances: [Double], _ settings: Settings) -> [Double] {
    let total = max(1, Int((Double(distances.count) / settings.acceleration).rounded()))
    var random = RandomSource(seed: settings.seed, .sampling, index: 0)
    let keys = distances.map { r -> Double in
      let u = 1 - random.uniform()
      if r <= settings.centre || r == 0 { return 2 - r }
      let weight = max(pow(max(1 - r, 0), settings.power), 1e-6)
      return log(u) / weight
    }
    let order = keys.indices.sorted { (keys[$0], $1) > (keys[$1], $0) }
    var mask = distances.map { _ in 0.0 }
    for index in order.prefix(total) { mask[index] = 1 }
    return mask
  }

  /// Lines at the angles πi/n, two samples a frequency.
  private static func spokes(_ height: Int, _ width: Int, _ settings: Settings) -> [Double] {
    let extent = Double(max(height, width))
    let count =
      settings.lines ?? max(1, Int((.pi / 2 * extent / settings.acceleration / 2).rounded()))
    var mask = [Double](repeating: 0, count: height * width)
    for line in 0..<count {
      let angle = Double.pi * Double(line) / Double(count)
      for step in -Int(extent)...Int(extent) {
        let radius = 0.5 * Double(step)
        let u = Int((radius * sin(angle) * Double(height) / extent).rounded())
        let v = Int((radius * cos(angle) * Double(width) / extent).rounded())
        guard abs(2 * u) <= height, abs(2 * v) <= width else { continue }
        mask[(u + height) % height * width + (v + width) % width] = 1
      }
    }
    return mask
  }
}
