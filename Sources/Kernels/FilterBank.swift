/// The 1-D potential φ of a ridge energy, with smoothing ν > 0.
public enum Potential: String, Sendable, CaseIterable {
  /// φ(t) = √(t² + ν²); φ″ ≤ 1/ν, Lipschitz constant of φ″ 0.85865/ν².
  case smoothedAbsolute = "smoothed_absolute"
  /// φ(t) = t²/(2ν) for |t| ≤ ν, |t| − ν/2 beyond; φ″ jumps, so it has no Lipschitz constant.
  case huber
  /// φ(t) = ν log cosh(t/ν); φ″ ≤ 1/ν, Lipschitz constant of φ″ 0.7698/ν².
  case logCosh = "log_cosh"
}

/// What a convolution sees outside of the image.
public enum Boundary: String, Sendable, CaseIterable {
  /// Zeros.
  case zero
  /// The image mirrored about its border pixels' centres (… 2 1 0 1 2 …), as NumPy's `reflect`.
  case reflect
  /// The image repeated.
  case periodic
}
