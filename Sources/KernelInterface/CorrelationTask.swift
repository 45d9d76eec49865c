/// A cross-correlation of one plane with one kernel, or its derivative by the kernel.
public struct CorrelationTask {
  /// Rows of the result.
  public var height: Int
  /// Columns of the result.
  public var width: Int
  /// Rows of the kernel.
  public var rows: Int
  /// Columns of the kernel.
  public var columns: Int
  /// The plane, of at least (height + rows − 1) × (width + columns − 1) elements and room for one more
  /// vector after the last row.
  public var plane: UnsafeRawPointer
  /// Elements from one row of the plane to the next.
  public var planeStride: Int
  /// The kernel, rows × columns.
  public var kernel: UnsafeRawPointer
  /// The result, or what is correlated with the plane for the derivative.
  public var result: UnsafeMutableRawPointer
  /// Elements from one row of the result to the next.
  public var resultStride: Int
  /// Room for one vector.
  public var scratch: UnsafeMutableRawPointer
  /// The derivative, rows × columns, to which is added.
  public var derivative: UnsafeMutablePointer<Double>

  /// Everything at once.
  public init(
    height: Int, width: Int, rows: Int, columns: Int, plane: UnsafeRawPointer, planeStride: Int,
    kernel: UnsafeRawPointer, result: UnsafeMutableRawPointer, resultStride: Int,
    scratch: UnsafeMutableRawPointer, derivative: UnsafeMutablePointer<Double>
  ) {
    self.height = height
    self.width = width
    self.rows = rows
    self.columns = columns
    self.plane = plane
    self.planeStride = planeStride
    self.kernel = kernel
    self.result = result
    self.resultStride = resultStride
    self.scratch = scratch
    self.derivative = derivative
  }
}

/// Correlations of planes in one variant.
public struct CorrelationEntries: Sendable {
  /// Runs one task; the element type is the name's.
  public typealias Entry = @Sendable (UnsafePointer<CorrelationTask>) -> Void
  /// result[i, j] ← Σ kernel[a, b] plane[i + a, j + b], Float32.
  public var single: Entry
  /// The same, Float64.
  public var double: Entry
  /// derivative[a, b] ← derivative[a, b] + Σ result[i, j] plane[i + a, j + b], Float32.
  public var derivativeSingle: Entry
  /// The same, Float64.
  public var derivativeDouble: Entry

  /// Entries of one variant.
  public init(
    single: @escaping Entry, double: @escaping Entry, derivativeSingle: @escaping Entry,
    derivativeDouble: @escaping Entry
  ) {
    self.single = single
    self.double = double
    self.derivativeSingle = derivativeSingle
    self.derivativeDouble = derivativeDouble
  }
}
