/// One stage of Fourier transforms of many columns side by side, real and imaginary parts apart
/// (Stockham's order, decimation in frequency).
///
/// With w = exp(−2πi/(radix · groups)) and rows of `columns` elements, for p < groups, t < run and
/// k < radix: target row t + run (radix p + k) = w^{pk} Σ_j exp(−2πi jk/radix) · source row
/// t + run (p + groups j).
public struct FourierStage {
  /// 2, 3, 4, 5, 7 or 8.
  public var radix: Int
  /// Twiddle factors.
  public var groups: Int
  /// Rows that share a factor.
  public var run: Int
  /// Elements of a row: whole vectors.
  public var columns: Int
  /// Where the rows come from, real parts.
  public var sourceReal: UnsafeRawPointer
  /// The same, imaginary parts.
  public var sourceImaginary: UnsafeRawPointer
  /// Elements from one row to the next.
  public var sourceStride: Int
  /// Where the rows go, real parts.
  public var targetReal: UnsafeMutableRawPointer
  /// The same, imaginary parts.
  public var targetImaginary: UnsafeMutableRawPointer
  /// Elements from one row to the next.
  public var targetStride: Int
  /// w^{pk} for k = 1 … radix − 1, real and imaginary part, for each p.
  public var twiddles: UnsafeRawPointer

  /// Everything at once.
  public init(
    radix: Int, groups: Int, run: Int, columns: Int, sourceReal: UnsafeRawPointer,
    sourceImaginary: UnsafeRawPointer, sourceStride: Int, targetReal: UnsafeMutableRawPointer,
    targetImaginary: UnsafeMutableRawPointer, targetStride: Int, twiddles: UnsafeRawPointer
  ) {
    self.radix = radix
    self.groups = groups
    self.run = run
    self.columns = columns
    self.sourceReal = sourceReal
    self.sourceImaginary = sourceImaginary
    self.sourceStride = sourceStride
    self.targetReal = targetReal
    self.targetImaginary = targetImaginary
    self.targetStride = targetStride
    self.twiddles = twiddles
  }
}

/// A product of complex numbers, real and imaginary parts apart, row by row.
public struct FourierProduct {
  /// Rows.
  public var rows: Int
  /// Elements of a row; whole vectors are written, so that rows need room for them.
  public var columns: Int
  /// What is multiplied, in place: real parts.
  public var real: UnsafeMutableRawPointer
  /// The same, imaginary parts.
  public var imaginary: UnsafeMutableRawPointer
  /// Elements from one row to the next.
  public var stride: Int
  /// The factors' real parts: one for each element, or one for each row.
  public var factorReal: UnsafeRawPointer
  /// The factors' imaginary parts.
  public var factorImaginary: UnsafeRawPointer
  /// Whether the factors are one for each row.
  public var isByRow: Bool
  /// Whether the factors' conjugates are meant.
  public var isConjugate: Bool

  /// Everything at once.
  public init(
    rows: Int, columns: Int, real: UnsafeMutableRawPointer, imaginary: UnsafeMutableRawPointer,
    stride: Int, factorReal: UnsafeRawPointer, factorImaginary: UnsafeRawPointer,
    isByRow: Bool = false, isConjugate: Bool = false
  ) {
    self.rows = rows
    self.columns = columns
    self.real = real
    self.imaginary = imaginary
    self.stride = stride
    self.factorReal = factorReal
    self.factorImaginary = factorImaginary
    self.isByRow = isByRow
    self.isConjugate = isConjugate
  }
}

/// target[j, i] ← source[i, j] of one real plane.
public struct FourierTransposition {
  /// Rows of the source.
  public var rows: Int
  /// Columns of the source.
  public var columns: Int
  /// The source.
  public var source: UnsafeRawPointer
  /// Elements from one row of the source to the next.
  public var sourceStride: Int
  /// The target.
  public var target: UnsafeMutableRawPointer
  /// Elements from one row of the target to the next.
  public var targetStride: Int

  /// Everything at once.
  public init(
    rows: Int, columns: Int, source: UnsafeRawPointer, sourceStride: Int,
    target: UnsafeMutableRawPointer, targetStride: Int
  ) {
    self.rows = rows
    self.columns = columns
    self.source = source
    self.sourceStride = sourceStride
    self.target = target
    self.targetStride = targetStride
  }
}

/// Two real columns a, b as one complex column Z = FFT(a + ib), and their transforms A and B apart.
///
/// Z has all `rows` frequencies, A and B the first rows/2 + 1. Rows have room for whole vectors.
public struct FourierPairs {
  /// Frequencies of Z.
  public var rows: Int
  /// Pairs of columns.
  public var pairs: Int
  /// Z, real parts.
  public var pairReal: UnsafeMutableRawPointer
  /// Z, imaginary parts.
  public var pairImaginary: UnsafeMutableRawPointer
  /// Elements from one row of Z to the next.
  public var pairStride: Int
  /// A, with B `pairs` elements further on: real parts.
  public var halfReal: UnsafeMutableRawPointer
  /// The same, imaginary parts.
  public var halfImaginary: UnsafeMutableRawPointer
  /// Elements from one row of A and B to the next.
  public var halfStride: Int

  /// Everything at once.
  public init(
    rows: Int, pairs: Int, pairReal: UnsafeMutableRawPointer,
    pairImaginary: UnsafeMutableRawPointer, pairStride: Int, halfReal: UnsafeMutableRawPointer,
    halfImaginary: UnsafeMutableRawPointer, halfStride: Int
  ) {
    self.rows = rows
    self.pairs = pairs
    self.pairReal = pairReal
    self.pairImaginary = pairImaginary
    self.pairStride = pairStride
    self.halfReal = halfReal
    self.halfImaginary = halfImaginary
    self.halfStride = halfStride
  }
}

/// What Fourier transforms are made of, in one variant and element type.
public struct FourierEntries: Sendable {
  /// One stage.
  public var stage: @Sendable (UnsafePointer<FourierStage>) -> Void
  /// A product.
  public var product: @Sendable (UnsafePointer<FourierProduct>) -> Void
  /// A transposition.
  public var transpose: @Sendable (UnsafePointer<FourierTransposition>) -> Void
  /// A and B from Z.
  public var split: @Sendable (UnsafePointer<FourierPairs>) -> Void
  /// Z from A and B.
  public var merge: @Sendable (UnsafePointer<FourierPairs>) -> Void

  /// Entries of one variant.
  public init(
    stage: @escaping @Sendable (UnsafePointer<FourierStage>) -> Void,
    product: @escaping @Sendable (UnsafePointer<FourierProduct>) -> Void,
    transpose: @escaping @Sendable (UnsafePointer<FourierTransposition>) -> Void,
    split: @escaping @Sendable (UnsafePointer<FourierPairs>) -> Void,
    merge: @escaping @Sendable (UnsafePointer<FourierPairs>) -> Void
  ) {
    self.stage = stage
    self.product = product
    self.transpose = transpose
    self.split = split
    self.merge = merge
  }
}
