/// Images with room beyond their border: channels of equally long rows.
///
/// Strides count elements.
struct PaddedPlanes: Sendable {
  let channels: Int
  let height: Int
  let width: Int
  /// Pixels beyond the border that an extended image has.
  let radius: Int
  /// Elements from one row to the next.
  let rowStride: Int
  /// Elements from one channel to the next.
  let planeStride: Int
  /// Where the first pixel of a plane lies in it.
  let origin: Int

  /// Where pixel (`row`, `column`) lies in a plane.
  func offset(row: Int, column: Int) -> Int { origin + row * rowStride + column }
}

extension RidgeLayout {
  /// The padded images of this layout.
  var planes: PaddedPlanes {
    PaddedPlanes(
      channels: channels, height: height, width: width, radius: radius, rowStride: rowStride,
      planeStride: planeStride, origin: offset(row: 0, column: 0))
  }
}
