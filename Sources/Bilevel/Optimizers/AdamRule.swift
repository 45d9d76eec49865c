#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The direction of Adam, from running means of the gradient and of its squares.
///
///     m ← β₁ m + (1 − β₁) z,   s ← β₂ s + (1 − β₂) z²,
///     d = m̂/(√ŝ + c),   m̂ = m/(1 − β₁ᵗ),   ŝ = s/(1 − β₂ᵗ),   t = 1, 2, …
///
/// Source: Kingma & Ba, Adam: a method for stochastic optimization, 2015, algorithm 1.
public struct AdamRule: Sendable, Hashable {
  /// β₁ in [0, 1).
  public var beta1 = 0.9
  /// β₂ in [0, 1).
  public var beta2 = 0.999
  /// c > 0, which bounds steps where gradients vanish.
  public var stabilizer = 1e-8

  /// The values of the paper.
  public init() {}

  /// d, after the means in the state have taken z up; projections of θ leave them alone.
  func direction(_ z: [Double], _ state: inout UpperLevelState) -> [Double] {
    var moments = state.moments ?? AdamMoments(count: z.count)
    let t = Double(state.iteration + 1)
    let (first, second) = (1 - pow(beta1, t), 1 - pow(beta2, t))
    var d = z
    for i in z.indices {
      moments.mean[i] = beta1 * moments.mean[i] + (1 - beta1) * z[i]
      moments.square[i] = beta2 * moments.square[i] + (1 - beta2) * z[i] * z[i]
      d[i] = moments.mean[i] / first / ((moments.square[i] / second).squareRoot() + stabilizer)
    }
    state.moments = moments
    return d
  }
}

/// The running means of Adam.
public struct AdamMoments: Sendable, Hashable {
  /// m.
  public internal(set) var mean: [Double]
  /// s.
  public internal(set) var square: [Double]

  /// Both zero.
  init(count: Int) {
    mean = Array(repeating: 0, count: count)
    square = mean
  }
}

extension AdamMoments: ArchivedRecord {
  init(from archive: StateArchive) throws {
    mean = try archive.read("mean")
    square = try archive.read("square")
  }

  func write(to archive: inout StateArchive) {
    archive.write(mean, as: "mean")
    archive.write(square, as: "square")
  }
}
