/// One angle of a parallel-beam projection, or of its adjoint, over an image whose rows the rays cross.
///
/// Ray k meets row i at the column (offsets[i] + step · k)/2^shift, where the image is interpolated
/// linearly. Positions are whole numbers, so that projection and adjoint have the very same weights.
public struct ProjectionTask {
  /// Rows of the image.
  public var rows: Int
  /// Columns of the image.
  public var columns: Int
  /// The image, with a column of room on either side: zeros for a projection; an adjoint writes there.
  public var image: UnsafeMutableRawPointer
  /// Elements from one row to the next.
  public var stride: Int
  /// Rays.
  public var rays: Int
  /// What the rays carry.
  public var projection: UnsafeMutableRawPointer
  /// Where ray 0 meets each row.
  public var offsets: UnsafePointer<Int32>
  /// From one ray to the next, at least 2^shift.
  public var step: Int32
  /// Binary places.
  public var shift: Int32
  /// Length of a ray's way through a row.
  public var weight: Double

  /// Everything at once.
  public init(
    rows: Int, columns: Int, image: UnsafeMutableRawPointer, stride: Int, rays: Int,
    projection: UnsafeMutableRawPointer, offsets: UnsafePointer<Int32>, step: Int32,
    shift: Int32, weight: Double
  ) {
    self.rows = rows
    self.columns = columns
    self.image = image
    self.stride = stride
    self.rays = rays
    self.projection = projection
    self.offsets = offsets
    self.step = step
    self.shift = shift
    self.weight = weight
  }
}

/// Projections in one variant.
public struct ProjectionEntries: Sendable {
  /// Runs one task; the element type is the name's.
  public typealias Entry = @Sendable (UnsafePointer<ProjectionTask>) -> Void
  /// projection ← projection + weight · interpolated rows, Float32.
  public var single: Entry
  /// The same, Float64.
  public var double: Entry
  /// image ← image + the adjoint of that, Float32.
  public var adjointSingle: Entry
  /// The same, Float64.
  public var adjointDouble: Entry

  /// Entries of one variant.
  public init(
    single: @escaping Entry, double: @escaping Entry, adjointSingle: @escaping Entry,
    adjointDouble: @escaping Entry
  ) {
    self.single = single
    self.double = double
    self.adjointSingle = adjointSingle
    self.adjointDouble = adjointDouble
  }
}
