import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension FieldsOfExperts {
  /// Filters by `initialization`, weights in proportion to their frequency, equal smoothing.
  public func initialParameters(_ random: RandomSource) -> Parameters {
    var theta = Parameters(zeros: layout)
    var random = random
    let taps = channels * size * size
    let atoms = initialization == .dct ? cosineAtoms() : []
    let drawn = (atoms.count..<max(filters, atoms.count)).map { _ in
      FilterAtom(taps: randomFilter(taps, &random), frequency: 1)
    }
    let all = Array((atoms + drawn).prefix(filters))
    let meanFrequency = all.reduce(0) { $0 + $1.frequency } / Double(filters)
    let weights = filters * taps
    let scale = log(initialFilterNorm)
    for (k, atom) in all.enumerated() {
      let scaled = atom.taps.map { initialFilterNorm * $0 }
      theta.values.replaceSubrange(k * taps..<(k + 1) * taps, with: scaled)
      theta.values[weights + k] =
        (initialLogWeight ?? defaultLogWeight) + log(atom.frequency / meanFrequency) - scale
      theta.values[weights + filters + k] = initialLogSmoothing + scale
    }
    return theta
  }

  /// A first filter of norm about 1, and its frequency relative to that of noise.
  struct FilterAtom {
    var taps: [Double]
    var frequency: Double
  }

  /// Zero mean, norm about 1.
  private func randomFilter(_ taps: Int, _ random: inout RandomSource) -> [Double] {
    let deviation = 1 / Double(taps).squareRoot()
    let drawn = Tensor(normal: [taps], deviation: deviation, from: &random).elements
    let mean = drawn.reduce(0, +) / Double(taps)
    return drawn.map { $0 - mean }
  }

  /// The complete cosine basis of the largest extent that the number of filters allows, in the middle
  /// of the filters, and after it the atoms of the full extent.
  ///
  /// A basis that lacks its high frequencies penalises no fine noise: 30 of the 48 atoms 7 × 7, in the
  /// order of frequency, start 3 dB below the 24 atoms 5 × 5.
  private func cosineAtoms() -> [FilterAtom] {
    let complete = stride(from: size, through: 3, by: -2).first { $0 * $0 - 1 <= filters }
    let small = complete.map { Self.cosineAtoms(extent: $0, size: size, channels: channels) } ?? []
    if complete == size { return small }
    return small + Self.cosineAtoms(extent: size, size: size, channels: channels)
  }

  /// The orthonormal atoms cos(π(2i+1)u/2s) cos(π(2j+1)v/2s) without u = v = 0, ordered by u² + v², in
  /// the middle of size × size taps.
  static func cosineAtoms(extent: Int, size: Int, channels: Int) -> [FilterAtom] {
    let frequencies = (0..<extent).flatMap { u in (0..<extent).map { (u, $0) } }.dropFirst()
    let sorted = frequencies.sorted {
      let a = $0.0 * $0.0 + $0.1 * $0.1
      let b = $1.0 * $1.0 + $1.1 * $1.1
      return (a, $0.0) < (b, $1.0)
    }
    let margin = (size - extent) / 2
    let share = 1 / Double(channels).squareRoot()
    func wave(_ frequency: Int, _ i: Int) -> Double {
      guard (0..<extent).contains(i - margin) else { return 0 }
      let scale = (frequency == 0 ? 1 : 2) / Double(extent)
      return scale.squareRoot()
        * cos(.pi * Double(2 * (i - margin) + 1) * Double(frequency) / Double(2 * extent))
    }
    return sorted.map { u, v in
      let plane = (0..<size).flatMap { i in
        (0..<size).map { j in share * wave(u, i) * wave(v, j) }
      }
      return FilterAtom(
        taps: (0..<channels).flatMap { _ in plane },
        frequency: Double(u * u + v * v).squareRoot() / Double(extent))
    }
  }
}
