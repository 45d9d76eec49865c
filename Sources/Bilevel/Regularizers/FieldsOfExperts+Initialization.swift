import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension FieldsOfExperts {
  /// Filters by `initialization`, equal weights and smoothing.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    var theta = Parameters(zeros: layout)
    var random = random
    let taps = channels * size * size
    let atoms = initialization == .dct ? Self.cosineAtoms(size: size, channels: channels) : []
    for k in 0..<filters {
      let filter = k < atoms.count ? atoms[k] : randomFilter(taps, &random)
      let scaled = filter.map { initialFilterNorm * $0 }
      theta.values.replaceSubrange(k * taps..<(k + 1) * taps, with: scaled)
    }
    let weights = filters * taps
    let scale = log(initialFilterNorm)
    for k in 0..<filters {
      theta.values[weights + k] = (initialLogWeight ?? defaultLogWeight) - scale
      theta.values[weights + filters + k] = initialLogSmoothing + scale
    }
    return theta
  }

  /// Zero mean, norm about 1.
  private func randomFilter(_ taps: Int, _ random: inout RandomSource) -> [Double] {
    let deviation = 1 / Double(taps).squareRoot()
    let drawn = Tensor(normal: [taps], deviation: deviation, from: &random).elements
    let mean = drawn.reduce(0, +) / Double(taps)
    return drawn.map { $0 - mean }
  }

  /// The orthonormal atoms cos(π(2i+1)u/2s) cos(π(2j+1)v/2s) without u = v = 0, ordered by u² + v².
  static func cosineAtoms(size: Int, channels: Int) -> [[Double]] {
    let frequencies = (0..<size).flatMap { u in (0..<size).map { (u, $0) } }.dropFirst()
    let sorted = frequencies.sorted {
      let a = $0.0 * $0.0 + $0.1 * $0.1
      let b = $1.0 * $1.0 + $1.1 * $1.1
      return (a, $0.0) < (b, $1.0)
    }
    func wave(_ frequency: Int, _ i: Int) -> Double {
      let scale = (frequency == 0 ? 1 : 2) / Double(size)
      return scale.squareRoot()
        * cos(.pi * Double(2 * i + 1) * Double(frequency) / Double(2 * size))
    }
    let share = 1 / Double(channels).squareRoot()
    return sorted.map { u, v in
      (0..<channels).flatMap { _ in
        (0..<size).flatMap { i in (0..<size).map { j in share * wave(u, i) * wave(v, j) } }
      }
    }
  }
}
